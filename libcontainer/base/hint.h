/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HINT_H
#define BASE_HINT_H

/*
 * Advice for people: what the words of an errno do not say. One table, from what was being done,
 * the errno and the circumstances to a sentence that stands in brackets behind the error.
 *
 * What takes more than that to find out (the interpreter of a script, the architecture of a
 * program) is explained where it happens, by err_append() too; such an error is left alone here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct hint {
	const char *step; /* part of the text: the system call, the file; "" for any */
	int code;	  /* positive errno */
	bool ordinary;	  /* only when we are not root */
	const char *file; /* a file that must begin with .value; NULL: does not matter */
	const char *value;
	const char *advice; /* no words that clients match on, such as "permission denied" */
};

/** hint_table() - all of them, the more special before the more general. Pure. */
const struct hint *hint_table(size_t *n);

/** hint_given() - whether something in brackets ends the error already. Pure. */
bool hint_given(const struct err *e);

/** hint_for() - the advice that fits an error, or NULL; as hint_add(). */
const char *hint_for(const struct err *e);

/**
 * hint_add() - append the advice that fits, if any, and if nothing in brackets is there yet
 * Reads files of /proc only when step and errno fit. Runs in: host. Return: -e->code.
 */
int hint_add(struct err *e);

#endif
