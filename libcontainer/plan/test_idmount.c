/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test_fixture.h"

#include "base/sys.h"
#include "plan/mountflags.h"

/* Id-mapped mounts, labels, and links as sources. */

static const struct spec_id_mapping one = { 0, 0, 1 }, empty = { 0, 0, 0 };
static const struct spec_id_mapping container[] = { { 0, 100000, 10 }, { 10, 500000, 100 } };

static const struct plan_mount *plan_one(struct fixture *f, const struct spec_mount *m)
{
	f->spec.mounts = m;
	f->spec.n_mounts = 1;
	assert_accepted(f, plan_mounts);
	return &f->plan.mounts[0];
}

static void refuse_one(struct fixture *f, const struct spec_mount *m, const char *text)
{
	f->spec.mounts = m;
	f->spec.n_mounts = 1;
	assert_refused(f, plan_mounts, text);
}

static void give_userns(struct fixture *f)
{
	f->plan.ns[NS_USER].wanted = true;
	f->plan.uid_map = (struct plan_id_map){ container, ARRAY_SIZE(container) };
	f->plan.gid_map = (struct plan_id_map){ container, 1 };
}

static void assert_map(const struct plan_id_map *m, size_t i, uint32_t from, uint32_t to,
		       uint32_t size)
{
	assert_true(i < m->n);
	assert_int_equal(m->v[i].container_id, from);
	assert_int_equal(m->v[i].host_id, to);
	assert_int_equal(m->v[i].size, size);
}

static void mappings_imply_the_option(void **state)
{
	const struct spec_mount m = { .destination = "/d",
				      .source = "/s",
				      .options = STRS("bind"),
				      .uid_mappings = { &one, 1 },
				      .gid_mappings = { &one, 1 } };
	const struct plan_mount *p = plan_one(*state, &m);

	assert_int_equal(p->idmap, IDMAP_OWN);
	assert_false(p->idmap_recursive);
	assert_false(p->attr_explicit);
	assert_map(&p->uid_map, 0, 0, 0, 1);
}

static void the_containers_own_mapping_needs_no_other(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount same = { .destination = "/d",
					 .source = "/s",
					 .options = STRS("rbind", "ridmap"),
					 .uid_mappings = { container, 2 },
					 .gid_mappings = { container, 1 } };
	const struct spec_mount none = { .destination = "/d",
					 .source = "/s",
					 .options = STRS("bind", "idmap") };

	give_userns(f);
	const struct plan_mount *p = plan_one(f, &same);
	assert_int_equal(p->idmap, IDMAP_CONTAINER);
	assert_true(p->idmap_recursive);
	assert_int_equal(p->uid_map.n, 0);
	p = plan_one(f, &none);
	assert_int_equal(p->idmap, IDMAP_CONTAINER);
	assert_false(p->idmap_recursive);
}

static void ranges_of_the_option(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount absolute = {
		.destination = "/d",
		.source = "/s",
		.options = STRS("bind", "idmap=uids=0-1-10#10-21-5;gids=0-100-10")
	};
	const struct spec_mount relative = { .destination = "/d",
					     .source = "/s",
					     .options = STRS("bind", "ridmap=uids=@7-5-8") };
	const struct plan_mount *p = plan_one(f, &absolute);

	assert_int_equal(p->uid_map.n, 2);
	assert_map(&p->uid_map, 1, 10, 21, 5);
	assert_map(&p->gid_map, 0, 0, 100, 10);
	assert_int_equal(p->data.n, 0);

	give_userns(f);
	p = plan_one(f, &relative); /* crosses two extents of the container's map */
	assert_true(p->idmap_recursive);
	assert_int_equal(p->uid_map.n, 2);
	assert_map(&p->uid_map, 0, 7, 100005, 5);
	assert_map(&p->uid_map, 1, 12, 500000, 3);
	assert_map(&p->gid_map, 0, 0, 100000, 10); /* not given: the container's */
}

static void one_list_without_a_user_namespace_leaves_the_other_as_it_is(void **state)
{
	const struct spec_mount m = { .destination = "/d",
				      .source = "/s",
				      .options = STRS("bind", "idmap=gids=1-2-3") };
	const struct plan_mount *p = plan_one(*state, &m);

	assert_map(&p->uid_map, 0, 0, 0, UINT32_MAX);
	assert_map(&p->gid_map, 0, 1, 2, 3);
}

