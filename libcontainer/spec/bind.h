/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_BIND_H
#define SPEC_BIND_H

/*
 * From a JSON tree to structs by tables: one row for each field. The kind of a row follows
 * from the C type of the member, so that table and struct cannot disagree. Internal to spec/.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "spec/spec.h"

enum bind_kind {
	BIND_BOOL, /* bool; false when absent */
	BIND_OPT_BOOL,
	BIND_STRING, /* const char *; an empty optional one counts as absent, as in Go */
	BIND_U32,
	BIND_U64,
	BIND_I64,
	BIND_OPT_U32,
	BIND_OPT_U64,
	BIND_OPT_I64,
	BIND_STRINGS,	 /* struct strs: array of strings */
	BIND_STRING_MAP, /* struct spec_string_map: object of strings */
	BIND_IDS,	 /* const uint32_t * and a count: array of user or group IDs */
	BIND_OBJECT,	 /* const struct X *; NULL when absent */
	BIND_INLINE,	 /* an object whose fields are rows with offsets of their own */
	BIND_LIST,	 /* const struct X * and a count: array of objects */
	BIND_MAP,	 /* the same from an object; its keys are X's first member */
};

#define BIND_REQUIRED 1u /* absence is an error */
#define BIND_PATH     2u /* strings no longer than the kernel takes as a path */

struct bind_type;

struct bind_field {
	const char *name; /* in JSON */
	enum bind_kind kind;
	unsigned int flags;
	size_t offset;		      /* of the member in the struct */
	size_t offset_n;	      /* of the count of a list */
	size_t offset_set;	      /* of a bool that records presence; 0: there is none */
	const struct bind_type *type; /* of an object or of a list's items */
	int64_t min;		      /* of integers; */
	uint64_t max;		      /* 0: as the C type has it */
};

struct bind_type {
	size_t size;
	const struct bind_field *fields;
	size_t n_fields;
};

/* clang-format off */
#define BIND_KIND(T, member) _Generic(((T *)0)->member,	\
	bool: BIND_BOOL,				\
	struct opt_bool: BIND_OPT_BOOL,			\
	const char *: BIND_STRING,			\
	uint32_t: BIND_U32,				\
	uint64_t: BIND_U64,				\
	int64_t: BIND_I64,				\
	struct opt_u32: BIND_OPT_U32,			\
	struct opt_u64: BIND_OPT_U64,			\
	struct opt_i64: BIND_OPT_I64,			\
	struct strs: BIND_STRINGS,			\
	struct spec_string_map: BIND_STRING_MAP)
/* clang-format on */

/* Rows. What follows the arguments given here are designated initialisers of the row. */
#define FIELD(T, json, member, ...)                                                                \
	{                                                                                          \
		.name = (json), .kind = BIND_KIND(T, member), .offset = offsetof(T, member),       \
		__VA_ARGS__                                                                        \
	}
#define FIELD_LIST_OF(T, json, how, member, count, ...)                                            \
	{                                                                                          \
		.name = (json), .kind = (how), .offset = offsetof(T, member),                      \
		.offset_n = offsetof(T, count), __VA_ARGS__                                        \
	}
#define FIELD_OBJECT(T, json, member, object)                                                      \
	{                                                                                          \
		.name = (json), .kind = BIND_OBJECT, .offset = offsetof(T, member),                \
		.type = &(object)                                                                  \
	}
#define FIELD_INLINE(json, at, object, ...)                                                        \
	{                                                                                          \
		.name = (json), .kind = BIND_INLINE, .offset = (at), .type = &(object),            \
		__VA_ARGS__                                                                        \
	}

#define REQUIRED	 .flags = BIND_REQUIRED
#define REQUIRED_PATH	 .flags = BIND_REQUIRED | BIND_PATH
#define PATH		 .flags = BIND_PATH
#define RANGE(low, high) .min = (low), .max = (high)
#define ANY		 /* no more to say */

#define BIND_TYPE(T, table)                                                                        \
	{                                                                                          \
		sizeof(T), (table), sizeof(table) / sizeof((table)[0])                             \
	}

#define ID_MAX 4294967294u /* (uid_t)-1 means "leave it" to the kernel: chown(2) */

struct bind {
	const struct json_doc *doc;
	struct arena *arena; /* all that is bound is or goes here */
	bool ignore_case;    /* of field names */
	struct err *e;
	const char **unknown; /* paths of the fields no row names; heap */
	size_t n_unknown, cap_unknown;
};

/**
 * bind_object() - fill a struct from a JSON object
 * @v:   must be an object, else that is the error
 * @ret: zeroed, of type->size bytes; strings in it point into the document
 *
 * Runs in: host. Return: 0 or -EINVAL with position and JSON path in b->e.
 */
MUST_CHECK int bind_object(struct bind *b, const struct json *v, const struct bind_type *type,
			   void *ret);

/** bind_missing() - the error that object @v lacks field @name. Runs in: host. Return: -EINVAL. */
int bind_missing(const struct bind *b, const struct json *v, const char *name);

/* Tables, in the file that the name says. */
extern const struct bind_type spec_type;	    /* spec_config.c: struct spec */
extern const struct bind_type spec_process_type;    /* spec_process.c: struct spec_process */
extern const struct bind_type spec_linux_type;	    /* spec_linux.c: struct spec_linux */
extern const struct bind_type spec_mounts_type;	    /* spec_config.c: struct spec */
extern const struct bind_type spec_resources_type;  /* spec_resources.c: struct spec_resources */
extern const struct bind_type spec_seccomp_type;    /* spec_seccomp.c: struct spec_seccomp */
extern const struct bind_type spec_id_mapping_type; /* spec_linux.c: struct spec_id_mapping */

#endif
