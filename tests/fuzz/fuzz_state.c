/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as state.json. What is accepted is written and read again unchanged; what is refused
 * says so in a message that can be logged.
 */

#include <limits.h>

#include "fuzz.h"
#include "state/state.h"

static void check(const struct state *s)
{
	require(s->id && s->bundle && s->rootfs && s->created && s->boot_id && s->oci_version);
	require(s->init.pid >= 0 && s->cli.pid >= 0);
	for (size_t i = 0; i < s->cgroup.n_dirs; i++)
		require(s->cgroup.dirs[i].name && s->cgroup.dirs[i].mount &&
			s->cgroup.dirs[i].path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(strbuf) struct strbuf first = STRBUF_INIT;
	autodone(strbuf) struct strbuf second = STRBUF_INIT;
	autodone(state) struct state s = { 0 };
	autodone(state) struct state again = { 0 };
	struct err e = { 0 };

	if (state_parse((const char *)data, size, &s, &e) < 0) {
		require(e.code > 0 && str_after(e.text, STATE_FILE ":"));
		require_utf8(e.text);
		return 0;
	}
	check(&s);
	state_print(&s, &first);
	require(state_parse(strbuf_str(&first), first.len, &again, &e) == 0);
	state_print(&again, &second);
	require(str_eq(strbuf_str(&first), strbuf_str(&second)));
	return 0;
}
