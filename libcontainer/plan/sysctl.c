/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "plan/parts.h"

/* What ipc_namespaces(7) says is of the namespace, besides fs.mqueue. */
static const char *const ipc_keys[] = {
	"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni",	    "kernel/sem",
	"kernel/shmall", "kernel/shmmax", "kernel/shm_rmid_forced", "kernel/shmmni",
};

/* The caller's own namespaces by a path that is always them. */
static const char *const own_netns[] = { "/proc/self/ns/net", "/proc/thread-self/ns/net" };

/* As sysctl(8): the first separator is the separator; the other one is then a plain character. */
static char *to_path(struct arena *a, const char *key)
{
	char *path = arena_strdup(a, key);
	size_t first = strcspn(path, "./");

	if (path[first] != '.')
		return path;
	for (char *s = path; *s; s++) {
		if (*s == '.')
			*s = '/';
		else if (*s == '/')
			*s = '.';
	}
	return path;
}

/* Components that are names: none empty, ".", "..". */
static bool is_clean(const char *path)
{
	for (const char *s = path;;) {
		size_t len = strcspn(s, "/");

		if (len <= 2 && strspn(s, ".") >= len) /* "", ".", ".." */
			return false;
		if (!s[len])
			return true;
		s += len + 1;
	}
}

static bool is_ipc(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(ipc_keys); i++)
		if (str_eq(path, ipc_keys[i]))
			return true;
	return str_after(path, "fs/mqueue/") != NULL;
}

static bool netns_is_host(const struct plan *p)
{
	const char *path = p->ns[NS_NETWORK].path;

	if (!p->ns[NS_NETWORK].wanted)
		return true;
	for (size_t i = 0; path && i < ARRAY_SIZE(own_netns); i++)
		if (str_eq(path, own_netns[i]))
			return true;
	return false;
}

static int refuse_key(struct err *e, const char *key, const char *why)
{
	return err_set_kind(e, ERR_CONFIG, EINVAL, "sysctl \"%s\" %s", key, why);
}

/*
 * containerd asks for this in pods of the host's network, and runc refuses such a pod when it
 * is created. The plan of it is well defined, so that `plan` can still show all the rest.
 */
static int refuse_later(struct plan *p, const char *key)
{
	if (!p->refusal)
		p->refusal = arena_printf(
			&p->arena, "sysctl \"%s\" not allowed in host network namespace", key);
	return 0;
}

/* Only what belongs to a namespace of the container: anything else would be the host's. */
static int check(struct plan *p, const char *key, const char *path, struct err *e)
{
	if (!is_clean(path))
		return refuse_key(e, key, "is not a valid name");
	if (is_ipc(path))
		return p->ns[NS_IPC].wanted
			       ? 0
			       : refuse_key(e, key, "is not allowed in the hosts ipc namespace");
	if (str_after(path, "net/"))
		return netns_is_host(p) ? refuse_later(p, key) : 0;
	if (str_after(path, "user/"))
		return p->ns[NS_USER].wanted
			       ? 0
			       : refuse_key(e, key, "is not allowed in the hosts user namespace");
	if (str_eq(path, "kernel/hostname"))
		return refuse_key(e, key,
				  "is not allowed as it conflicts with the OCI \"hostname\" field");
	if (str_eq(path, "kernel/domainname") && p->ns[NS_UTS].wanted)
		return 0;
	return refuse_key(e, key, "is not in a separate kernel namespace");
}

int plan_sysctl(const struct plan_input *in, struct plan *p, struct err *e)
{
	const struct spec_string_map *given = &in->spec->linux_->sysctl;
	struct spec_string_pair *v = arena_array(&p->arena, given->n, struct spec_string_pair);

	for (size_t i = 0; i < given->n; i++) {
		v[i].key = to_path(&p->arena, given->v[i].key);
		v[i].value = given->v[i].value;
		int r = check(p, given->v[i].key, v[i].key, e);
		if (r < 0)
			return r;
	}
	p->sysctl = (struct spec_string_map){ v, given->n };
	return 0;
}
