/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cgroups/settings.h"

/* Files of one line a key, and what stands for a key without one. cgroup-v1/blkio-controller,
 * cgroup-v1/net_prio, cgroup-v2 "IO", "RDMA", "Misc". */
static const struct {
	const char *file, *absent;
} keyed[] = {
	{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight", "default" },
	{ "io.bfq.weight", "default" },
	{ "io.latency", "target=0" },
	{ "rdma.max", "hca_handle=max hca_object=max" },
	{ "misc.max", "max" },
	{ "dmem.max", "max" },
	{ "dmem.min", "0" },
	{ "dmem.low", "0" },
	{ "blkio.throttle.read_bps_device", "0" },
	{ "blkio.throttle.write_bps_device", "0" },
	{ "blkio.throttle.read_iops_device", "0" },
	{ "blkio.throttle.write_iops_device", "0" },
	{ "blkio.weight_device", "0" },
	{ "blkio.bfq.weight_device", "0" },
	{ "blkio.leaf_weight_device", "0" },
	{ "net_prio.ifpriomap", "0" },
};

static const char *absent_of(const char *file)
{
	for (size_t i = 0; i < sizeof(keyed) / sizeof(keyed[0]); i++)
		if (str_eq(keyed[i].file, file))
			return keyed[i].absent;
	return NULL;
}

/* The line that begins with a key and a blank, without its newline. */
static const char *line_of(const char *text, const char *key, size_t n, struct arena *a)
{
	for (const char *p = text; *p; p += *p == '\n') {
		size_t len = strcspn(p, "\n");

		if (len > n && strncmp(p, key, n) == 0 && p[n] == ' ')
			return arena_strndup(a, p, len);
		p += len;
	}
	return NULL;
}

static const char *undo_keyed(const struct cg_setting *s, const char *current, const char *absent,
			      struct arena *a)
{
	const char *key = s->value;
	size_t n = strcspn(key, " ");

	if (!key[n]) { /* "100" in io.weight is short for "default 100" */
		key = "default";
		n = strlen(key);
	}
	const char *line = line_of(current, key, n, a);
	return line ? line : arena_printf(a, "%.*s %s", (int)n, key, absent);
}

const char *setting_undo(const struct cg_setting *s, const char *current, struct arena *a)
{
	const char *absent = absent_of(s->file);
	size_t len = strcspn(current, "\n");

	if (absent)
		return undo_keyed(s, current, absent, a);
	if (str_eq(s->file, "memory.oom_control")) {
		const char *line = line_of(current, "oom_kill_disable", 16, a);

		return line ? line + 17 : NULL;
	}
	if (current[len] && current[len + 1])
		return NULL;
	/* An empty cpuset is written as an empty line: no byte at all would be no write. */
	return len ? arena_strndup(a, current, len) : "\n";
}
