/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "container/statsjson.h"

/* A line of runc 1.5.1, but for most of memory.raw. */
static const char want[] =
	"{\"type\":\"stats\",\"id\":\"ev1\",\"data\":{\"cpu\":{\"usage\":{\"total\":17125321,\"percpu\":[16"
	"122683,1002638],\"percpu_kernel\":[8000000,4000000],\"percpu_user\":[4000000,0],\"ker"
	"nel\":10000000,\"user\":0}},\"cpuset\":{\"cpus\":[0,1],\"cpu_exclusive\":0,\"mems\":[0],\"me"
	"m_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,\"memory_spread_page\":0,\"memor"
	"y_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":1,\"sched_relax_domain_"
	"level\":-1},\"memory\":{\"cache\":102400,\"usage\":{\"limit\":9223372036854771712,\"usage\""
	":811008,\"max\":2822144,\"failcnt\":0},\"swap\":{\"limit\":9223372036854771712,\"usage\":8"
	"11008,\"max\":2822144,\"failcnt\":0},\"kernel\":{\"limit\":9223372036854771712,\"usage\":2"
	"49856,\"max\":557056,\"failcnt\":0},\"kernelTCP\":{\"limit\":9223372036854771712,\"failcn"
	"t\":0},\"raw\":{\"active_anon\":4096,\"active_file\":102400,\"cache\":102400,\"dirty\":0,\"h"
	"ierarchical_memory_limit\":9223372036854771712,\"hierarchical_memsw_limit\":9223372"
	"036854771712}},\"pids\":{\"current\":1},\"blkio\":{\"ioServiceBytesRecursive\":[{\"major\""
	":254,\"op\":\"Read\",\"value\":102400},{\"major\":254,\"op\":\"Write\"},{\"major\":254,\"op\":\"S"
	"ync\",\"value\":102400},{\"major\":254,\"op\":\"Async\"},{\"major\":254,\"op\":\"Discard\"},{\"m"
	"ajor\":254,\"op\":\"Total\",\"value\":102400}],\"ioServicedRecursive\":[{\"major\":254,\"op\""
	":\"Read\",\"value\":21},{\"major\":254,\"op\":\"Write\"},{\"major\":254,\"op\":\"Sync\",\"value\":"
	"21},{\"major\":254,\"op\":\"Async\"},{\"major\":254,\"op\":\"Discard\"},{\"major\":254,\"op\":\"T"
	"otal\",\"value\":21}]},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}"
	"\n";

static const char stat_text[] = "active_anon 4096\n"
				"active_file 102400\n"
				"cache 102400\n"
				"dirty 0\n"
				"hierarchical_memory_limit 9223372036854771712\n"
				"hierarchical_memsw_limit 9223372036854771712\n";

static void fill_io(struct cg_stats *s)
{
	s->io[CG_IO_SERVICE_BYTES] = cg_parse_blkio(
		"254:0 Read 102400\n254:0 Write 0\n254:0 Sync 102400\n254:0 Async 0\n"
		"254:0 Discard 0\n254:0 Total 102400\nTotal 102400\n",
		&s->arena);
	s->io[CG_IO_SERVICED] =
		cg_parse_blkio("254:0 Read 21\n254:0 Write 0\n254:0 Sync 21\n254:0 Async 0\n"
			       "254:0 Discard 0\n254:0 Total 21\nTotal 21\n",
			       &s->arena);
}

static void test_sample(void **state)
{
	autodone(cg_stats) struct cg_stats s = { .arena = ARENA_INIT };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	const uint64_t none = 9223372036854771712ULL;

	(void)state;
	s.cpu.total = 17125321;
	s.cpu.kernel = 10000000;
	s.cpu.percpu = cg_parse_u64s("16122683 1002638\n", &s.arena);
	s.cpu.percpu_kernel = cg_parse_u64s("8000000 4000000\n", &s.arena);
	s.cpu.percpu_user = cg_parse_u64s("4000000 0\n", &s.arena);
	s.cpuset.cpus = cg_parse_cpus("0-1\n", &s.arena);
	s.cpuset.mems = cg_parse_cpus("0\n", &s.arena);
	s.cpuset.load_balance = 1;
	s.cpuset.relax_domain_level = -1;
	s.memory.cache = 102400;
	s.memory.usage = (struct cg_memory_use){ true, none, 811008, 2822144, 0 };
	s.memory.swap = s.memory.usage;
	s.memory.kernel = (struct cg_memory_use){ true, none, 249856, 557056, 0 };
	s.memory.kernel_tcp = (struct cg_memory_use){ true, none, 0, 0, 0 };
	s.memory.raw = cg_parse_pairs(stat_text, &s.arena);
	s.pids_current = 1;
	fill_io(&s);
	stats_print("ev1", &s, &out);
	assert_string_equal(strbuf_str(&out), want);
}

static void test_nothing(void **state)
{
	const struct cg_stats s = { .arena = ARENA_INIT };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;

	(void)state;
	stats_print("x", &s, &out);
	assert_string_equal(
		strbuf_str(&out),
		"{\"type\":\"stats\",\"id\":\"x\",\"data\":{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0}},"
		"\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"
		"\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,"
		"\"sched_load_balance\":0,\"sched_relax_domain_level\":0},\"memory\":{},\"pids\":{},"
		"\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}\n");
}

static void test_v2(void **state)
{
	autodone(cg_stats) struct cg_stats s = { .arena = ARENA_INIT };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct cg_hugetlb_use huge[] = { { "1GB", 0, 0, 0 }, { "2MB", 2097152, 0, 3 } };

	(void)state;
	s.hugetlb = huge;
	s.n_hugetlb = 2;
	s.cpu.throttled_periods = 2;
	s.cpu.psi = cg_parse_psi("some avg10=0.50 avg60=0.00 avg300=1.00 total=7\n", &s.arena);
	s.memory.usage = (struct cg_memory_use){ true, UINT64_MAX, 1, 0, 0 };
	stats_print("x", &s, &out);
	const char *text = strbuf_str(&out);
	assert_non_null(strstr(text,
			       "\"throttling\":{\"throttledPeriods\":2},\"psi\":{"
			       "\"some\":{\"avg10\":0.5,\"avg60\":0,\"avg300\":1,\"total\":7},"
			       "\"full\":{\"avg10\":0,\"avg60\":0,\"avg300\":0,\"total\":0}}}"));
	assert_non_null(strstr(
		text, "\"usage\":{\"limit\":18446744073709551615,\"usage\":1,\"failcnt\":0}"));
	assert_non_null(strstr(
		text,
		"\"hugetlb\":{\"1GB\":{\"failcnt\":0},\"2MB\":{\"usage\":2097152,\"failcnt\":3}}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_v2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
