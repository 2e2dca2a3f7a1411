/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/info.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/passwd.h"

#define COLUMNS	   6
#define COLUMN_MIN 12
#define COLUMN_GAP 3

static int by_key(const void *a, const void *b)
{
	const struct spec_string_pair *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void annotations_json(struct jsonw *w, const struct spec_string_map *map)
{
	struct spec_string_pair *sorted autofree = mem_new(map->n, sizeof(*sorted));

	memcpy(sorted, map->v, map->n * sizeof(*sorted));
	qsort(sorted, map->n, sizeof(*sorted), by_key);
	jsonw_object(w, "annotations");
	for (size_t i = 0; i < map->n; i++)
		jsonw_str(w, sorted[i].key, sorted[i].value);
	jsonw_object_end(w);
}

void info_json(struct jsonw *w, const struct container_info *i, const char *owner)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "ociVersion", i->oci_version);
	jsonw_str(w, "id", i->id);
	jsonw_i64(w, "pid", i->pid);
	jsonw_str(w, "status", container_status_name(i->status));
	jsonw_str(w, "bundle", i->bundle);
	jsonw_str(w, "rootfs", i->rootfs);
	jsonw_str(w, "created", i->created);
	if (i->annotations.n > 0)
		annotations_json(w, &i->annotations);
	jsonw_str(w, "owner", owner);
	jsonw_object_end(w);
}

/* Characters, not bytes, of UTF-8. */
static size_t text_width(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		width += ((unsigned char)*s & 0xc0) != 0x80;
	return width;
}

static void add_cell(struct strbuf *out, const char *text, size_t width)
{
	size_t used = text_width(text);

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		strbuf_add(out, c < 0x20 || c == 0x7f ? "?" : text, 1);
	}
	if (width > used)
		strbuf_addf(out, "%*s", (int)(width - used), "");
}

static void add_row(struct strbuf *out, const char *const cells[COLUMNS], const size_t *widths)
{
	for (size_t c = 0; c < COLUMNS; c++)
		add_cell(out, cells[c], c + 1 < COLUMNS ? widths[c] : 0);
	strbuf_adds(out, "\n");
}

void info_table(const struct container_info *v, const char *const *owners, size_t n,
		struct strbuf *out)
{
	static const char *const header[COLUMNS] = { "ID",     "PID",	  "STATUS",
						     "BUNDLE", "CREATED", "OWNER" };
	struct arena scratch autodone(arena) = ARENA_INIT;
	size_t widths[COLUMNS];
	const char *(*rows)[COLUMNS] = arena_alloc(&scratch, n + 1, sizeof(*rows));

	memcpy(rows[0], header, sizeof(header));
	for (size_t i = 0; i < n; i++) {
		const char *row[COLUMNS] = {
			v[i].id,
			arena_printf(&scratch, "%d", v[i].pid),
			container_status_name(v[i].status),
			v[i].bundle,
			v[i].created,
			owners[i],
		};
		memcpy(rows[i + 1], row, sizeof(row));
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		widths[c] = COLUMN_MIN;
		for (size_t i = 0; i <= n; i++) {
			size_t width = text_width(rows[i][c]) + COLUMN_GAP;

			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (size_t i = 0; i <= n; i++)
		add_row(out, rows[i], widths);
}

const char *owner_name(struct arena *a, const char *passwd, uid_t uid)
{
	size_t len = 0;
	const char *name = passwd_find(passwd, uid, PASSWD_NAME, &len);

	return name && len ? arena_strndup(a, name, len) : arena_printf(a, "#%u", uid);
}
