/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test_fixture.h"

#include "base/sys.h"
#include "plan/mountflags.h"

/* Plans this one mount. */
static const struct plan_mount *plan_one(struct fixture *f, const struct spec_mount *m)
{
	f->spec.mounts = m;
	f->spec.n_mounts = 1;
	assert_accepted(f, plan_mounts);
	assert_int_equal(f->plan.n_mounts, 1);
	return &f->plan.mounts[0];
}

static void refuse_one(struct fixture *f, const struct spec_mount *m, const char *text)
{
	f->spec.mounts = m;
	f->spec.n_mounts = 1;
	assert_refused(f, plan_mounts, text);
}

static struct mount_options parse(struct fixture *f, struct strs words)
{
	struct mount_options o;

	mount_options_parse(&f->plan.arena, &words, &o);
	return o;
}

static void every_flag_has_its_attribute(void **state)
{
	static const struct {
		const char *set, *clear;
		uint64_t attr;
	} rows[] = {
		{ "ro", "rw", MOUNT_ATTR_RDONLY },
		{ "nosuid", "suid", MOUNT_ATTR_NOSUID },
		{ "nodev", "dev", MOUNT_ATTR_NODEV },
		{ "noexec", "exec", MOUNT_ATTR_NOEXEC },
		{ "nodiratime", "diratime", MOUNT_ATTR_NODIRATIME },
		{ "nosymfollow", "symfollow", MOUNT_ATTR_NOSYMFOLLOW },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char rec_set[32] = "r", rec_clear[32] = "r";
		struct mount_options o = parse(*state, STRS(rows[i].set));

		assert_int_equal(o.attr_set, rows[i].attr);
		assert_int_equal(o.attr_clr, 0);
		assert_true(o.attr_explicit);
		o = parse(*state, STRS(rows[i].set, rows[i].clear));
		assert_int_equal(o.attr_set, 0);
		assert_int_equal(o.attr_clr, rows[i].attr);
		o = parse(*state, STRS(rows[i].clear, rows[i].set));
		assert_int_equal(o.attr_set, rows[i].attr);
		assert_int_equal(o.attr_clr, 0);

		(void)strncat(rec_set, rows[i].set, 30);
		(void)strncat(rec_clear, rows[i].clear, 30);
		o = parse(*state, STRS(rec_set));
		assert_int_equal(o.rec_attr_set, rows[i].attr);
		assert_false(o.attr_explicit);
		o = parse(*state, STRS(rec_clear));
		assert_int_equal(o.rec_attr_clr, rows[i].attr);
		assert_int_equal(o.attr_clr, 0);
	}
}

static void access_time_is_one_of_three(void **state)
{
	const uint64_t mask = MOUNT_ATTR__ATIME;
	struct mount_options o = parse(*state, STRS("noatime"));

	assert_int_equal(o.attr_set, MOUNT_ATTR_NOATIME);
	assert_int_equal(o.attr_clr, mask);
	o = parse(*state, STRS("noatime", "strictatime"));
	assert_int_equal(o.attr_set, MOUNT_ATTR_STRICTATIME);
	o = parse(*state, STRS("noatime", "relatime"));
	assert_int_equal(o.attr_set, 0);
	assert_int_equal(o.attr_clr, mask);
	o = parse(*state, STRS("noatime", "atime"));
	assert_int_equal(o.attr_set, 0);
	assert_int_equal(o.attr_clr, 0);
	o = parse(*state, STRS("strictatime", "atime"));
	assert_int_equal(o.attr_set, MOUNT_ATTR_STRICTATIME);
	o = parse(*state, STRS("atime"));
	assert_int_equal(o.attr_clr, 0);
	assert_true(o.attr_explicit);
	o = parse(*state, STRS("nodiratime", "relatime"));
	assert_int_equal(o.attr_set, MOUNT_ATTR_NODIRATIME);
}

