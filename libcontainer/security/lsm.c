/* SPDX-License-Identifier: Apache-2.0 */
#include "security/security.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "security/procfs.h"

/* The file of AppArmor's own since Linux 5.8; before, all modules share attr/exec. */
static const char apparmor_exec[] = "thread-self/attr/apparmor/exec";
static const char shared_exec[] = "thread-self/attr/exec";

/* Does the label in @text start with @label and end there, or before " (mode)"? */
static bool label_is(const char *text, const char *label)
{
	const char *rest = str_after(text, label);

	return rest && (*rest == '\0' || *rest == '\n' || strncmp(rest, " (", 2) == 0);
}

/* Writes @text, then reads back that @label is what execve(2) will change to. */
static int write_exec(int proc_fd, const char *path, const char *text, const char *label,
		      struct err *e)
{
	autodone(strbuf) struct strbuf found = STRBUF_INIT;

	int r = procfs_write(proc_fd, path, text, e);
	if (r < 0)
		return r;
	r = procfs_read(proc_fd, path, &found, e);
	if (r < 0)
		return r;
	/* Profiles of a namespace (":") or a stack ("&") read back under another name. */
	if (label[0] == ':' || label[0] == '&' || strstr(label, "//&"))
		return found.len > 0 ? 0 : err_set(e, EPERM, "the kernel kept no label");
	if (!label_is(strbuf_str(&found), label))
		return err_set(e, EPERM, "the kernel kept the label \"%s\"", strbuf_str(&found));
	return 0;
}

static int apparmor_apply(int proc_fd, const char *profile, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	struct err first = { 0 };

	strbuf_addf(&text, "exec %s", profile);
	int r = write_exec(proc_fd, apparmor_exec, text.data, profile, &first);
	if (r == 0)
		return 0;
	if (r == -ENOENT) {
		int again = write_exec(proc_fd, shared_exec, text.data, profile, e);

		if (again == 0)
			return 0;
		if (again == -EINVAL || again == -ENOENT)
			(void)err_append(
				e,
				"is the profile loaded into AppArmor? `aa-status` lists those that "
				"are, `apparmor_parser --replace FILE` loads one");
		return err_ctx(e, "process.apparmorProfile: apply \"%s\"", profile);
	}
	*e = first;
	return err_ctx(e, "process.apparmorProfile: apply \"%s\"", profile);
}

static int selinux_apply(int proc_fd, const char *label, struct err *e)
{
	int r = write_exec(proc_fd, shared_exec, label, label, e);
	if (r < 0) {
		if (r == -EINVAL || r == -ENOENT)
			(void)err_append(e, "does SELinux's policy have this label? `seinfo "
					    "--type` lists its types");
		return err_ctx(e, "process.selinuxLabel: apply \"%s\"", label);
	}
	return 0;
}

int lsm_apply(int proc_fd, const struct plan_process *p, struct err *e)
{
	if (p->apparmor_profile && *p->apparmor_profile) {
		int r = apparmor_apply(proc_fd, p->apparmor_profile, e);

		if (r < 0)
			return r;
	}
	if (p->selinux_label && *p->selinux_label)
		return selinux_apply(proc_fd, p->selinux_label, e);
	return 0;
}
