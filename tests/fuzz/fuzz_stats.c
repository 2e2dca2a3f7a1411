/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as each file of statistics, then printed as `events` prints it: one line, one JSON object.
 */

#include "base/json.h"
#include "container/statsjson.h"
#include "fuzz.h"

static void read_all(const char *text, struct cg_stats *s)
{
	struct arena *a = &s->arena;

	s->cpu.total = cg_parse_u64(text);
	s->cpu.percpu = cg_parse_u64s(text, a);
	s->cpu.percpu_kernel = cg_parse_column(text, 1, a);
	s->cpu.percpu_user = cg_parse_column(text, 2, a);
	s->cpu.psi = cg_parse_psi(text, a);
	s->cpuset.cpus = cg_parse_cpus(text, a);
	s->memory.raw = cg_parse_pairs(text, a);
	s->memory.psi = s->cpu.psi;
	s->io_psi = s->cpu.psi;
	s->memory.cache = cg_pair_get(&s->memory.raw, "cache");
	s->pids_current = cg_pair_get(&s->memory.raw, "");
	cg_parse_io_stat(text, a, &s->io[CG_IO_SERVICE_BYTES], &s->io[CG_IO_SERVICED]);
	s->io[CG_IO_QUEUED] = cg_parse_blkio(text, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	autodone(cg_stats) struct cg_stats stats = { 0 };
	autodone(strbuf) struct strbuf line = STRBUF_INIT;
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	struct err e = { 0 };

	read_all(text, &stats);
	for (size_t i = 1; i < stats.memory.raw.n; i++)
		require(strcmp(stats.memory.raw.v[i - 1].key, stats.memory.raw.v[i].key) <= 0);
	stats_print("fuzz", &stats, &line);
	require(strchr(line.data, '\n') == line.data + line.len - 1);
	/* Two lines of one name would be two keys: the kernel writes none, nor other than ASCII. */
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return 0;
	for (size_t i = 1; i < stats.memory.raw.n; i++)
		if (str_eq(stats.memory.raw.v[i - 1].key, stats.memory.raw.v[i].key))
			return 0;
	require(line.len > JSON_DOCUMENT_MAX ||
		json_parse("line", line.data, line.len, &doc, &e) == 0);
	return 0;
}
