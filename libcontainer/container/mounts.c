/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/retry.h"
#include "container/ops.h"
#include "init/livemounts.h"

struct mounts {
	struct handle handle;
	struct host_facts facts;
	struct spec *spec, *document; /* the copy of config.json; what is to be mounted */
	struct spec merged;	      /* the first with the mounts of the second, without cgroups */
	struct spec_linux merged_linux;
	struct request request;
	struct plan *plan;
	struct plan_mount *list; /* the plan's mounts, nothing late */
	int init_pidfd;
};

static int find(struct mounts *m, const struct container_env *env, const char *id, struct err *e)
{
	int r = handle_open(&m->handle, env, id, e);

	if (r < 0)
		return r;
	m->init_pidfd = handle_init_pidfd(&m->handle);
	if (m->init_pidfd == -ESRCH)
		return err_set_kind(e, ERR_NOT_RUNNING, ESRCH, "container not running");
	if (m->init_pidfd < 0)
		return err_set(e, -m->init_pidfd, "open init: pidfd_open(2): %s",
			       errno_text(-m->init_pidfd));
	return 0;
}

static int read_document(struct mounts *m, const char *file, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	bool is_stdin = str_eq(file, "-");

	autoclose int own = is_stdin ? -1 : RETRY(open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY));
	if (!is_stdin && own < 0)
		return err_errno(e, "open %s", file);
	if (fd_read_all(is_stdin ? STDIN_FILENO : own, JSON_DOCUMENT_MAX, &text) < 0)
		return err_errno(e, "read %s", file);
	return spec_parse_mounts(is_stdin ? "standard input" : file, strbuf_str(&text), text.len,
				 &m->document, e);
}

/* The plan of the same container, but for other mounts. */
static int decide(struct mounts *m, struct err *e)
{
	int r = spec_load(m->handle.dir_fd, STATE_CONFIG, &m->spec, e);

	if (r == 0)
		r = host_facts_probe(&m->facts, true, e);
	if (r < 0)
		return r;
	m->merged_linux = *m->spec->linux_;
	m->merged_linux.cgroups_path = NULL;
	m->merged_linux.resources = NULL;
	m->merged = *m->spec;
	m->merged.linux_ = &m->merged_linux;
	m->merged.mounts = m->document->mounts;
	m->merged.n_mounts = m->document->n_mounts;
	m->request = (struct request){ .program = m->handle.env->program,
				       .id = m->handle.id,
				       .bundle = m->handle.state.bundle };
	r = plan_build(&m->merged, &m->facts, &m->request, &m->plan, e);
	if (r < 0)
		return r;
	if (!m->plan->ns[NS_MOUNT].wanted)
		return err_set(e, EINVAL, "the container has no mount namespace of its own");

	m->list = mem_new(m->plan->n_mounts + 1, sizeof(*m->list));
	for (size_t i = 0; i < m->plan->n_mounts; i++) {
		m->list[i] = m->plan->mounts[i];
		m->list[i].readonly_last = false;
	}
	m->plan->mounts = m->list;
	for (size_t i = 0; i < m->plan->warnings.n; i++)
		log_debug(m->handle.env->log, "%s", m->plan->warnings.v[i]);
	return 0;
}

static int apply(const struct mounts *m, bool remove, struct err *e)
{
	autoclose int proc = RETRY(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (proc < 0)
		return err_errno(e, "open /proc");
	const struct live_mounts l = {
		.plan = m->plan,
		.euid = m->facts.euid,
		.proc_fd = proc,
		.init_pid = m->handle.state.init.pid,
		.init_pidfd = m->init_pidfd,
		.what = remove ? LIVE_REMOVE : LIVE_ADD,
	};

	return live_mounts_apply(&l, m->handle.env->log, e);
}

static void done(struct mounts *m)
{
	if (m->init_pidfd >= 0)
		(void)close(m->init_pidfd);
	free(m->list);
	plan_free(m->plan);
	spec_free(m->document);
	spec_free(m->spec);
	host_facts_done(&m->facts);
	handle_done(&m->handle);
}

int container_mounts(const struct container_env *env, const char *id, const char *file, bool remove,
		     struct err *e)
{
	struct mounts m = { .handle = HANDLE_INIT, .init_pidfd = -1 };

	int r = find(&m, env, id, e);
	if (r == 0)
		r = read_document(&m, file, e);
	if (r == 0)
		r = decide(&m, e);
	if (r == 0)
		r = apply(&m, remove, e);
	done(&m);
	return r;
}
