/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/spec.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "spec/bind.h"

static const struct spec_linux no_linux;

static void bind_done(struct bind *b)
{
	free(b->unknown);
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* 1.0 to 1.3, "1.2.0", "1.0.2-dev"; what `features` says, too. */
static bool version_is_ours(const char *version)
{
	const char *s = str_after(version, "1.");

	if (!s || *s < '0' || *s > '3' || s[1] != '.')
		return false;
	s += 2;
	return digits(s) && (!s[digits(s)] || strchr("-+", s[digits(s)]));
}

int spec_check_strict(const struct spec *spec, const char *file, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;

	if (spec->oci_version && !version_is_ours(spec->oci_version))
		strbuf_addf(&text, "; ociVersion \"%s\" is not supported (1.0.0 to 1.3.x are)",
			    spec->oci_version);
	for (size_t i = 0; i < spec->unknown.n; i++)
		strbuf_addf(&text, "; unknown field %s", spec->unknown.v[i]);
	if (text.len == 0)
		return 0;
	return err_set_kind(e, ERR_CONFIG, EINVAL, "%s: refused by --strict: %s", file,
			    text.data + 2);
}

/*
 * runc takes an object without rules and default action for "no seccomp", and configurations
 * rely on it. With rules, a missing default action is an error.
 */
static int check_seccomp(const struct bind *b, struct spec *spec)
{
	const struct spec_seccomp *s = spec->linux_->seccomp;

	if (!s || s->default_action)
		return 0;
	if (s->n_syscalls > 0)
		return bind_missing(b, json_get(json_get(b->doc->root, "linux"), "seccomp"),
				    "defaultAction");

	struct spec_linux *without = arena_new(b->arena, struct spec_linux);
	*without = *spec->linux_;
	without->seccomp = NULL;
	spec->linux_ = without;
	return 0;
}

/* Moves the document's memory, in which the strings are, and the list of unknown fields. */
static struct spec *finish(struct json_doc *doc, const struct bind *b, const struct spec *bound)
{
	struct spec *spec = mem_new(1, sizeof(*spec));
	const char **unknown = arena_array(&doc->arena, b->n_unknown + 1, const char *);

	for (size_t i = 0; i < b->n_unknown; i++)
		unknown[i] = b->unknown[i];
	*spec = *bound;
	spec->unknown = (struct strs){ unknown, b->n_unknown };
	spec->arena = doc->arena;
	doc->arena = (struct arena)ARENA_INIT;
	return spec;
}

static int parse(const char *file, const char *text, size_t n, struct json_doc *doc,
		 const struct bind_type *type, void *object, struct bind *b)
{
	int r = json_parse(file, text, n, doc, b->e);

	return r < 0 ? r : bind_object(b, doc->root, type, object);
}

int spec_parse(const char *file, const char *text, size_t n, struct spec **ret, struct err *e)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	autodone(bind) struct bind b = { .doc = &doc, .arena = &doc.arena, .e = e };
	struct spec spec = { .linux_ = &no_linux };
	int r = parse(file, text, n, &doc, &spec_type, &spec, &b);

	if (r < 0)
		return r;
	if (!spec.oci_version)
		spec.oci_version = "";
	r = check_seccomp(&b, &spec);
	if (r < 0)
		return r;
	*ret = finish(&doc, &b, &spec);
	return 0;
}

int spec_parse_process(const char *file, const char *text, size_t n, struct spec **ret,
		       struct err *e)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	autodone(bind) struct bind b = { .doc = &doc, .arena = &doc.arena, .e = e };
	struct spec_process *process = arena_new(&doc.arena, struct spec_process);
	int r = parse(file, text, n, &doc, &spec_process_type, process, &b);

	if (r < 0)
		return r;
	*ret = finish(&doc, &b, &(struct spec){ .linux_ = &no_linux, .process = process });
	return 0;
}

int spec_parse_resources(const char *file, const char *text, size_t n, struct spec **ret,
			 struct err *e)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	/* Go's decoder does not mind the case of keys, and users of `update` rely on it. */
	autodone(bind) struct bind b = {
		.doc = &doc,
		.arena = &doc.arena,
		.ignore_case = true,
		.e = e,
	};
	struct spec_linux *l = arena_new(&doc.arena, struct spec_linux);
	struct spec_resources *resources = arena_new(&doc.arena, struct spec_resources);
	int r = parse(file, text, n, &doc, &spec_resources_type, resources, &b);

	if (r < 0)
		return r;
	l->resources = resources;
	*ret = finish(&doc, &b, &(struct spec){ .linux_ = l });
	return 0;
}

int spec_parse_mounts(const char *file, const char *text, size_t n, struct spec **ret,
		      struct err *e)
{
	autodone(json_doc) struct json_doc doc = JSON_DOC_INIT;
	autodone(bind) struct bind b = { .doc = &doc, .arena = &doc.arena, .e = e };
	struct spec spec = { .linux_ = &no_linux };
	int r = json_parse(file, text, n, &doc, e);

	if (r < 0)
		return r;
	/* The list as the one member of an object; paths in messages begin at its items. */
	struct json list = *doc.root;
	list.key = "mounts";
	const struct json *const members[] = { &list };
	const struct json object = { .type = JSON_OBJECT,
				     .line = list.line,
				     .column = list.column,
				     .list = { members, 1 } };
	r = bind_object(&b, &object, &spec_mounts_type, &spec);
	if (r < 0)
		return r;
	*ret = finish(&doc, &b, &spec);
	return 0;
}

int spec_load(int dir_fd, const char *name, struct spec **ret, struct err *e)
{
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	int r = file_read_at(dir_fd, name, JSON_DOCUMENT_MAX, &text, e);

	if (r == -ENOENT)
		return err_set_kind(e, ERR_CONFIG, ENOENT, "JSON specification file %s not found",
				    name);
	if (r < 0)
		return r;
	return spec_parse(name, strbuf_str(&text), text.len, ret, e);
}

void spec_free(struct spec *spec)
{
	if (!spec)
		return;
	arena_done(&spec->arena);
	free(spec);
}

static const struct bind_field *row_of(const struct bind_type *type, const char *name, size_t n)
{
	for (size_t i = 0; type && i < type->n_fields; i++)
		if (strlen(type->fields[i].name) == n && memcmp(type->fields[i].name, name, n) == 0)
			return &type->fields[i];
	return NULL;
}

bool spec_reads(const char *path)
{
	const struct bind_type *type = &spec_type;

	for (;; path++) {
		size_t n = strcspn(path, ".");
		const struct bind_field *row = row_of(type, path, n);

		if (!row)
			return false;
		path += n;
		if (*path == '\0')
			return true;
		type = row->type;
	}
}
