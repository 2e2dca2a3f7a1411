/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/template.h"

#include "base/cleanup.h"
#include "cmd/json_strings.h"

#define HOSTNAME_MAX 64 /* sethostname(2) takes no more */

struct template_mount {
	const char *destination, *type, *source;
	const char *options[8]; /* ends with NULL */
};

static const struct template_mount mounts_before_pts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
};

/* Without a mapping for the group tty, gid=5 would be refused. */
static const struct template_mount pts = {
	"/dev/pts",
	"devpts",
	"devpts",
	{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" },
};
static const struct template_mount pts_rootless = {
	"/dev/pts",
	"devpts",
	"devpts",
	{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" },
};

static const struct template_mount mounts_before_sys[] = {
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
};

/* sysfs belongs to the network namespace, which a rootless container has from the host. */
static const struct template_mount sys = {
	"/sys",
	"sysfs",
	"sysfs",
	{ "nosuid", "noexec", "nodev", "ro" },
};
static const struct template_mount sys_rootless = {
	"/sys",
	"none",
	"/sys",
	{ "rbind", "nosuid", "noexec", "nodev", "ro" },
};

static const struct template_mount cgroup = {
	"/sys/fs/cgroup",
	"cgroup",
	"cgroup",
	{ "nosuid", "noexec", "nodev", "relatime", "ro" },
};

static const char *const args[] = { "sh", NULL };
static const char *const env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL
};
static const char *const caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE", NULL };
static const char *const masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/sys/firmware",
	"/proc/scsi",
	NULL,
};
static const char *const readonly_paths[] = { "/proc/bus",	     "/proc/fs",
					      "/proc/irq",	     "/proc/sys",
					      "/proc/sysrq-trigger", NULL };

static void add_process(struct jsonw *w)
{
	jsonw_object(w, "process");
	jsonw_bool(w, "terminal", true);
	jsonw_object(w, "user");
	jsonw_u64(w, "uid", 0);
	jsonw_u64(w, "gid", 0);
	jsonw_object_end(w);
	json_strings(w, "args", args);
	json_strings(w, "env", env);
	jsonw_str(w, "cwd", "/");

	jsonw_object(w, "capabilities");
	json_strings(w, "bounding", caps);
	json_strings(w, "effective", caps);
	json_strings(w, "permitted", caps);
	jsonw_object_end(w);

	jsonw_array(w, "rlimits");
	jsonw_object(w, NULL);
	jsonw_str(w, "type", "RLIMIT_NOFILE");
	jsonw_u64(w, "hard", 1024);
	jsonw_u64(w, "soft", 1024);
	jsonw_object_end(w);
	jsonw_array_end(w);

	jsonw_bool(w, "noNewPrivileges", true);
	jsonw_object_end(w);
}

static void add_mount(struct jsonw *w, const struct template_mount *m)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "destination", m->destination);
	jsonw_str(w, "type", m->type);
	jsonw_str(w, "source", m->source);
	if (m->options[0])
		json_strings(w, "options", m->options);
	jsonw_object_end(w);
}

static void add_mounts(struct jsonw *w, bool rootless)
{
	jsonw_array(w, "mounts");
	for (size_t i = 0; i < ARRAY_SIZE(mounts_before_pts); i++)
		add_mount(w, &mounts_before_pts[i]);
	add_mount(w, rootless ? &pts_rootless : &pts);
	for (size_t i = 0; i < ARRAY_SIZE(mounts_before_sys); i++)
		add_mount(w, &mounts_before_sys[i]);
	add_mount(w, rootless ? &sys_rootless : &sys);
	add_mount(w, &cgroup);
	jsonw_array_end(w);
}

static void add_mapping(struct jsonw *w, const char *key, uint32_t host_id)
{
	jsonw_array(w, key);
	jsonw_object(w, NULL);
	jsonw_u64(w, "containerID", 0);
	jsonw_u64(w, "hostID", host_id);
	jsonw_u64(w, "size", 1);
	jsonw_object_end(w);
	jsonw_array_end(w);
}

static void add_resources(struct jsonw *w)
{
	jsonw_object(w, "resources");
	jsonw_array(w, "devices");
	jsonw_object(w, NULL);
	jsonw_bool(w, "allow", false);
	jsonw_str(w, "access", "rwm");
	jsonw_object_end(w);
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void add_namespace(struct jsonw *w, const char *type)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "type", type);
	jsonw_object_end(w);
}

static void add_namespaces(struct jsonw *w, const struct template_choice *c)
{
	jsonw_array(w, "namespaces");
	add_namespace(w, "pid");
	if (!c->rootless)
		add_namespace(w, "network");
	add_namespace(w, "ipc");
	add_namespace(w, "uts");
	add_namespace(w, "mount");
	if (c->cgroup_namespace)
		add_namespace(w, "cgroup");
	if (c->rootless)
		add_namespace(w, "user");
	jsonw_array_end(w);
}

static void add_linux(struct jsonw *w, const struct template_choice *c)
{
	jsonw_object(w, "linux");
	if (c->rootless) {
		add_mapping(w, "uidMappings", c->uid);
		add_mapping(w, "gidMappings", c->gid);
	} else {
		add_resources(w);
	}
	add_namespaces(w, c);
	json_strings(w, "maskedPaths", masked_paths);
	json_strings(w, "readonlyPaths", readonly_paths);
	jsonw_object_end(w);
}

void template_config(const struct template_choice *c, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "\t");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "ociVersion", "1.3.0");
	add_process(&w);

	jsonw_object(&w, "root");
	jsonw_str(&w, "path", "rootfs");
	jsonw_bool(&w, "readonly", true);
	jsonw_object_end(&w);

	jsonw_str(&w, "hostname", strlen(c->hostname) <= HOSTNAME_MAX ? c->hostname : "vial");
	add_mounts(&w, c->rootless);
	add_linux(&w, c);
	jsonw_object_end(&w);
}
