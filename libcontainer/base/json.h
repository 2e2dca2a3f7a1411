/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/*
 * A JSON document as a tree that knows where each value stood. Strict: comments, duplicate
 * keys, bytes after the document, bad UTF-8, U+0000 and lone surrogates in strings are
 * refused with file, line and column (in code points, from 1; a line ends with its '\n').
 * yajl's event parser is the lexer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define JSON_DOCUMENT_MAX (16u << 20)
#define JSON_STRING_MAX	  (1u << 20)
#define JSON_DEPTH_MAX	  64

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	unsigned int line, column; /* of the value's first byte, from 1; code points */
	unsigned int index;	   /* in an array; 32 bits keep a node at 48 bytes */
	const struct json *parent; /* NULL at the top */
	const char *key;	   /* in an object; NULL else */
	union {
		bool boolean;
		const char *text; /* JSON_STRING (unescaped) or JSON_NUMBER (as written) */
		struct {
			const struct json *const *items;
			size_t n;
		} list; /* JSON_ARRAY and JSON_OBJECT, in document order */
	};
};

struct json_doc {
	struct arena arena; /* of the strings, which may be moved out of here to outlive the tree */
	struct arena nodes;
	const char *file; /* name for messages: "config.json" */
	const struct json *root;
};
#define JSON_DOC_INIT                                                                              \
	{                                                                                          \
		ARENA_INIT, ARENA_INIT, NULL, NULL                                                 \
	}

/**
 * json_parse() - text to tree
 * @file: for messages; copied
 * @e:    "config.json:41:18: ..." on failure, kind ERR_CONFIG
 * Runs in: host. Linear in @n. Return: 0 or negative errno; @doc must be done either way.
 */
MUST_CHECK int json_parse(const char *file, const char *text, size_t n, struct json_doc *doc,
			  struct err *e);
/** json_doc_done() - free the tree; every pointer into it is dead. */
void json_doc_done(struct json_doc *doc);

/** json_get() - member of an object, or NULL (also when @obj is NULL or no object). */
const struct json *json_get(const struct json *obj, const char *key);

/**
 * json_path() - append the path of a value: `linux.resources.devices[2].allow`; a key that is
 * not of letters, digits, '_', '-' and '+' is quoted: `annotations["io.x"]`; what is
 * longer than 1000 bytes ends in "..."
 */
void json_path(const struct json *v, struct strbuf *out);

/**
 * json_err() - an error about one value: "FILE:LINE:COL: PATH: text", kind ERR_CONFIG, EINVAL
 * Runs in: host. Return: -EINVAL.
 */
int json_err(const struct json_doc *doc, const struct json *v, struct err *e, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/** json_describe() - append what a value is, for messages: `the string "1g"`, `an object`. */
void json_describe(const struct json *v, struct strbuf *out);

#endif
