/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

/*
 * The command line as Go's flag package reads it, because the callers of this program were
 * written for runc: -opt and --opt are the same, --opt=value and --opt value too, a switch
 * takes =true or =false, "--" ends the options. Pure; runs in: host.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define OPTIONS_MAX 32 /* rows of one table */

enum option_kind {
	OPTION_SWITCH, /* true or false */
	OPTION_TEXT,
	OPTION_NUMBER,	 /* decimal, 0 to INT32_MAX */
	OPTION_INTEGER,	 /* decimal, with a sign or none */
	OPTION_LIST,	 /* may be repeated: every value counts, in order */
	OPTION_INTEGERS, /* a list, each value decimal, with a sign or none */
	OPTION_DURATION, /* "1m30s", "100ms": nanoseconds in .integer */
};

/* One row of a command's table; a table ends with a row whose name is NULL. */
struct option_row {
	const char *name; /* without dashes: "bundle" */
	char alias;	  /* one letter, or '\0' */
	enum option_kind kind;
	const char *help;     /* "{}" stands for the program's name; NULL: not shown */
	const char *fallback; /* the default as --help shows it, or NULL */
};

struct option_value {
	bool given;
	bool on;	   /* OPTION_SWITCH */
	const char *text;  /* OPTION_TEXT: points into argv */
	uint32_t number;   /* OPTION_NUMBER */
	int64_t integer;   /* OPTION_INTEGER, OPTION_DURATION */
	const char **list; /* a list's: heap, NULL-terminated; its strings point into argv */
	size_t n_list;
};

struct options {
	const struct option_row *table;
	struct option_value values[OPTIONS_MAX];
	bool help;	   /* --help or -h; every command has it */
	const char **args; /* heap: what is not an option, in order; NULL-terminated */
	size_t n_args;
};

/** options_done() - free. The struct may be used again. */
void options_done(struct options *o);

/**
 * options_parse() - split arguments into options and the rest
 * @table: rows; also the names that options_text() and the like accept later
 * @argv:  NULL-terminated, without the program's or command's name; must outlive @ret
 * @stop_at_first: what follows the first argument is arguments too, whatever it looks like
 * @ret:   the caller's to options_done(), also on failure
 * @e:     in the words of Go's flag package: "flag provided but not defined: -nosuch",
 *         "flag needs an argument: -bundle", "bad flag syntax: ---x", "invalid boolean value
 *         "x" for -detach: parse error", "invalid value "x" for flag -preserve-fds: parse
 *         error"; kind ERR_USAGE
 * Return: 0 or -EINVAL.
 */
MUST_CHECK int options_parse(const struct option_row *table, char *const *argv, bool stop_at_first,
			     struct options *ret, struct err *e);

/*
 * The value of an option by its name, which must be in the table: a wrong name is a mistake in
 * this program and ends it.
 */
/** options_text() - NULL when absent or empty. */
const char *options_text(const struct options *o, const char *name);
/** options_list() - every value of a list, in order; borrowed from @o. */
struct strs options_list(const struct options *o, const char *name);
/** options_on() - false when absent. */
bool options_on(const struct options *o, const char *name);
/** options_number() - 0 when absent. */
uint32_t options_number(const struct options *o, const char *name);
/** options_integer() - 0 when absent; also the nanoseconds of a duration. */
int64_t options_integer(const struct options *o, const char *name);
/** options_given() - was it on the command line at all? */
bool options_given(const struct options *o, const char *name);

/**
 * option_bool_parse() - "1", "t", "T", "true", "TRUE", "True" and their opposites
 * Return: 0 or -EINVAL.
 */
MUST_CHECK int option_bool_parse(const char *text, bool *ret);

/**
 * option_duration_parse() - as Go's time.ParseDuration: "5s", "1.5h", "1m30s", "-100ms", "0"
 * Units ns, us, ms, s, m, h. Return: 0, -EINVAL or -ERANGE.
 */
MUST_CHECK int option_duration_parse(const char *text, int64_t *ret);

#endif
