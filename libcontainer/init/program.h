/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INIT_PROGRAM_H
#define INIT_PROGRAM_H

/* The container's program: finding it, and explaining why it cannot be executed. */

#include "base/err.h"
#include "base/mem.h"

/**
 * program_find() - the file that process.args[0] means
 * @envp: whose PATH counts; without one the default of program_path_of()
 * @ret:  in @a, or @name itself
 * @e:    in Go's words, which clients match on: "exec: \"x\": executable file not found in $PATH"
 * Runs in: init, in the container's root, with its credentials. Return: 0 or negative errno.
 */
MUST_CHECK int program_find(struct arena *a, const char *name, const char *const *envp,
			    const char **ret, struct err *e);

/**
 * program_explain() - what execve(2) did not say
 * @e: filled with "exec PATH: TEXT (what is wrong)": a missing interpreter of a script, a
 *     missing ELF loader, another architecture, a mount with noexec
 * Runs in: init, after execve(2) failed with @code. Return: -@code.
 */
int program_explain(const char *path, int code, struct err *e);

#endif
