/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_WIRE_H
#define CRIU_WIRE_H

/*
 * The encoding of Protocol Buffers, as far as CRIU's messages need it: varints and byte strings.
 * Pure; runs in: host.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/*
 * wire_int(), wire_bool(), wire_text() - append one field; @field is its number in the message.
 * Negative integers are sign-extended to 64 bits, as for int32 and int64 fields.
 */
void wire_int(struct strbuf *out, unsigned int field, int64_t value);
void wire_bool(struct strbuf *out, unsigned int field, bool value);
void wire_text(struct strbuf *out, unsigned int field, const char *text);
/** wire_message() - append a message as a field; @body is its encoding. */
void wire_message(struct strbuf *out, unsigned int field, const struct strbuf *body);

/* What is left of a message that is being read. */
struct wire_reader {
	const unsigned char *data; /* borrowed */
	size_t n;
};

/* One field. */
struct wire_field {
	unsigned int number;
	bool is_bytes;
	uint64_t value;	  /* of a varint */
	const char *text; /* of a string or message, borrowed, not terminated */
	size_t len;
};

/**
 * wire_next() - take the next field; fields of fixed size are skipped
 * Return: 1; 0 at the end; -EBADMSG for what is no message.
 */
MUST_CHECK int wire_next(struct wire_reader *r, struct wire_field *ret);

#endif
