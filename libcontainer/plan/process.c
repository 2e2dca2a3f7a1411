/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/annotations.h"
#include "plan/env.h"
#include "plan/parts.h"

static const char *program(const struct request *r)
{
	return r->program ? r->program : "vial";
}

static int check_terminal(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct request *r = in->request;
	bool detached = r->is_create || r->detach;

	p->process.terminal = in->spec->process->terminal;
	if (p->process.terminal && detached && !r->console_socket)
		return err_set(
			e, EINVAL,
			"cannot allocate tty if %s will detach without setting console socket",
			program(r));
	if (r->console_socket && (!p->process.terminal || !detached))
		return err_set(e, EINVAL,
			       "cannot use console socket if %s will not detach or allocate tty",
			       program(r));
	if (in->spec->process->console_size.set) {
		uint64_t rows = in->spec->process->console_size.height;
		uint64_t columns = in->spec->process->console_size.width;

		if (rows > UINT16_MAX || columns > UINT16_MAX)
			return err_set_kind(e, ERR_CONFIG, ERANGE,
					    "process.consoleSize: at most 65535 rows and columns");
		p->process.rows = (unsigned short)rows;
		p->process.columns = (unsigned short)columns;
	}
	return 0;
}

static const struct {
	const char *name;
	unsigned long value;
} domains[] = {
	{ "LINUX", 0x0000 },
	{ "LINUX32", 0x0008 },
};

static int personality(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_personality *s = in->spec->linux_->personality;

	if (!s)
		return 0;
	/* The specification defines none; runc says so and goes on. */
	for (size_t i = 0; i < s->flags.n; i++)
		plan_warn(p, "linux.personality.flags: ignoring unsupported personality flag %s",
			  s->flags.v[i]);
	for (size_t i = 0; i < ARRAY_SIZE(domains); i++)
		if (s->domain && str_eq(s->domain, domains[i].name)) {
			p->process.personality_set = true;
			p->process.personality = domains[i].value;
			return 0;
		}
	return err_set_kind(e, ERR_CONFIG, EINVAL, "linux.personality.domain: \"%s\" is not known",
			    s->domain ? s->domain : "");
}

static int labels(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_process *s = in->spec->process;

	const char *apparmor = given(s->apparmor_profile), *selinux = given(s->selinux_label);

	if (apparmor && !in->facts->has_apparmor)
		return err_set_kind(
			e, ERR_CONFIG, ENOTSUP,
			"process.apparmorProfile: apparmor is not enabled in this kernel");
	if (selinux && !in->facts->has_selinux)
		return err_set_kind(e, ERR_CONFIG, ENOTSUP,
				    "process.selinuxLabel: selinux is not enabled in this kernel");
	p->process.apparmor_profile = apparmor;
	p->process.selinux_label = selinux;
	return 0;
}

/* Ours wins over one in the configuration, which could only name a socket of the host. */
static void add_notify(const struct plan_input *in, struct plan *p)
{
	const char *const *old = p->process.envp;
	size_t n = 0, kept = 0;

	if (!in->request->notify_dir || !p->ns[NS_MOUNT].wanted)
		return;
	while (old[n])
		n++;
	const char **env = arena_array(&p->arena, n + 2, const char *);
	for (size_t i = 0; i < n; i++)
		if (!str_after(old[i], "NOTIFY_SOCKET="))
			env[kept++] = old[i];
	env[kept] = "NOTIFY_SOCKET=" NOTIFY_MOUNT "/" NOTIFY_SOCKET_NAME;
	p->process.envp = env;
}

static void credentials(const struct plan_input *in, struct plan *p)
{
	const struct spec_user *u = &in->spec->process->user;
	const char *keep = plan_annotation(&in->spec->annotations, ANNOTATION_KEEP_GROUPS);

	p->process.uid = u->uid;
	p->process.gid = u->gid;
	p->process.umask = u->umask.set ? u->umask.v : 0022;
	p->process.groups = u->additional_gids;
	p->process.n_groups = u->n_additional_gids;
	p->process.keep_groups = keep && str_eq(keep, "1");
	p->process.no_new_privileges = in->spec->process->no_new_privileges;
	p->process.oom_score_adj = in->spec->process->oom_score_adj;
	if (!in->request->no_new_keyring)
		p->session_keyring = arena_printf(&p->arena, "_ses.%s", in->request->id);
}

int plan_process(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_process *s = in->spec->process;
	int r;

	if (!s)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "process property must not be empty");
	if (s->args.n == 0)
		return err_set_kind(e, ERR_CONFIG, EINVAL, "args must not be empty");
	if (s->cwd[0] != '/')
		return err_set_kind(e, ERR_CONFIG, EINVAL, "Cwd must be an absolute path");
	if (s->user.n_additional_gids > 0 && p->deny_setgroups)
		return err_set_kind(
			e, ERR_CONFIG, EPERM,
			"process.user.additionalGids: a user namespace with a single mapping cannot have supplementary groups");

	p->process.argv = s->args.v;
	p->process.cwd = s->cwd;
	r = plan_env(&s->env, in->request->listen_fds, p, e);
	if (r < 0)
		return r;
	add_notify(in, p);
	credentials(in, p);
	r = check_terminal(in, p, e);
	if (r < 0)
		return r;
	r = personality(in, p, e);
	if (r == 0)
		r = plan_scheduling(in, p, e);
	if (r < 0)
		return r;
	return labels(in, p, e);
}
