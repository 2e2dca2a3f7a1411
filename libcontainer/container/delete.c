/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/ops.h"
#include "proto/startpipe.h"

#define FORCE_PATIENCE_MS 100

/*
 * Somebody holds the lock. When that is a create, ending what it has made so far makes it fail,
 * and it removes the rest itself.
 */
static void disturb(struct handle *h)
{
	struct err ignored;

	if (handle_load(h, &ignored) == 0 && h->state.phase == STATE_CREATING &&
	    h->cgroup.at->enabled && cgroup_signal_all(&h->cgroup, SIGKILL, &ignored) < 0)
		return;
	state_done(&h->state);
}

static int lock(struct handle *h, bool force, struct err *e)
{
	TRACE(h->env->trace, "lock");

	if (!force)
		return store_lock(h->root_fd, h->dir_fd, h->id, LOCK_TIMEOUT_MS, e);
	int r = store_lock(h->root_fd, h->dir_fd, h->id, FORCE_PATIENCE_MS, e);
	if (r != -EBUSY)
		return r;
	disturb(h);
	return store_lock(h->root_fd, h->dir_fd, h->id, LOCK_TIMEOUT_MS, e);
}

/* One of these is in every directory that a create has made, whatever was lost of it since. */
static bool is_ours(const struct handle *h)
{
	static const char *const names[] = { STATE_FILE, STATE_RECOVERY, STARTPIPE_NAME };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (faccessat(h->dir_fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	return false;
}

/* A wrong --root makes other people's directories look like containers. */
static int check_ours(const struct handle *h, struct err *e)
{
	if (is_ours(h) || unlinkat(h->root_fd, h->id, AT_REMOVEDIR) == 0)
		return 0;
	return err_set(e, ENOTEMPTY, "%s holds no state of a container: it is left alone", h->id);
}

/*
 * The record, or with @force what is left of it. Without any there is nothing that could be
 * found again: the directory appears only after its record is complete.
 */
static int load(struct handle *h, bool force, struct err *e)
{
	TRACE(h->env->trace, "load");

	struct err second;
	int r = handle_load(h, e);

	if (r == 0 || !force)
		return r;
	log_warn(h->env->log, "%s; using what is left of it", e->text);
	r = state_recover(h->dir_fd, &h->state, &second);
	h->cgroup.at = &h->state.cgroup;
	if (r == 0)
		return 0;
	r = check_ours(h, e);
	if (r == 0)
		log_warn(h->env->log, "%s; removing its directory only", second.text);
	return r;
}

static int check_stopped(const struct handle *h, struct err *e)
{
	int status = handle_status(h, e);

	if (status < 0)
		return status;
	if (status == CONTAINER_STOPPED || status == CONTAINER_CREATED)
		return 0;
	return err_set(e, EBUSY, "cannot delete container %s that is not stopped: %s", h->id,
		       container_status_name((enum container_status)status));
}

static int delete_found(struct handle *h, bool force, struct err *e)
{
	int r = lock(h, force, e);

	if (r == 0)
		r = load(h, force, e);
	if (r == 0 && !force)
		r = check_stopped(h, e);
	return r < 0 ? r : handle_destroy(h, e);
}

int container_delete(const struct container_env *env, const char *id, bool force, struct err *e)
{
	struct handle h = HANDLE_INIT;

	int r = handle_find(&h, env, id, e);
	if (r == 0)
		r = delete_found(&h, force, e);
	if (force && h.root_fd >= 0)
		store_sweep(h.root_fd);
	handle_done(&h);
	return r < 0 && force && e->kind == ERR_NO_CONTAINER ? 0 : r;
}
