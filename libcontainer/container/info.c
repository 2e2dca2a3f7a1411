/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/sys.h"
#include "container/ops.h"
#include "net/net.h"

#define ID_MAX 255

static bool is_id_byte(char c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '+' || c == '-' || (c == '.' && !first);
}

int container_id_check(const char *id, struct err *e)
{
	size_t n = strlen(id);

	if (n == 0)
		return err_set_kind(e, ERR_USAGE, EINVAL, "container id cannot be empty");
	for (size_t i = 0; i < n; i++)
		if (!is_id_byte(id[i], i == 0))
			return err_set_kind(e, ERR_USAGE, EINVAL, "invalid container ID format");
	if (n > ID_MAX)
		return err_set_kind(
			e, ERR_USAGE, EINVAL,
			"invalid container ID format: %zu bytes, at most %d are allowed", n,
			ID_MAX);
	return 0;
}

static const char *const status_names[] = {
	[CONTAINER_CREATING] = "creating", [CONTAINER_CREATED] = "created",
	[CONTAINER_RUNNING] = "running",   [CONTAINER_PAUSED] = "paused",
	[CONTAINER_STOPPED] = "stopped",
};

const char *container_status_name(enum container_status s)
{
	return status_names[s];
}

void container_info_done(struct container_info *i)
{
	arena_done(&i->arena);
	*i = (struct container_info){ .arena = ARENA_INIT };
}

static void copy_annotations(const struct state *s, struct container_info *ret)
{
	struct spec_string_pair *pairs =
		arena_array(&ret->arena, s->annotations.n + 1, struct spec_string_pair);

	for (size_t i = 0; i < s->annotations.n; i++) {
		pairs[i].key = arena_strdup(&ret->arena, s->annotations.v[i].key);
		pairs[i].value = arena_strdup(&ret->arena, s->annotations.v[i].value);
	}
	ret->annotations = (struct spec_string_map){ pairs, s->annotations.n };
}

static int fill(const struct handle *h, struct container_info *ret, struct err *e)
{
	const struct state *s = &h->state;
	struct stat st;
	int status = handle_status(h, e);

	if (status < 0)
		return status;
	if (fstat(h->dir_fd, &st) < 0)
		return err_errno(e, "stat the state directory");
	*ret = (struct container_info){
		.arena = ARENA_INIT,
		.status = (enum container_status)status,
		.pid = status == CONTAINER_STOPPED ? 0 : s->init.pid,
		.owner = st.st_uid,
	};
	ret->oci_version = arena_strdup(&ret->arena, s->oci_version);
	ret->id = arena_strdup(&ret->arena, s->id);
	ret->bundle = arena_strdup(&ret->arena, s->bundle);
	ret->rootfs = arena_strdup(&ret->arena, s->rootfs);
	ret->created = arena_strdup(&ret->arena, s->created);
	copy_annotations(s, ret);
	return 0;
}

/* @found: what looking for @h gave; @h is done with afterwards. */
static int info_and_done(struct handle *h, int found, struct container_info *ret, struct err *e)
{
	int r = found;

	if (r == 0)
		r = handle_load(h, e);
	if (r == 0)
		r = fill(h, ret, e);
	handle_done(h);
	return r;
}

int container_info(const struct container_env *env, const char *id, struct container_info *ret,
		   struct err *e)
{
	struct handle h = HANDLE_INIT;

	return info_and_done(&h, handle_find(&h, env, id, e), ret, e);
}

/* One of many, for whom the root is opened and the boot asked for once. */
static int info_of(const struct container_env *env, int root_fd, const char *boot_id,
		   const char *id, struct container_info *ret, struct err *e)
{
	struct handle h = HANDLE_INIT;

	h.boot_id = boot_id;
	return info_and_done(&h, handle_find_in(&h, env, root_fd, id, e), ret, e);
}

static int open_init(const struct handle *h, struct err *e)
{
	uint64_t start = 0;
	pid_t pid = h->state.init.pid;
	autoclose int fd = pid > 0 ? sys_pidfd_open(pid, 0) : -1;

	if (pid > 0 && fd < 0 && errno != ESRCH)
		return err_errno(e, "pidfd_open(2)");
	/* Looked at after it is open: it cannot be another process of that number. */
	int r = fd < 0 ? -ESRCH : proc_start_time(pid, &start, NULL);
	if (r < 0 && r != -ESRCH)
		return err_set(e, -r, "read /proc/%ld/stat: %s", (long)pid, errno_text(-r));
	if (r < 0 || start != h->state.init.start_time)
		return err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "container has ended");
	return take_fd(&fd);
}

int container_pidfd(const struct container_env *env, const char *id, struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_find(&h, env, id, e);
	if (r == 0)
		r = handle_load(&h, e);
	if (r == 0)
		r = open_init(&h, e);
	handle_done(&h);
	return r;
}

int container_ids(const struct container_env *env, char ***ret, size_t *n, struct err *e)
{
	autoclose int root_fd = store_open(env->root, false, e);

	return root_fd < 0 ? root_fd : store_ids(root_fd, ret, n, e);
}

int container_list(const struct container_env *env, struct container_info **ret, size_t *n,
		   struct err *e)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autoclose int root_fd = store_open(env->root, false, e);
	const char *boot_id = NULL;
	char **ids = NULL;
	size_t n_ids = 0, filled = 0;

	if (root_fd < 0)
		return root_fd;
	int r = boot_id_read(&a, &boot_id, e);
	if (r == 0)
		r = store_ids(root_fd, &ids, &n_ids, e);
	if (r < 0)
		return r;
	struct container_info *list = mem_new(n_ids + 1, sizeof(*list));
	for (size_t i = 0; i < n_ids; i++) {
		struct err why;

		if (info_of(env, root_fd, boot_id, ids[i], &list[filled], &why) == 0)
			filled++;
		else if (why.kind != ERR_NO_CONTAINER) /* else: deleted while we looked */
			log_warn(env->log, "load container %s: %s", ids[i], why.text);
		free(ids[i]);
	}
	free(ids);
	*ret = list;
	*n = filled;
	return 0;
}

bool container_moves_net_devices(const char *argv0)
{
	autodone(arena) struct arena a = ARENA_INIT;
	struct err ignored;
	const char *path;

	return net_find_helper(&a, argv0, &path, &ignored) == 0;
}
