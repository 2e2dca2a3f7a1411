/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "cgroups/stats.h"

#define CPUS_MAX 65536 /* more than the kernel's NR_CPUS and MAX_NUMNODES can be */

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(((const struct cg_pair *)a)->key, ((const struct cg_pair *)b)->key);
}

struct cg_pairs cg_parse_pairs(const char *text, struct arena *a)
{
	struct cg_pairs p = { arena_array(a, count_lines(text), struct cg_pair), 0 };
	char *rest = arena_strdup(a, text);
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *key = strsep(&line, " ");
		uint64_t v;

		if (line && str_to_u64(line, UINT64_MAX, &v) == 0)
			p.v[p.n++] = (struct cg_pair){ key, v };
	}
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), compare_pairs);
	return p;
}

uint64_t cg_pair_get(const struct cg_pairs *p, const char *key)
{
	const struct cg_pair want = { key, 0 };
	const struct cg_pair *found =
		p->n ? bsearch(&want, p->v, p->n, sizeof(*p->v), compare_pairs) : NULL;

	return found ? found->value : 0;
}

uint64_t cg_parse_u64(const char *text)
{
	size_t n = strcspn(text, " \n");
	char word[24];
	uint64_t v = 0;

	if (n >= sizeof(word))
		return 0;
	memcpy(word, text, n);
	word[n] = '\0';
	if (str_eq(word, "max"))
		return UINT64_MAX;
	return str_to_u64(word, UINT64_MAX, &v) == 0 ? v : 0;
}

struct cg_u64s cg_parse_u64s(const char *text, struct arena *a)
{
	struct cg_u64s list = { arena_array(a, strlen(text) / 2 + 1, uint64_t), 0 };
	char *rest = arena_strdup(a, text);
	const char *word;

	while ((word = strsep(&rest, " \n")))
		if (*word && str_to_u64(word, UINT64_MAX, &list.v[list.n]) == 0)
			list.n++;
	return list;
}

static bool parse_range(char *part, uint64_t *first, uint64_t *last)
{
	char *high = part;
	const char *low = strsep(&high, "-");

	if (str_to_u64(low, CPUS_MAX - 1, first) < 0)
		return false;
	*last = *first;
	return !high || (str_to_u64(high, CPUS_MAX - 1, last) == 0 && *last >= *first);
}

struct cg_u64s cg_parse_cpus(const char *text, struct arena *a)
{
	struct cg_u64s list = { NULL, 0 };
	char *rest = arena_strndup(a, text, strcspn(text, "\n"));
	autofree uint64_t *grown = NULL;
	char *part;
	size_t n = 0;

	while ((part = strsep(&rest, ","))) {
		uint64_t first, last;

		if (!parse_range(part, &first, &last) || n + (last - first) >= CPUS_MAX)
			return list;
		grown = mem_grow(grown, n + (last - first) + 1, sizeof(*grown));
		for (; first <= last; first++)
			grown[n++] = first;
	}
	list = (struct cg_u64s){ arena_array(a, n + 1, uint64_t), n };
	for (size_t i = 0; i < n; i++)
		list.v[i] = grown[i];
	return list;
}

struct cg_u64s cg_parse_column(const char *text, unsigned int column, struct arena *a)
{
	struct cg_u64s list = { arena_array(a, count_lines(text), uint64_t), 0 };
	char *rest = arena_strdup(a, text);
	char *line;

	(void)strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n"))) {
		const char *word = strsep(&line, " ");

		for (unsigned int i = 0; i < column && word; i++)
			word = strsep(&line, " ");
		if (word && str_to_u64(word, UINT64_MAX, &list.v[list.n]) == 0)
			list.n++;
	}
	return list;
}