static void recursive_access_time_always_names_a_mode(void **state)
{
	const uint64_t mask = MOUNT_ATTR__ATIME;
	static const struct {
		const char *word;
		uint64_t set;
	} rows[] = {
		{ "rnoatime", MOUNT_ATTR_NOATIME },
		{ "ratime", 0 },
		{ "rstrictatime", MOUNT_ATTR_STRICTATIME },
		{ "rnostrictatime", 0 },
		{ "rrelatime", 0 },
		{ "rnorelatime", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mount_options o = parse(*state, STRS(rows[i].word));

		assert_int_equal(o.rec_attr_set, rows[i].set);
		assert_int_equal(o.rec_attr_clr, mask);
	}
	struct mount_options o = parse(*state, STRS("rstrictatime", "ratime"));
	assert_int_equal(o.rec_attr_set, MOUNT_ATTR_STRICTATIME);
}

static void super_block_flags_and_propagation(void **state)
{
	struct mount_options o =
		parse(*state, STRS("sync", "dirsync", "mand", "lazytime", "iversion", "silent"));

	assert_int_equal(o.sb_flags, MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME |
					     MS_I_VERSION | MS_SILENT);
	o = parse(*state, STRS("sync", "mand", "lazytime", "iversion", "silent", "async", "nomand",
			       "nolazytime", "noiversion", "loud"));
	assert_int_equal(o.sb_flags, 0);
	o = parse(*state, STRS("rslave", "shared", "private", "runbindable"));
	assert_int_equal(o.n_propagation, 4);
	assert_int_equal(o.propagation[0], MS_SLAVE | MS_REC);
	assert_int_equal(o.propagation[1], MS_SHARED);
	assert_int_equal(o.propagation[2], MS_PRIVATE);
	assert_int_equal(o.propagation[3], MS_UNBINDABLE | MS_REC);
	assert_false(o.attr_explicit);
	o = parse(*state, STRS("defaults"));
	assert_false(o.attr_explicit);
	assert_int_equal(o.data.n, 0);
}

static void data_is_split_at_bare_commas(void **state)
{
	struct mount_options o = parse(
		*state, STRS("size=1m,mode=755", "", "context=\"a:b:c1,c2\"", "lowerdir=/x\\,y"));

	assert_int_equal(o.data.n, 4);
	assert_string_equal(o.data.v[0], "size=1m");
	assert_string_equal(o.data.v[1], "mode=755");
	assert_string_equal(o.data.v[2], "context=a:b:c1,c2");
	assert_string_equal(o.data.v[3], "lowerdir=/x\\,y");
}

static void option_names_are_sorted_for_bsearch_and_features(void **state)
{
	struct fixture *f = *state;
	struct strs names;

	mount_option_names(&f->plan.arena, &names);
	assert_int_equal(names.n, 70);
	for (size_t i = 1; i < names.n; i++)
		assert_true(strcmp(names.v[i - 1], names.v[i]) < 0);
	for (size_t i = 0; i < names.n; i++)
		assert_int_equal(parse(f, STRS(names.v[i])).data.n, 0);
}

static void bind_takes_its_source_from_the_bundle(void **state)
{
	const struct spec_mount m = { .destination = "/data/",
				      .type = "none",
				      .source = "vol/../v",
				      .options = STRS("rbind", "ro", "rprivate") };
	const struct plan_mount *p = plan_one(*state, &m);

	assert_int_equal(p->kind, MOUNT_KIND_BIND);
	assert_true(p->recursive);
	assert_true(p->attr_explicit);
	assert_string_equal(p->source, "/b/vol/../v");
	assert_string_equal(p->destination, "/data");
	assert_null(p->fstype);
	assert_false(p->readonly_last);
	assert_int_equal(p->sb_flags, 0);
}

static void rro_stays_recursive_on_a_bind_only(void **state)
{
	const struct spec_mount bind = { .destination = "/d",
					 .source = "/s",
					 .options = STRS("rbind", "rro") };
	const struct spec_mount fs = { .destination = "/d",
				       .type = "tmpfs",
				       .options = STRS("rro") };
	const struct plan_mount *p = plan_one(*state, &bind);

	assert_int_equal(p->rec_attr_set, MOUNT_ATTR_RDONLY);
	assert_int_equal(p->attr_set, 0);
	p = plan_one(*state, &fs);
	assert_int_equal(p->rec_attr_set, 0);
	assert_int_equal(p->attr_set, MOUNT_ATTR_RDONLY);
	assert_true(p->readonly_last);
}

static void readonly_comes_last_where_more_is_made(void **state)
{
	static const struct {
		const char *destination, *type;
		bool last;
		unsigned long sb;
	} rows[] = {
		{ "/tmp", "tmpfs", true, 0 },
		{ "/dev/", "devtmpfs", true, MS_RDONLY },
		{ "/sys/fs/cgroup", "cgroup", true, 0 },
		{ "/sys", "sysfs", false, 0 },
		{ "/x", "ext4", false, MS_RDONLY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct spec_mount m = { .destination = rows[i].destination,
					      .type = rows[i].type,
					      .options = STRS("ro") };
		const struct plan_mount *p = plan_one(*state, &m);

		assert_int_equal(p->readonly_last, rows[i].last);
		assert_int_equal(p->sb_flags, rows[i].sb);
		assert_int_equal(p->attr_set, MOUNT_ATTR_RDONLY);
	}
}

static void cgroup2_is_a_cgroup_mount_on_v2_only(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount m = { .destination = "/sys/fs/cgroup", .type = "cgroup2" };

	assert_int_equal(plan_one(f, &m)->kind, MOUNT_KIND_FS);
	f->facts.cgroup_mode = CGROUP_V2;
	assert_int_equal(plan_one(f, &m)->kind, MOUNT_KIND_CGROUP);
}

static void what_crun_forces_to_be_v1_is(void **state)
{
	struct fixture *f = *state;
	struct spec_string_pair pair = { "run.oci.systemd.force_cgroup_v1", "/sys/fs/cgroup" };
	const struct spec_mount bind = { .destination = "/sys/fs/cgroup",
					 .type = "bind",
					 .source = "/x",
					 .options = STRS("rbind", "ro") };
	const struct spec_mount other = { .destination = "/sys/fs/cgroup/x", .type = "tmpfs" };

	f->spec.annotations = (struct spec_string_map){ &pair, 1 };
	const struct plan_mount *m = plan_one(f, &bind);
	assert_int_equal(m->kind, MOUNT_KIND_SYSTEMD_V1);
	assert_true(m->readonly_last);
	assert_int_equal(f->plan.warnings.n, 0);
	assert_int_equal(plan_one(f, &other)->kind, MOUNT_KIND_FS);
	assert_string_equal(f->plan.warnings.v[0],
			    "annotations[\"run.oci.systemd.force_cgroup_v1\"]: no entry of mounts "
			    "has the destination \"/sys/fs/cgroup\"");
}

static void cgroup_v1_data_is_warned_of(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount m = { .destination = "/sys/fs/cgroup",
				      .type = "cgroup",
				      .options = STRS("nsdelegate") };

	(void)plan_one(f, &m);
	assert_int_equal(f->plan.warnings.n, 1);
	assert_string_equal(f->plan.warnings.v[0],
			    "mounts[0].options: \"nsdelegate\" means nothing to cgroup v1");
}

static void relative_destination_is_below_root_with_a_warning(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount m = { .destination = "a/../../b", .type = "tmpfs" };

	assert_string_equal(plan_one(f, &m)->destination, "/b");
	assert_string_equal(
		f->plan.warnings.v[0],
		"mounts[0].destination: \"a/../../b\" is not absolute; it is taken as \"/b\"");
}

static void dev_is_made_unless_bound(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount tmpfs = { .destination = "/dev", .type = "tmpfs" };
	const struct spec_mount bind = { .destination = "/dev/.",
					 .source = "/dev",
					 .options = STRS("rbind") };

	f->spec.n_mounts = 0;
	assert_accepted(f, plan_mounts);
	assert_true(f->plan.make_dev);
	(void)plan_one(f, &tmpfs);
	assert_true(f->plan.make_dev);
	(void)plan_one(f, &bind);
	assert_false(f->plan.make_dev);
}

static void without_a_mount_namespace_the_log_says_so(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount m = { .destination = "/t",
				      .type = "tmpfs",
				      .options = STRS("mode=700") };

	f->plan.ns[NS_MOUNT].wanted = false;
	assert_true(plan_one(f, &m)->has_mode);
	assert_int_equal(f->plan.warnings.n, 1);
}

static void remount_of_the_super_block_or_of_a_bind(void **state)
{
	const struct spec_mount sb = { .destination = "/x",
				       .options = STRS("remount", "ro", "sync") };
	const struct spec_mount bind = { .destination = "/x",
					 .options = STRS("bind", "remount", "ro", "sync") };

	assert_int_equal(plan_one(*state, &sb)->kind, MOUNT_KIND_REMOUNT);
	assert_int_equal(plan_one(*state, &sb)->sb_flags, MS_RDONLY | MS_SYNCHRONOUS);
	assert_int_equal(plan_one(*state, &bind)->kind, MOUNT_KIND_REMOUNT);
	assert_int_equal(plan_one(*state, &bind)->sb_flags, 0);
}

static void proc_is_a_procfs(void **state)
{
	static const char *const fine[] = { "/proc/cpuinfo", "/proc/sys/kernel/ns_last_pid",
					    "/proc/net/dev", "/process" };
	const struct spec_mount bind = { .destination = "/proc",
					 .source = "/proc",
					 .options = STRS("rbind") };
	const struct spec_mount tmpfs = { .destination = "//proc/.", .type = "tmpfs" };
	const struct spec_mount below = { .destination = "/proc/sys/net",
					  .source = "/s",
					  .options = STRS("bind") };
	const struct spec_mount dots = { .destination = "/x/../proc/self/attr", .type = "tmpfs" };

	(void)plan_one(*state, &bind);
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		const struct spec_mount m = { .destination = fine[i],
					      .source = "/s",
					      .options = STRS("bind") };
		(void)plan_one(*state, &m);
	}
	refuse_one(*state, &tmpfs,
		   "mounts[0]: \"/proc\" cannot be mounted because it is not of type proc");
	refuse_one(*state, &below,
		   "mounts[0]: \"/proc/sys/net\" cannot be mounted because it is inside /proc");
	refuse_one(*state, &dots,
		   "mounts[0]: \"/proc/self/attr\" cannot be mounted because it is inside /proc");
}

static void what_makes_no_sense_is_refused(void **state)
{
	const struct {
		struct spec_mount m;
		const char *text;
	} rows[] = {
		{ { .destination = "", .type = "tmpfs" },
		  "mounts[0].destination: must not be empty" },
		{ { .destination = "/a" },
		  "mounts[0].type: must be given, or the option bind, rbind or remount" },
		{ { .destination = "/a", .type = "none" },
		  "mounts[0].type: \"none\" needs the option bind, rbind or remount" },
		{ { .destination = "/a", .type = "bind", .source = "/s" },
		  "mounts[0].type: \"bind\" needs the option bind, rbind or remount" },
		{ { .destination = "/a", .options = STRS("bind") },
		  "mounts[0].source: a bind mount needs a source" },
		{ { .destination = "/a", .source = "", .options = STRS("rbind") },
		  "mounts[0].source: a bind mount needs a source" },
		{ { .destination = "/a", .source = "/s", .options = STRS("bind", "size=1m") },
		  "mounts[0]: bind mounts cannot have any filesystem-specific options applied: \"size=1m\"" },
		{ { .destination = "/a", .source = "/s", .options = STRS("bind", "tmpcopyup") },
		  "mounts[0]: the option tmpcopyup is for tmpfs only" },
		{ { .destination = "/a", .type = "tmpfs", .options = STRS("src-nofollow") },
		  "mounts[0]: the option src-nofollow is for bind mounts only" },
		{ { .destination = "/a", .type = "tmpfs", .options = STRS("copy-symlink") },
		  "mounts[0]: the option copy-symlink is for bind mounts only" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refuse_one(*state, &rows[i].m, rows[i].text);
}

static void notify_socket(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount run = { .destination = "/run", .type = "tmpfs", .source = "none" };

	f->spec.mounts = &run;
	f->spec.n_mounts = 1;
	f->request.notify_dir = "/run/vial/c1/notify";
	assert_accepted(f, plan_mounts);
	assert_true(f->plan.notify);
	assert_int_equal(f->plan.n_mounts, 2);
	const struct plan_mount *m = &f->plan.mounts[1];
	assert_int_equal(m->kind, MOUNT_KIND_BIND);
	assert_string_equal(m->destination, "/run/notify");
	assert_string_equal(m->source, "/run/vial/c1/notify");
	assert_true(m->attr_set & MOUNT_ATTR_RDONLY);

	f->plan.ns[NS_MOUNT].wanted = false;
	f->plan.notify = false;
	assert_accepted(f, plan_mounts);
	assert_false(f->plan.notify);
	assert_int_equal(f->plan.n_mounts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_flag_has_its_attribute),
		TEST(notify_socket),
		TEST(access_time_is_one_of_three),
		TEST(recursive_access_time_always_names_a_mode),
		TEST(super_block_flags_and_propagation),
		TEST(data_is_split_at_bare_commas),
		TEST(option_names_are_sorted_for_bsearch_and_features),
		TEST(bind_takes_its_source_from_the_bundle),
		TEST(rro_stays_recursive_on_a_bind_only),
		TEST(readonly_comes_last_where_more_is_made),
		TEST(cgroup2_is_a_cgroup_mount_on_v2_only),
		TEST(what_crun_forces_to_be_v1_is),
		TEST(cgroup_v1_data_is_warned_of),
		TEST(relative_destination_is_below_root_with_a_warning),
		TEST(dev_is_made_unless_bound),
		TEST(without_a_mount_namespace_the_log_says_so),
		TEST(remount_of_the_super_block_or_of_a_bind),
		TEST(proc_is_a_procfs),
		TEST(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests_name("plan mounts", tests, NULL, NULL);
}