static void what_cannot_be_mapped_is_refused(void **state)
{
	const struct {
		struct spec_mount m;
		const char *text;
	} rows[] = {
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind"),
		    .uid_mappings = { &one, 1 } },
		  "mounts[0]: id-mapped mounts must have both uid and gid mappings specified" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind"),
		    .uid_mappings = { &one, 1 },
		    .gid_mappings = { &empty, 1 } },
		  "mounts[0].gidMappings[0]: empty, or passes the last id" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind", "idmap=uids=0-0-1"),
		    .uid_mappings = { &one, 1 },
		    .gid_mappings = { &one, 1 } },
		  "mounts[0]: has uidMappings and gidMappings and the option idmap=uids=0-0-1" },
		{ { .destination = "/a", .type = "tmpfs", .options = STRS("idmap") },
		  "mounts[0]: id-mapped mounts are only supported for bind-mounts" },
		{ { .destination = "/a", .source = "/s", .options = STRS("bind", "idmap") },
		  "mounts[0].options: idmap without mappings needs a user namespace in "
		  "linux.namespaces" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind", "idmap=uids=0-1") },
		  "mounts[0].options: idmap: \"0-1\": expected FROM-TO-COUNT" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind", "idmap=uids=0-0-1#;gids=0-0-1") },
		  "mounts[0].options: idmap: \"\": expected FROM-TO-COUNT" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind", "idmap=uids=0-4294967295-1") },
		  "mounts[0].options: idmap: \"0-4294967295-1\": empty, or passes the last id" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind", "idmap=uids=@0-0-1") },
		  "mounts[0].options: idmap: \"@0-0-1\": not mapped by the container's user "
		  "namespace" },
		{ { .destination = "/a",
		    .source = "/s",
		    .options = STRS("bind", "idmap=uids=0-0-1;uids=1-1-1") },
		  "mounts[0].options: idmap: \"uids=1-1-1\": given twice" },
		{ { .destination = "/a", .source = "/s", .options = STRS("bind", "idmap=all") },
		  "mounts[0].options: idmap: \"all\": expected uids= or gids=" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refuse_one(*state, &rows[i].m, rows[i].text);
}

static void an_ordinary_user_cannot_map(void **state)
{
	struct fixture *f = *state;
	const struct spec_mount m = { .destination = "/d",
				      .source = "/s",
				      .options = STRS("bind", "idmap") };

	give_userns(f);
	f->facts.euid = 1000;
	refuse_one(f, &m, "mounts[0]: id-mapped mounts are not supported for rootless containers");
}

/* --- SELinux ---------------------------------------------------------------------------- */

static const char *last_data(struct fixture *f, const char *type, struct strs options)
{
	const struct spec_mount m = { .destination = "/d", .type = type, .options = options };
	const struct plan_mount *p = plan_one(f, &m);

	return p->data.n ? p->data.v[p->data.n - 1] : "";
}

static void a_label_goes_to_what_takes_one(void **state)
{
	struct fixture *f = *state;
	static const struct spec_string_pair type = { "run.oci.mount_context_type", "rootcontext" };

	f->linux_.mount_label = "a:b:c:s0:c1,c2";
	f->facts.has_selinux = true;
	assert_accepted(f, plan_root);
	assert_string_equal(last_data(f, "tmpfs", STRS("size=1m")), "context=a:b:c:s0:c1,c2");
	assert_string_equal(last_data(f, "devpts", STRS("ro")), "context=a:b:c:s0:c1,c2");
	assert_string_equal(last_data(f, "tmpfs", STRS("context=\"x,y\"")), "context=x,y");
	assert_string_equal(last_data(f, "proc", STRS("ro")), "");
	assert_string_equal(last_data(f, "sysfs", STRS("ro")), "");
	assert_string_equal(last_data(f, "mqueue", STRS("ro")), "");

	f->spec.annotations = (struct spec_string_map){ &type, 1 };
	f->plan.mount_context_type = NULL;
	assert_accepted(f, plan_root);
	assert_string_equal(last_data(f, "tmpfs", STRS("ro")), "rootcontext=a:b:c:s0:c1,c2");
}

static void a_label_without_selinux_is_refused(void **state)
{
	struct fixture *f = *state;

	f->linux_.mount_label = "";
	assert_accepted(f, plan_root);
	f->linux_.mount_label = "l";
	assert_refused(f, plan_root, "linux.mountLabel: selinux is not enabled in this kernel");
}

static void a_context_type_must_be_one(void **state)
{
	struct fixture *f = *state;
	static const struct spec_string_pair type = { "run.oci.mount_context_type", "ctx" };

	f->spec.annotations = (struct spec_string_map){ &type, 1 };
	assert_accepted(f, plan_root); /* no label, no context */
	f->linux_.mount_label = "l";
	f->facts.has_selinux = true;
	assert_refused(f, plan_root,
		       "annotations.run.oci.mount_context_type: \"ctx\" is none of context, "
		       "fscontext, defcontext and rootcontext");
}

/* --- links ------------------------------------------------------------------------------ */

static void links_are_kept_for_the_mount(void **state)
{
	const struct spec_mount m = { .destination = "/d",
				      .source = "/s",
				      .options = STRS("bind", "copy-symlink", "dest-nofollow") };
	const struct spec_mount fs = { .destination = "/d",
				       .type = "tmpfs",
				       .options = STRS("dest-nofollow", "rsync", "rdirsync") };
	const struct plan_mount *p = plan_one(*state, &m);

	assert_true(p->copy_symlink);
	assert_true(p->dest_nofollow);
	assert_false(p->src_nofollow);
	assert_false(p->attr_explicit);
	p = plan_one(*state, &fs);
	assert_true(p->dest_nofollow);
	assert_int_equal(p->sb_flags, MS_SYNCHRONOUS | MS_DIRSYNC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mappings_imply_the_option),
		TEST(the_containers_own_mapping_needs_no_other),
		TEST(ranges_of_the_option),
		TEST(one_list_without_a_user_namespace_leaves_the_other_as_it_is),
		TEST(what_cannot_be_mapped_is_refused),
		TEST(an_ordinary_user_cannot_map),
		TEST(a_label_goes_to_what_takes_one),
		TEST(a_label_without_selinux_is_refused),
		TEST(a_context_type_must_be_one),
		TEST(links_are_kept_for_the_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
