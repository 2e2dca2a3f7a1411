/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SECCOMP_SECCOMP_H
#define SECCOMP_SECCOMP_H

/*
 * linux.seccomp: compiled in the host to a classic-BPF program, loaded by init with one system
 * call.
 */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "spec/spec.h"

struct seccomp_filter {
	struct sock_filter *insns; /* heap; NULL: no filter */
	unsigned short n;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	bool notifies;	    /* it can answer SCMP_ACT_NOTIFY: somebody must listen */
};
#define SECCOMP_FILTER_INIT                                                                        \
	{                                                                                          \
		NULL, 0, 0, false                                                                  \
	}

/* Where the program of a container is kept in its state directory, for exec. */
#define SECCOMP_FILTER_FILE "seccomp.bpf"

void seccomp_filter_done(struct seccomp_filter *f);

/* What annotations and the environment say beside the profile. Borrowed; zeroed: nothing. */
struct seccomp_options {
	const struct log_sink *log;
	bool fail_unknown; /* a name nobody knows is an error, not a debug message */
	const char
		*bpf_data; /* base64: the program itself; the profile's rules are not read then */
	const char *receiver; /* who listens when the profile has no listenerPath */
};

/**
 * seccomp_options_read() - from the annotations run.oci.seccomp*
 * @receiver: $RUN_OCI_SECCOMP_RECEIVER, or NULL
 * @e: run.oci.seccomp.plugins is refused
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_options_read(const struct spec_string_map *annotations, const char *receiver,
				    const struct log_sink *log, struct seccomp_options *ret,
				    struct err *e);

/**
 * seccomp_compile() - profile to program
 * @s:   may be NULL or empty (no default action and no rules): no filter
 * @ret: the caller's to seccomp_filter_done()
 * @e:   "linux.seccomp.syscalls[3]: string SCMP_ACT_X is not a valid action for seccomp"
 *
 * Unknown system calls are told at debug level and left out. Flags absent: SPEC_ALLOW when the
 * kernel has it; []: none. seccomp/profile.h says what a call gets.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_compile(const struct spec_seccomp *s, const struct seccomp_options *options,
			       struct seccomp_filter *ret, struct err *e);

/**
 * seccomp_filter_load() - install; needs no_new_privs or CAP_SYS_ADMIN. Without a listener it is read
 * back, where the filter lets prctl(2) be asked or answers it with an error.
 * (The name seccomp_load is libseccomp's.)
 * Runs in: init. Return: 0; the descriptor of the listener, close-on-exec, when the filter
 * notifies; or negative errno.
 */
MUST_CHECK int seccomp_filter_load(const struct seccomp_filter *f, struct err *e);

/**
 * seccomp_filter_save() - keep the program in the (new) state directory, 0600; nothing for no filter
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_filter_save(int dir_fd, const struct seccomp_filter *f, struct err *e);

/**
 * seccomp_filter_read() - the program that create saved
 * @ret: the caller's to seccomp_filter_done(); no filter when there is no such file
 * A file that is not ours alone to write, torn, or of another version is refused.
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int seccomp_filter_read(int dir_fd, struct seccomp_filter *ret, struct err *e);

/** seccomp_knows() - has a system call this name, on any architecture? Pure. */
bool seccomp_knows(const char *name);

/**
 * seccomp_ask() - what a filter says to a call of this machine, its arguments all 0
 * @ret: SECCOMP_RET_*; ALLOW without a filter
 * Pure. Return: 0; -EINVAL: this machine has no such call, or the program is not sound.
 */
MUST_CHECK int seccomp_ask(const struct seccomp_filter *f, const char *call, uint32_t *ret);

/** seccomp_action_text() - append "SCMP_ACT_ERRNO 1 (operation not permitted)". Pure. */
void seccomp_action_text(uint32_t action, struct strbuf *out);

/* For `features`: NULL-terminated, sorted; flags the kernel supports are probed. */
extern const char *const seccomp_action_names[];
extern const char *const seccomp_operator_names[];
extern const char *const seccomp_arch_names[];
extern const char *const seccomp_flag_names[];
/** seccomp_flag_supported() - does this kernel take the flag? Runs in: host. */
bool seccomp_flag_supported(const char *name);
/** seccomp_library_version() - "2.5.4": the libseccomp whose names of system calls we have. */
const char *seccomp_library_version(void);

#endif
