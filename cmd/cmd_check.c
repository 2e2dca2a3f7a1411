/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "check/check.h"
#include "cmd/request.h"

#define ID_DEFAULT	"check"
#define STATUS_FAILURES 1 /* in what was looked at */
#define STATUS_NO_CHECK 2 /* it could not be looked at */

static const struct option_row options[] = {
	{ "bundle", 'b', OPTION_TEXT, "directory of a bundle to look at, too; none by default",
	  NULL },
	{ "config", 'f', OPTION_TEXT, "configuration to use in place of config.json in the bundle",
	  NULL },
	{ "format", 0, OPTION_TEXT, "'text' or 'json'", "text" },
	{ 0 },
};

static const char *const marks[CHECK_LEVELS] = { "ok  ", "WARN", "FAIL" };

/* Text may hold names from a hostile bundle: what would move a terminal's cursor is shown as '?'. */
static void add_clean(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		strbuf_add(out, c < 0x20 || c == 0x7f ? "?" : text, 1);
	}
}

static void add_finding(struct strbuf *out, const struct check_finding *f)
{
	strbuf_addf(out, "  %s  %s: ", marks[f->level], f->name);
	add_clean(out, f->text);
	strbuf_adds(out, "\n");
	if (!f->advice)
		return;
	strbuf_adds(out, "          -> ");
	add_clean(out, f->advice);
	strbuf_adds(out, "\n");
}

static void add_text(struct strbuf *out, const struct check_report *r)
{
	const char *area = "";

	for (size_t i = 0; i < r->n; i++) {
		if (!str_eq(area, r->v[i].area))
			strbuf_addf(out, "%s\n", r->v[i].area);
		area = r->v[i].area;
		add_finding(out, &r->v[i]);
	}
	strbuf_addf(out, "%zu passed, %zu warning%s, %zu failure%s\n", r->count[CHECK_PASS],
		    r->count[CHECK_WARNING], r->count[CHECK_WARNING] == 1 ? "" : "s",
		    r->count[CHECK_FAILURE], r->count[CHECK_FAILURE] == 1 ? "" : "s");
}

static void add_json(struct strbuf *out, const struct check_report *r)
{
	struct jsonw w;

	jsonw_init(&w, out, "  ");
	jsonw_object(&w, NULL);
	jsonw_u64(&w, "pass", r->count[CHECK_PASS]);
	jsonw_u64(&w, "warning", r->count[CHECK_WARNING]);
	jsonw_u64(&w, "failure", r->count[CHECK_FAILURE]);
	jsonw_array(&w, "findings");
	for (size_t i = 0; i < r->n; i++) {
		jsonw_object(&w, NULL);
		jsonw_str(&w, "level", check_level_name(r->v[i].level));
		jsonw_str(&w, "area", r->v[i].area);
		jsonw_str(&w, "name", r->v[i].name);
		jsonw_str(&w, "text", r->v[i].text);
		if (r->v[i].advice)
			jsonw_str(&w, "advice", r->v[i].advice);
		jsonw_object_end(&w);
	}
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	strbuf_adds(out, "\n");
}

/* Everything relative is so to the bundle, but for --config. */
static int enter(struct invocation *in, struct err *e)
{
	struct request *req = &in->request;
	int r = request_path(in, "config", &req->config_name, e);

	req->id = ID_DEFAULT;
	req->seccomp_receiver = getenv(SECCOMP_RECEIVER_ENV);
	return r < 0 ? r : request_enter_bundle(in, e);
}

static int run(struct invocation *in, int *ret_status, struct err *e)
{
	const char *format = options_text(&in->local, "format");
	bool json = format && str_eq(format, "json");
	bool bundle = options_given(&in->local, "bundle") || options_given(&in->local, "config");
	struct check_report report autodone(check_report) = CHECK_REPORT_INIT;
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	int r = 0;

	if (format && !json && !str_eq(format, "text"))
		return err_set_kind(e, ERR_USAGE, EINVAL, "invalid format \"%s\": text or json",
				    format);
	if (bundle)
		r = enter(in, e);
	if (r < 0)
		return r;
	check_host(&in->request, &report);
	if (bundle)
		check_bundle(&in->request, &report);
	if (json)
		add_json(&text, &report);
	else
		add_text(&text, &report);
	if (report.count[CHECK_FAILURE])
		*ret_status = STATUS_FAILURES;
	return output(&text, e);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "look for what would keep containers from running, before they do",
	.usage = "[command options]",
	.text = "DESCRIPTION:\n"
		"   Looks at this host: kernel, namespaces, control groups, users, helper programs,\n"
		"security modules. With --bundle also at a bundle: its config.json, the sources of its\n"
		"mounts, its program, its limits. Prints what passes, what it warns of and what fails,\n"
		"with what to do. Needs no privilege and changes nothing; who is to run the containers\n"
		"should call it.\n"
		"   The exit status is 0 without a failure, 1 with one, 2 when it could not look.\n",
	.options = options,
	.error_status = STATUS_NO_CHECK,
	.usage_status = STATUS_NO_CHECK,
	.run = run,
};
