/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_TEST_FIXTURE_H
#define PLAN_TEST_FIXTURE_H

/* A small valid container and host that the plan's unit tests bend. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "plan/parts.h"

/* A struct strs of literals. */
#define STRS(...)                                                                                  \
	((struct strs){ (const char *const[]){ __VA_ARGS__, NULL },                                \
			ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })) })

struct fixture {
	struct spec spec;
	struct spec_linux linux_;
	struct spec_process process;
	struct spec_root root;
	struct host_facts facts;
	struct request request;
	struct plan plan;
	struct plan_input in;
	struct err e;
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	f->root.path = "rootfs";
	f->process.args = STRS("sh");
	f->process.cwd = "/";
	f->spec.root = &f->root;
	f->spec.process = &f->process;
	f->spec.linux_ = &f->linux_;
	f->facts.cap_last = 40;
	f->facts.caps_effective = f->facts.caps_bounding = (1ULL << 41) - 1;
	f->facts.cgroup_mode = CGROUP_HYBRID;
	f->request = (struct request){
		.program = "vial", .id = "c1", .bundle = "/b", .is_create = true
	};
	f->plan.spec = &f->spec;
	f->plan.request = &f->request;
	f->plan.ns[NS_MOUNT].wanted = true;
	f->in = (struct plan_input){ &f->spec, &f->facts, &f->request };
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->plan.arena);
	free(f);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

typedef int part_fn(const struct plan_input *, struct plan *, struct err *);

/* The part refuses the fixture with exactly this text, as a fault of the configuration. */
static inline void assert_refused(struct fixture *f, part_fn *part, const char *text)
{
	assert_true(part(&f->in, &f->plan, &f->e) < 0);
	assert_string_equal(f->e.text, text);
	assert_int_equal(f->e.kind, ERR_CONFIG);
}

static inline void assert_accepted(struct fixture *f, part_fn *part)
{
	if (part(&f->in, &f->plan, &f->e) < 0)
		fail_msg("%s", f->e.text);
}

#endif
