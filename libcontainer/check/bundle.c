/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "check/bundle.h"
#include "container/container.h"

#define UNKNOWN_MAX 20 /* findings of a kind: a report is for reading */

static void bundle_done(struct bundle *b)
{
	inside_done(&b->in);
	plan_free(b->plan);
	host_facts_done(&b->facts);
	spec_free(b->spec);
}

static const char *config_name(const struct request *req)
{
	return req->config_name ? req->config_name : "config.json";
}

static bool load(struct bundle *b)
{
	const struct check_area to = { b->report, "config" };
	struct err e;

	autoclose int dir = open(b->req->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		(void)err_errno(&e, "open bundle %s", b->req->bundle);
	if (dir < 0 || spec_load(dir, config_name(b->req), &b->spec, &e) < 0) {
		check_failure(&to, "json",
			      e.code == ENOENT ? "`vial spec` writes one to start from" : NULL,
			      "%s", e.text);
		return false;
	}
	check_pass(&to, "json", "%s, version %s", config_name(b->req),
		   *b->spec->oci_version ? b->spec->oci_version : "not given");
	return true;
}

/* What --strict refuses and others only miss. */
static void check_unknown(const struct bundle *b)
{
	const struct check_area to = { b->report, "config" };
	const char *advice = "it is not of runtime-spec 1.3 for Linux: is it misspelt?";
	struct err e;

	if (b->req->strict && spec_check_strict(b->spec, config_name(b->req), &e) < 0) {
		check_failure(&to, "strict", "correct it, or leave --strict out", "%s", e.text);
		return;
	}
	for (size_t i = 0; i < b->spec->unknown.n && i < UNKNOWN_MAX; i++)
		check_warning(&to, "unknown_field", advice, "%s is ignored", b->spec->unknown.v[i]);
	if (b->spec->unknown.n > UNKNOWN_MAX)
		check_warning(&to, "unknown_field", advice, "and %zu more are ignored",
			      b->spec->unknown.n - UNKNOWN_MAX);
}

static void decide(struct bundle *b)
{
	const struct check_area to = { b->report, "config" };
	struct err e;

	if (container_decide(b->spec, b->req, &b->facts, &b->plan, &e) < 0) {
		check_error(&to, "plan", &e);
		return;
	}
	for (size_t i = 0; i < b->plan->warnings.n; i++)
		check_warning(&to, "ignored", NULL, "%s", b->plan->warnings.v[i]);
	if (b->plan->refusal)
		check_failure(&to, "plan", NULL, "%s", b->plan->refusal);
	else
		check_pass(&to, "plan", "every field that is set can be acted on");
}

static void check_root(struct bundle *b)
{
	const struct check_area to = { b->report, "root" };
	const char *path = b->plan->rootfs, *advice = "root.path of config.json names it";
	int r = inside_open(&b->in, b->plan, &b->report->arena);

	if (r == -EACCES)
		advice = "every directory above it must let this user in";
	else if (b->spec->root->path[0] != '/')
		advice = "root.path of config.json is relative to the bundle";
	if (r < 0)
		check_failure(&to, "directory", advice,
			      "%s: %s, so neither mounts nor program were looked at", path,
			      errno_text(-r));
	else
		check_pass(&to, "directory", "%s", path);
}

static void check_terminal(const struct bundle *b)
{
	const struct check_area to = { b->report, "config" };

	if (b->plan->process.terminal)
		check_pass(&to, "terminal",
			   "the container has a terminal: create needs --console-socket");
}

void check_bundle(const struct request *req, struct check_report *ret)
{
	autodone(bundle) struct bundle b = { .req = req, .report = ret, .in.root_fd = -1 };

	if (!load(&b))
		return;
	check_unknown(&b);
	decide(&b);
	if (b.plan) {
		check_terminal(&b);
		bundle_namespaces(&b);
		bundle_ids(&b);
		bundle_limits(&b);
		bundle_sysctls(&b);
		bundle_devices(&b);
		check_root(&b);
	}
	bundle_seccomp(&b);
	bundle_hooks(&b);
	if (b.in.root_fd < 0)
		return;
	bundle_mounts(&b);
	bundle_program(&b);
}
