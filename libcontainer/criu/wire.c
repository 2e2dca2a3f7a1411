/* SPDX-License-Identifier: Apache-2.0 */
#include "criu/wire.h"

#include <errno.h>

/* The low three bits of a field's tag say how long the field is. */
enum { TYPE_VARINT = 0, TYPE_FIXED64 = 1, TYPE_BYTES = 2, TYPE_FIXED32 = 5, TYPE_BITS = 3 };

#define VARINT_BYTES_MAX 10 /* of seven bits each */
#define FIELD_MAX	 ((1u << 29) - 1)

static void add_varint(struct strbuf *out, uint64_t value)
{
	unsigned char bytes[VARINT_BYTES_MAX];
	size_t n = 0;

	do {
		bytes[n] = (unsigned char)(value & 0x7f);
		value >>= 7;
		if (value)
			bytes[n] |= 0x80;
		n++;
	} while (value);
	strbuf_add(out, bytes, n);
}

static void add_tag(struct strbuf *out, unsigned int field, unsigned int type)
{
	add_varint(out, (uint64_t)field << TYPE_BITS | type);
}

void wire_int(struct strbuf *out, unsigned int field, int64_t value)
{
	add_tag(out, field, TYPE_VARINT);
	add_varint(out, (uint64_t)value);
}

void wire_bool(struct strbuf *out, unsigned int field, bool value)
{
	wire_int(out, field, value);
}

static void add_bytes(struct strbuf *out, unsigned int field, const char *data, size_t n)
{
	add_tag(out, field, TYPE_BYTES);
	add_varint(out, n);
	strbuf_add(out, data, n);
}

void wire_text(struct strbuf *out, unsigned int field, const char *text)
{
	add_bytes(out, field, text, strlen(text));
}

void wire_message(struct strbuf *out, unsigned int field, const struct strbuf *body)
{
	add_bytes(out, field, strbuf_str(body), body->len);
}

static int take_varint(struct wire_reader *r, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < VARINT_BYTES_MAX && i < r->n; i++) {
		value |= (uint64_t)(r->data[i] & 0x7f) << (7 * i);
		if (r->data[i] & 0x80)
			continue;
		r->data += i + 1;
		r->n -= i + 1;
		*ret = value;
		return 0;
	}
	return -EBADMSG;
}

static int skip(struct wire_reader *r, uint64_t n)
{
	if (n > r->n)
		return -EBADMSG;
	r->data += n;
	r->n -= (size_t)n;
	return 0;
}

static int take_bytes(struct wire_reader *r, struct wire_field *ret)
{
	uint64_t n;
	int status = take_varint(r, &n);

	if (status < 0)
		return status;
	ret->is_bytes = true;
	ret->text = (const char *)r->data;
	ret->len = (size_t)n;
	return skip(r, n);
}

int wire_next(struct wire_reader *r, struct wire_field *ret)
{
	while (r->n > 0) {
		uint64_t tag;

		if (take_varint(r, &tag) < 0 || tag >> TYPE_BITS > FIELD_MAX ||
		    tag >> TYPE_BITS == 0)
			return -EBADMSG;
		*ret = (struct wire_field){ .number = (unsigned int)(tag >> TYPE_BITS) };
		int status = -EBADMSG;
		switch (tag & ((1u << TYPE_BITS) - 1)) {
		case TYPE_VARINT:
			status = take_varint(r, &ret->value);
			return status < 0 ? status : 1;
		case TYPE_BYTES:
			status = take_bytes(r, ret);
			return status < 0 ? status : 1;
		case TYPE_FIXED64:
			status = skip(r, sizeof(uint64_t));
			break;
		case TYPE_FIXED32:
			status = skip(r, sizeof(uint32_t));
			break;
		default:
			break;
		}
		if (status < 0)
			return status;
	}
	return 0;
}
