/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "container/ops.h"
#include "proto/startpipe.h"

#define BOOT_ID_LEN 36 /* a UUID */

int handle_find(struct handle *h, const struct container_env *env, const char *id, struct err *e)
{
	h->env = env;
	h->id = id;
	int r = container_id_check(id, e);
	if (r < 0)
		return r;
	h->root_fd = store_open(env->root, false, e);
	if (h->root_fd == -ENOENT)
		return err_set_kind(e, ERR_NO_CONTAINER, ENOENT, "container does not exist");
	if (h->root_fd < 0)
		return h->root_fd;
	h->dir_fd = store_find(h->root_fd, id, e);
	return h->dir_fd < 0 ? h->dir_fd : 0;
}

int handle_find_in(struct handle *h, const struct container_env *env, int root_fd, const char *id,
		   struct err *e)
{
	h->env = env;
	h->id = id;
	int r = container_id_check(id, e);

	if (r == 0)
		h->dir_fd = r = store_find(root_fd, id, e);
	return r < 0 ? r : 0;
}

int handle_load(struct handle *h, struct err *e)
{
	int r = state_load(h->dir_fd, &h->state, e);

	h->cgroup.at = &h->state.cgroup;
	h->cgroup.log = h->env->log;
	return r;
}

int handle_open(struct handle *h, const struct container_env *env, const char *id, struct err *e)
{
	TRACE(env->trace, "find, lock, load");

	int r = handle_find(h, env, id, e);

	if (r == 0)
		r = store_lock(h->root_fd, h->dir_fd, id, LOCK_TIMEOUT_MS, e);
	return r < 0 ? r : handle_load(h, e);
}

void handle_done(struct handle *h)
{
	cgroup_done(&h->cgroup);
	state_done(&h->state);
	if (h->dir_fd >= 0)
		(void)close(h->dir_fd);
	if (h->root_fd >= 0)
		(void)close(h->root_fd);
	h->dir_fd = h->root_fd = -1;
}

int boot_id_read(struct arena *a, const char **ret, struct err *e)
{
	char text[64];
	int n = file_read_once_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text),
				  e);

	if (n < 0 && n != -ENOENT)
		return n;
	/* Half of it would be another boot's, and all containers stopped. */
	if (n >= 0 && n != BOOT_ID_LEN + 1)
		return err_set(e, EPROTO, "read /proc/sys/kernel/random/boot_id: no UUID");
	*ret = n > 0 ? arena_strndup(a, text, BOOT_ID_LEN) : "";
	return 0;
}

/* Start times count from the boot: those of another one mean nothing. */
static int is_this_boot(const struct handle *h, struct err *e)
{
	const struct state *s = &h->state;

	if (h->boot_id)
		return str_eq(s->boot_id, h->boot_id);
	struct arena a = ARENA_INIT;
	const char *now;
	int r = boot_id_read(&a, &now, e);

	if (r == 0)
		r = str_eq(s->boot_id, now);
	arena_done(&a);
	return r;
}

/* What cannot be read is not dead: somebody would remove what still runs. */
static int process_lives(const struct state_process *p, struct err *e)
{
	uint64_t start;
	char letter;

	if (p->pid <= 0)
		return 0;
	int r = proc_start_time(p->pid, &start, &letter);
	if (r == -ESRCH)
		return 0;
	if (r < 0)
		return err_set(e, -r, "read /proc/%ld/stat: %s", (long)p->pid, errno_text(-r));
	return start == p->start_time && letter != 'Z' && letter != 'X';
}

static int lives(const struct handle *h, const struct state_process *p, struct err *e)
{
	int r = is_this_boot(h, e);

	return r <= 0 ? r : process_lives(p, e);
}

int handle_init_pidfd(const struct handle *h)
{
	struct err e;
	int r = h->state.phase == STATE_CREATED ? is_this_boot(h, &e) : 0;

	if (r <= 0)
		return r < 0 ? r : -ESRCH;
	return proc_pidfd(h->state.init.pid, h->state.init.start_time);
}

int handle_is_abandoned(const struct handle *h, struct err *e)
{
	if (h->state.phase != STATE_CREATING)
		return 0;
	int r = lives(h, &h->state.cli, e);
	return r < 0 ? r : !r;
}

int handle_status(const struct handle *h, struct err *e)
{
	bool creating = h->state.phase == STATE_CREATING;
	int r = lives(h, creating ? &h->state.cli : &h->state.init, e);

	if (r < 0)
		return r;
	if (!r)
		return CONTAINER_STOPPED;
	if (creating)
		return CONTAINER_CREATING;

	int frozen = cgroup_is_frozen(&h->cgroup, e);
	if (frozen != 0)
		return frozen < 0 ? frozen : CONTAINER_PAUSED;
	int waiting = startpipe_is_waiting(h->dir_fd, e);
	if (waiting < 0)
		return waiting;
	return waiting ? CONTAINER_CREATED : CONTAINER_RUNNING;
}