/* "0.00" to "0", "12.30" to "12.3": a JSON number as Go writes it; NULL for other texts. */
static const char *percentage(const char *text, struct arena *a)
{
	size_t whole = strspn(text, "0123456789");
	size_t n = whole;

	if (!whole || (whole > 1 && text[0] == '0'))
		return NULL;
	if (text[whole] == '.') {
		size_t digits = strspn(text + whole + 1, "0123456789");

		n = whole + 1 + digits;
		if (!digits)
			return NULL;
	}
	if (text[n])
		return NULL;
	while (n > whole && (text[n - 1] == '0' || text[n - 1] == '.'))
		n -= 1;
	return arena_strndup(a, text, n);
}

static struct cg_psi_line parse_psi_line(char *words, struct arena *a)
{
	struct cg_psi_line l = { 0 };
	const char *word;

	while ((word = strsep(&words, " "))) {
		const char *v;

		if ((v = str_after(word, "avg10=")))
			l.avg10 = percentage(v, a);
		else if ((v = str_after(word, "avg60=")))
			l.avg60 = percentage(v, a);
		else if ((v = str_after(word, "avg300=")))
			l.avg300 = percentage(v, a);
		else if ((v = str_after(word, "total=")))
			l.total = cg_parse_u64(v);
	}
	return l;
}

struct cg_psi cg_parse_psi(const char *text, struct arena *a)
{
	struct cg_psi psi = { 0 };
	char *rest = arena_strdup(a, text);
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *kind = strsep(&line, " ");

		if (line && str_eq(kind, "some"))
			psi.some = parse_psi_line(line, a);
		else if (line && str_eq(kind, "full"))
			psi.full = parse_psi_line(line, a);
	}
	psi.set = psi.some.avg10 || psi.full.avg10;
	return psi;
}

static bool parse_device(char *text, struct cg_io_entry *entry)
{
	const char *major = strsep(&text, ":");

	return text && str_to_u64(major, UINT32_MAX, &entry->major) == 0 &&
	       str_to_u64(text, UINT32_MAX, &entry->minor) == 0;
}

struct cg_io_list cg_parse_blkio(const char *text, struct arena *a)
{
	struct cg_io_list list = { arena_array(a, count_lines(text), struct cg_io_entry), 0 };
	char *rest = arena_strdup(a, text);
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		struct cg_io_entry entry = { .op = "" };
		char *device = strsep(&line, " ");
		const char *word = strsep(&line, " ");

		if (line) {
			entry.op = word;
			word = line;
		}
		if (word && str_to_u64(word, UINT64_MAX, &entry.value) == 0 &&
		    parse_device(device, &entry))
			list.v[list.n++] = entry;
	}
	return list;
}

static void add_io_word(struct cg_io_entry entry, char *word, struct cg_io_list *bytes,
			struct cg_io_list *serviced)
{
	const char *key = strsep(&word, "=");

	if (!word || str_to_u64(word, UINT64_MAX, &entry.value) < 0)
		return;
	bool is_bytes = str_eq(key, "rbytes") || str_eq(key, "wbytes");
	if (!is_bytes && !str_eq(key, "rios") && !str_eq(key, "wios"))
		return;
	struct cg_io_list *list = is_bytes ? bytes : serviced;
	entry.op = key[0] == 'r' ? "Read" : "Write";
	list->v[list->n++] = entry;
}

void cg_parse_io_stat(const char *text, struct arena *a, struct cg_io_list *bytes,
		      struct cg_io_list *serviced)
{
	size_t words = 1;
	char *rest = arena_strdup(a, text);
	char *line;

	for (const char *p = text; *p; p++)
		words += *p == '=';
	*bytes = (struct cg_io_list){ arena_array(a, words, struct cg_io_entry), 0 };
	*serviced = (struct cg_io_list){ arena_array(a, words, struct cg_io_entry), 0 };
	while ((line = strsep(&rest, "\n"))) {
		struct cg_io_entry entry = { .op = "" };
		char *word = strsep(&line, " ");

		if (!parse_device(word, &entry))
			continue;
		while ((word = strsep(&line, " ")))
			add_io_word(entry, word, bytes, serviced);
	}
}
