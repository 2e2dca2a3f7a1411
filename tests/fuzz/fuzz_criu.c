/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What comes from CRIU: answers of its RPC, and its log, in which names stand that a container chose.
 * And the path of a mount point, as the kernel writes it.
 */

#include <ctype.h>

#include "criu/extmount.h"
#include "criu/quote.h"
#include "criu/rpc.h"
#include "criu/wire.h"
#include "fuzz.h"

#define LINES_MAX 20
#define CAUSE_MAX 400

static void check_answer(const uint8_t *data, size_t size)
{
	struct criu_answer answer;
	struct err e = { 0 };

	if (criu_answer_decode(data, size, &answer, &e) < 0) {
		require(e.code > 0 && e.text[0]);
		return;
	}
	require(answer.type != 0);
	require(memchr(answer.script, '\0', sizeof(answer.script)));
	require(memchr(answer.message, '\0', sizeof(answer.message)));
}

/* Fields lie in the message one behind the other, and written anew they are read as they were. */
static void check_fields(const uint8_t *data, size_t size)
{
	struct wire_reader from = { data, size };
	struct wire_field f, again;

	for (size_t left = size; wire_next(&from, &f) > 0; left = from.n) {
		autodone(strbuf) struct strbuf out = STRBUF_INIT, body = STRBUF_INIT;

		require(from.n < left && from.data + from.n == data + size);
		require(!f.is_bytes ||
			(f.len <= left && f.text + f.len == (const char *)from.data));
		if (f.is_bytes) {
			strbuf_add(&body, f.text, f.len);
			wire_message(&out, f.number, &body);
		} else {
			wire_int(&out, f.number, (int64_t)f.value);
		}

		struct wire_reader written = { (const unsigned char *)out.data, out.len };
		require(wire_next(&written, &again) == 1 && written.n == 0);
		require(again.number == f.number && again.is_bytes == f.is_bytes);
		require(again.value == f.value && again.len == f.len);
		require(!f.len || memcmp(again.text, f.text, f.len) == 0);
	}
}

/* Few lines, all of them the log's own, and a cause that no terminal is steered by. */
static void check_log(const char *text)
{
	autodone(strbuf) struct strbuf lines = STRBUF_INIT, cause = STRBUF_INIT;
	size_t n = 0;

	criu_quote(text, &lines, &cause);
	for (char *rest = lines.data; rest && *rest; n++)
		require(strstr(text, fuzz_line(&rest)));
	require(n <= LINES_MAX && cause.len <= CAUSE_MAX);
	for (size_t i = 0; i < cause.len; i++)
		require(isprint((unsigned char)cause.data[i]));
}

/* Any path comes back out of the line that the kernel would write for it, and of no other. */
static void check_mount_point(const char *path)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autodone(strbuf) struct strbuf info = STRBUF_INIT;

	strbuf_adds(&info, "7 1 0:1 / /other rw - proc proc rw\n70 1 0:1 / ");
	for (const char *c = path; *c; c++)
		if (strchr(" \t\n\\", *c))
			strbuf_addf(&info, "\\%03o", *c);
		else
			strbuf_add(&info, c, 1);
	strbuf_adds(&info, " rw - proc proc rw\n");

	const char *found = criu_mount_point(strbuf_str(&info), 70, &a);
	require(found && strcmp(found, path) == 0);
	require(!criu_mount_point(strbuf_str(&info), 1, &a));
	require(criu_name_is_safe(path) == !strstr(found, "]:"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autofree uint8_t *copy = (uint8_t *)mem_new(size ? size : 1, 1); /* ASan sees its end */
	autofree char *text = fuzz_text(data, size);

	if (size)
		memcpy(copy, data, size);
	check_answer(copy, size);
	check_fields(copy, size);
	check_log(text);
	check_mount_point(text);
	for (uint64_t id = 0; id < 3; id++) {
		const char *point = criu_mount_point(text, id, &a);

		require(!point || strlen(point) <= size);
	}
	return 0;
}
