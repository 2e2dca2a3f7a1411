/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/jsonw.h"

#define STATE_VERSION	   1
#define RECOVERY_TEMPORARY ".recovery.tmp"

static const char *const phase_names[] = {
	[STATE_CREATING] = "creating",
	[STATE_CREATED] = "created",
};

static const char *const mode_names[] = {
	[CGROUP_NONE] = "none",
	[CGROUP_V1] = "v1",
	[CGROUP_HYBRID] = "hybrid",
	[CGROUP_V2] = "v2",
};

/* --- writing ------------------------------------------------------------------------ */

static void print_process(struct jsonw *w, const char *key, const struct state_process *p)
{
	jsonw_object(w, key);
	jsonw_i64(w, "pid", p->pid);
	jsonw_u64(w, "startTime", p->start_time);
	jsonw_object_end(w);
}

static void print_cgroup(struct jsonw *w, const struct plan_cgroup *cg)
{
	jsonw_object(w, "cgroup");
	jsonw_bool(w, "enabled", cg->enabled);
	jsonw_str(w, "mode", mode_names[cg->mode]);
	jsonw_str(w, "path", cg->path ? cg->path : "");
	jsonw_bool(w, "pathAsked", cg->path_asked);
	jsonw_bool(w, "rootless", cg->rootless); /* exec may find it without cgroups */
	jsonw_str(w, "driver", cg->unit.name ? "systemd" : "fs");
	if (cg->unit.name) {
		jsonw_str(w, "unit", cg->unit.name);
		jsonw_bool(w, "user", cg->unit.user);
		jsonw_str(w, "sub", cg->unit.sub ? cg->unit.sub : "");
	}
	jsonw_array(w, "dirs");
	for (size_t i = 0; i < cg->n_dirs; i++) {
		jsonw_object(w, NULL);
		jsonw_str(w, "name", cg->dirs[i].name);
		jsonw_str(w, "mount", cg->dirs[i].mount);
		jsonw_str(w, "path", cg->dirs[i].path);
		jsonw_bool(w, "v2", cg->dirs[i].is_v2);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void print_rdt(struct jsonw *w, const struct state_rdt *rdt)
{
	if (!rdt->group)
		return;
	jsonw_object(w, "rdt");
	jsonw_str(w, "group", rdt->group);
	if (rdt->mon)
		jsonw_str(w, "mon", rdt->mon);
	jsonw_bool(w, "made", rdt->made);
	jsonw_object_end(w);
}

void state_print(const struct state *s, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_i64(&w, "version", STATE_VERSION);
	jsonw_str(&w, "phase", phase_names[s->phase]);
	jsonw_str(&w, "ociVersion", s->oci_version);
	jsonw_str(&w, "id", s->id);
	jsonw_str(&w, "bundle", s->bundle);
	jsonw_str(&w, "rootfs", s->rootfs);
	jsonw_str(&w, "created", s->created);
	jsonw_str(&w, "bootId", s->boot_id);
	print_process(&w, "init", &s->init);
	print_process(&w, "cli", &s->cli);
	jsonw_bool(&w, "privatePidns", s->private_pidns);
	jsonw_bool(&w, "noNewKeyring", s->no_new_keyring);
	jsonw_bool(&w, "poststart", s->poststart);
	jsonw_bool(&w, "poststop", s->poststop);
	print_cgroup(&w, &s->cgroup);
	print_rdt(&w, &s->rdt);
	jsonw_object(&w, "annotations");
	for (size_t i = 0; i < s->annotations.n; i++)
		jsonw_str(&w, s->annotations.v[i].key, s->annotations.v[i].value);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	strbuf_adds(out, "\n");
}

/* --- reading: sticky, the first failure counts --------------------------------------- */

struct reader {
	const struct json_doc *doc;
	struct arena *arena;
	struct err *e;
	int r;
};

static const struct json *member(struct reader *rd, const struct json *obj, const char *key,
				 enum json_type type)
{
	const struct json *v = json_get(obj, key);

	if (rd->r < 0)
		return NULL;
	if (v && v->type == type)
		return v;
	rd->r = err_set(rd->e, EINVAL, STATE_FILE ": %s is missing or of the wrong type", key);
	return NULL;
}

static const char *string(struct reader *rd, const struct json *obj, const char *key)
{
	const struct json *v = member(rd, obj, key, JSON_STRING);

	return v ? arena_strdup(rd->arena, v->text) : "";
}

static bool boolean(struct reader *rd, const struct json *obj, const char *key)
{
	const struct json *v = member(rd, obj, key, JSON_BOOL);

	return v && v->boolean;
}

static uint64_t number(struct reader *rd, const struct json *obj, const char *key, uint64_t max)
{
	const struct json *v = member(rd, obj, key, JSON_NUMBER);
	uint64_t n = 0;

	if (v && str_to_u64(v->text, max, &n) < 0)
		rd->r = err_set(rd->e, EINVAL, STATE_FILE ": %s: \"%s\" is out of range", key,
				v->text);
	return n;
}

static unsigned int name(struct reader *rd, const struct json *obj, const char *key,
			 const char *const *names, unsigned int n)
{
	const struct json *v = member(rd, obj, key, JSON_STRING);

	for (unsigned int i = 0; v && i < n; i++)
		if (str_eq(names[i], v->text))
			return i;
	if (v)
		rd->r = err_set(rd->e, EINVAL, STATE_FILE ": %s: \"%s\" is not known", key,
				v->text);
	return 0;
}

static struct state_process process(struct reader *rd, const struct json *obj, const char *key)
{
	const struct json *v = member(rd, obj, key, JSON_OBJECT);

	return (struct state_process){
		.pid = (pid_t)number(rd, v, "pid", INT_MAX),
		.start_time = number(rd, v, "startTime", UINT64_MAX),
	};
}

static void read_unit(struct reader *rd, const struct json *v, struct plan_unit *ret)
{
	static const char *const drivers[] = { "fs", "systemd" };

	if (name(rd, v, "driver", drivers, ARRAY_SIZE(drivers)) == 0)
		return;
	ret->name = string(rd, v, "unit");
	ret->user = boolean(rd, v, "user");
	ret->sub = string(rd, v, "sub");
	if (!*ret->sub)
		ret->sub = NULL;
}

static void read_cgroup(struct reader *rd, const struct json *obj, struct plan_cgroup *ret)
{
	const struct json *v = member(rd, obj, "cgroup", JSON_OBJECT);
	const struct json *dirs = member(rd, v, "dirs", JSON_ARRAY);

	ret->enabled = boolean(rd, v, "enabled");
	ret->mode = (enum cgroup_mode)name(rd, v, "mode", mode_names, ARRAY_SIZE(mode_names));
	ret->path = string(rd, v, "path");
	ret->path_asked = boolean(rd, v, "pathAsked");
	ret->rootless = boolean(rd, v, "rootless");
	read_unit(rd, v, &ret->unit);
	if (!dirs)
		return;
	ret->dirs = arena_array(rd->arena, dirs->list.n + 1, struct plan_cgroup_dir);
	ret->n_dirs = dirs->list.n;
	for (size_t i = 0; i < dirs->list.n; i++) {
		const struct json *d = dirs->list.items[i];

		ret->dirs[i] = (struct plan_cgroup_dir){
			.name = string(rd, d, "name"),
			.mount = string(rd, d, "mount"),
			.path = string(rd, d, "path"),
			.is_v2 = boolean(rd, d, "v2"),
		};
	}
}

static void read_annotations(struct reader *rd, const struct json *obj, struct spec_string_map *ret)
{
	const struct json *v = member(rd, obj, "annotations", JSON_OBJECT);

	if (!v)
		return;
	struct spec_string_pair *pairs =
		arena_array(rd->arena, v->list.n + 1, struct spec_string_pair);
	for (size_t i = 0; i < v->list.n; i++) {
		const struct json *a = v->list.items[i];

		if (a->type != JSON_STRING) {
			rd->r = err_set(rd->e, EINVAL, STATE_FILE ": annotations: not a string");
			return;
		}
		pairs[i].key = arena_strdup(rd->arena, a->key);
		pairs[i].value = arena_strdup(rd->arena, a->text);
	}
	*ret = (struct spec_string_map){ pairs, v->list.n };
}

static void read_rdt(struct reader *rd, const struct json *obj, struct state_rdt *ret)
{
	const struct json *v = json_get(obj, "rdt");

	if (!v || rd->r < 0)
		return;
	v = member(rd, obj, "rdt", JSON_OBJECT);
	if (!v)
		return;
	ret->group = string(rd, v, "group");
	ret->mon = json_get(v, "mon") ? string(rd, v, "mon") : NULL;
	ret->made = boolean(rd, v, "made");
}

static int read_all(const struct json_doc *doc, struct state *ret, struct err *e)
{
	struct reader rd = { .doc = doc, .arena = &ret->arena, .e = e };
	const struct json *o = doc->root;

	if (number(&rd, o, "version", UINT32_MAX) != STATE_VERSION && rd.r == 0)
		return err_set(e, EINVAL,
			       STATE_FILE ": written by another version of this program");
	ret->phase = (enum state_phase)name(&rd, o, "phase", phase_names, ARRAY_SIZE(phase_names));
	ret->oci_version = string(&rd, o, "ociVersion");
	ret->id = string(&rd, o, "id");
	ret->bundle = string(&rd, o, "bundle");
	ret->rootfs = string(&rd, o, "rootfs");
	ret->created = string(&rd, o, "created");
	ret->boot_id = string(&rd, o, "bootId");
	ret->init = process(&rd, o, "init");
	ret->cli = process(&rd, o, "cli");
	ret->private_pidns = boolean(&rd, o, "privatePidns");
	ret->no_new_keyring = boolean(&rd, o, "noNewKeyring");
	ret->poststart = boolean(&rd, o, "poststart");
	ret->poststop = boolean(&rd, o, "poststop");
	read_cgroup(&rd, o, &ret->cgroup);
	read_rdt(&rd, o, &ret->rdt);
	read_annotations(&rd, o, &ret->annotations);
	return rd.r;
}

int state_parse(const char *text, size_t n, struct state *ret, struct err *e)
{
	struct json_doc doc = JSON_DOC_INIT;

	*ret = (struct state){ .arena = ARENA_INIT };
	int r = json_parse(STATE_FILE, text, n, &doc, e);
	if (r == 0)
		r = read_all(&doc, ret, e);
	json_doc_done(&doc);
	if (r < 0)
		state_done(ret);
	return r;
}

/* A record that is too long for a symlink is left to state.json alone. */
static int save_recovery(int dir_fd, const struct state *s, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct state small = *s;
	int r;

	small.annotations = (struct spec_string_map){ NULL, 0 };
	state_print(&small, &text);
	if (symlinkat(text.data, dir_fd, STATE_RECOVERY) == 0)
		return 0;
	r = symlinkat(text.data, dir_fd, RECOVERY_TEMPORARY);
	if (r < 0 && errno == EEXIST) {
		(void)unlinkat(dir_fd, RECOVERY_TEMPORARY, 0);
		r = symlinkat(text.data, dir_fd, RECOVERY_TEMPORARY);
	}
	if (r < 0) {
		if (errno != ENAMETOOLONG) /* the limit is the file system's, at most PATH_MAX */
			return err_errno(e, "symlink " RECOVERY_TEMPORARY);
		(void)unlinkat(dir_fd, STATE_RECOVERY, 0); /* an older record would mislead */
		return 0;
	}
	if (renameat(dir_fd, RECOVERY_TEMPORARY, dir_fd, STATE_RECOVERY) < 0)
		return err_errno(e, "rename " RECOVERY_TEMPORARY);
	return 0;
}

int state_save(int dir_fd, const struct state *s, struct err *e)
{
	/*
	 * Not published yet (store.h). Only this one must survive a power cut, which ends what the
	 * later ones would tell of.
	 */
	bool is_first = s->phase == STATE_CREATING;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	state_print(s, &text);
	/* Of an intent there is nothing to recover: it is durable before anything is done. */
	int r = is_first ? 0 : save_recovery(dir_fd, s, e);
	if (r == 0)
		r = file_replace_at(
			dir_fd, STATE_FILE, &text,
			is_first ? FILE_PRIVATE | FILE_DURABLE | FILE_FIRST : FILE_PRIVATE, e);
	if (r < 0)
		return err_ctx(e, "save the state");
	return 0;
}

int state_recover(int dir_fd, struct state *ret, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(dir_fd, STATE_RECOVERY, text, sizeof(text));

	if (n < 0)
		return err_errno(e, "recover the state: readlink " STATE_RECOVERY);
	return state_parse(text, (size_t)n, ret, e);
}

int state_load(int dir_fd, struct state *ret, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	*ret = (struct state){ .arena = ARENA_INIT };
	int r = file_read_at(dir_fd, STATE_FILE, 0, &text, e);
	if (r < 0)
		return err_ctx(e, "load the state");
	r = state_parse(strbuf_str(&text), text.len, ret, e);
	if (r < 0)
		return err_ctx(e, "load the state");
	return 0;
}

void state_done(struct state *s)
{
	arena_done(&s->arena);
	*s = (struct state){ .arena = ARENA_INIT };
}
