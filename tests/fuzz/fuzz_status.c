/* SPDX-License-Identifier: Apache-2.0 */

/*
 * /proc/PID/status and /proc/PID/stat, which hold a name that the process chooses; and the output of
 * ps(1), which `ps` filters.
 */

#include "base/proc.h"
#include "cmd/pstable.h"
#include "fuzz.h"
#include "security/posture.h"

static void check_status(const char *text)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct posture p = { 0 };
	struct err e = { 0 };

	if (posture_parse(text, &a, &p, &e) < 0) {
		require(e.code > 0 && e.text[0]);
		return;
	}
	for (size_t i = 1; i < p.n_groups; i++)
		require(p.groups[i - 1] <= p.groups[i]);
}

static void check_stat(const char *text)
{
	autofree char *copy = mem_strdup(text);
	uint64_t start = 0;
	char state = 0;
	int r = proc_stat_parse(copy, &start, &state);

	require(r < 0 || state);
}

static void check_ps(const char *text)
{
	static const pid_t pids[] = { 1, 10, 100 };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct err e = { 0 };

	if (ps_filter(text, pids, ARRAY_SIZE(pids), &out, &e) < 0)
		require(e.code > 0 && e.text[0]);
	else
		require(out.len <= strlen(text) + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);

	check_status(text);
	check_stat(text);
	check_ps(text);
	return 0;
}
