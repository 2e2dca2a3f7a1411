/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/mountflags.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "plan/parts.h"

enum option_kind {
	OPTION_NOTHING, /* the default of mount(8) */
	OPTION_SET,
	OPTION_CLEAR, /* an attribute of this mount */
	OPTION_REC_SET,
	OPTION_REC_CLEAR, /* of this mount and those below */
	OPTION_SB_SET,
	OPTION_SB_CLEAR, /* a flag of the super block */
	OPTION_PROPAGATION,
	OPTION_BIND,
	OPTION_REMOUNT,
	OPTION_TMPCOPYUP,
};

/* MOUNT_ATTR_RELATIME is 0: it says itself only together with MOUNT_ATTR__ATIME. */
#define RELATIME ((uint64_t)MOUNT_ATTR_RELATIME)

/* Sorted by name, for bsearch(3) and for `features`. */
static const struct option {
	const char *name;
	enum option_kind kind;
	uint64_t flag;
	bool is_atime; /* one of the three modes of access time, which exclude each other */
} options[] = {
	{ "async", OPTION_SB_CLEAR, MS_SYNCHRONOUS, false },
	{ "atime", OPTION_CLEAR, MOUNT_ATTR_NOATIME, true },
	{ "bind", OPTION_BIND, 0, false },
	{ "defaults", OPTION_NOTHING, 0, false },
	{ "dev", OPTION_CLEAR, MOUNT_ATTR_NODEV, false },
	{ "diratime", OPTION_CLEAR, MOUNT_ATTR_NODIRATIME, false },
	{ "dirsync", OPTION_SB_SET, MS_DIRSYNC, false },
	{ "exec", OPTION_CLEAR, MOUNT_ATTR_NOEXEC, false },
	{ "iversion", OPTION_SB_SET, MS_I_VERSION, false },
	{ "lazytime", OPTION_SB_SET, MS_LAZYTIME, false },
	{ "loud", OPTION_SB_CLEAR, MS_SILENT, false },
	{ "mand", OPTION_SB_SET, MS_MANDLOCK, false },
	{ "noatime", OPTION_SET, MOUNT_ATTR_NOATIME, true },
	{ "nodev", OPTION_SET, MOUNT_ATTR_NODEV, false },
	{ "nodiratime", OPTION_SET, MOUNT_ATTR_NODIRATIME, false },
	{ "noexec", OPTION_SET, MOUNT_ATTR_NOEXEC, false },
	{ "noiversion", OPTION_SB_CLEAR, MS_I_VERSION, false },
	{ "nolazytime", OPTION_SB_CLEAR, MS_LAZYTIME, false },
	{ "nomand", OPTION_SB_CLEAR, MS_MANDLOCK, false },
	{ "norelatime", OPTION_CLEAR, RELATIME, true },
	{ "nostrictatime", OPTION_CLEAR, MOUNT_ATTR_STRICTATIME, true },
	{ "nosuid", OPTION_SET, MOUNT_ATTR_NOSUID, false },
	{ "nosymfollow", OPTION_SET, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "private", OPTION_PROPAGATION, MS_PRIVATE, false },
	{ "ratime", OPTION_REC_CLEAR, MOUNT_ATTR_NOATIME, true },
	{ "rbind", OPTION_BIND, MS_REC, false },
	{ "rdev", OPTION_REC_CLEAR, MOUNT_ATTR_NODEV, false },
	{ "rdiratime", OPTION_REC_CLEAR, MOUNT_ATTR_NODIRATIME, false },
	{ "relatime", OPTION_SET, RELATIME, true },
	{ "remount", OPTION_REMOUNT, 0, false },
	{ "rexec", OPTION_REC_CLEAR, MOUNT_ATTR_NOEXEC, false },
	{ "rnoatime", OPTION_REC_SET, MOUNT_ATTR_NOATIME, true },
	{ "rnodev", OPTION_REC_SET, MOUNT_ATTR_NODEV, false },
	{ "rnodiratime", OPTION_REC_SET, MOUNT_ATTR_NODIRATIME, false },
	{ "rnoexec", OPTION_REC_SET, MOUNT_ATTR_NOEXEC, false },
	{ "rnorelatime", OPTION_REC_CLEAR, RELATIME, true },
	{ "rnostrictatime", OPTION_REC_CLEAR, MOUNT_ATTR_STRICTATIME, true },
	{ "rnosuid", OPTION_REC_SET, MOUNT_ATTR_NOSUID, false },
	{ "rnosymfollow", OPTION_REC_SET, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "ro", OPTION_SET, MOUNT_ATTR_RDONLY, false },
	{ "rprivate", OPTION_PROPAGATION, MS_PRIVATE | MS_REC, false },
	{ "rrelatime", OPTION_REC_SET, RELATIME, true },
	{ "rro", OPTION_REC_SET, MOUNT_ATTR_RDONLY, false },
	{ "rrw", OPTION_REC_CLEAR, MOUNT_ATTR_RDONLY, false },
	{ "rshared", OPTION_PROPAGATION, MS_SHARED | MS_REC, false },
	{ "rslave", OPTION_PROPAGATION, MS_SLAVE | MS_REC, false },
	{ "rstrictatime", OPTION_REC_SET, MOUNT_ATTR_STRICTATIME, true },
	{ "rsuid", OPTION_REC_CLEAR, MOUNT_ATTR_NOSUID, false },
	{ "rsymfollow", OPTION_REC_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, false },
	{ "rw", OPTION_CLEAR, MOUNT_ATTR_RDONLY, false },
	{ "shared", OPTION_PROPAGATION, MS_SHARED, false },
	{ "silent", OPTION_SB_SET, MS_SILENT, false },
	{ "slave", OPTION_PROPAGATION, MS_SLAVE, false },
	{ "strictatime", OPTION_SET, MOUNT_ATTR_STRICTATIME, true },
	{ "suid", OPTION_CLEAR, MOUNT_ATTR_NOSUID, false },
	{ "symfollow", OPTION_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "sync", OPTION_SB_SET, MS_SYNCHRONOUS, false },
	{ "tmpcopyup", OPTION_TMPCOPYUP, 0, false },
	{ "unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, false },
};

/* Words of the peers that would change what a file system gets if they fell through as data. */
static const char *const unsupported[] = {
	"copy-symlink", "dest-nofollow", "idmap", "ridmap", "src-nofollow",
};

void mount_option_names(struct arena *a, struct strs *ret)
{
	const char **names = arena_array(a, ARRAY_SIZE(options) + 1, const char *);

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		names[i] = options[i].name;
	*ret = (struct strs){ names, ARRAY_SIZE(options) };
}

static int compare_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct option *)row)->name);
}

static void set_attr(uint64_t *set, uint64_t *clr, const struct option *o)
{
	if (o->is_atime) {
		*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		*clr |= MOUNT_ATTR__ATIME; /* mount_setattr(2): a mode replaces the other */
	}
	*set |= o->flag;
	*clr &= ~(o->is_atime ? 0 : o->flag);
}

static void clear_attr(uint64_t *set, uint64_t *clr, const struct option *o)
{
	*set &= ~o->flag;
	*clr |= o->flag;
}

/*
 * "atime" and its like name what is not wanted, not which of the others is: alone they
 * change nothing, after the mode that they deny they take it back.
 */
static void deny_atime(uint64_t *set, uint64_t *clr, uint64_t mode)
{
	if ((*clr & MOUNT_ATTR__ATIME) && (*set & MOUNT_ATTR__ATIME) == mode) {
		*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		*clr &= ~(uint64_t)MOUNT_ATTR__ATIME;
	}
}

/* Over a tree there is no "as it was" to fall back to: the kernel's default, relatime. */
static void deny_atime_below(uint64_t *set, uint64_t *clr, uint64_t mode)
{
	if (!(*clr & MOUNT_ATTR__ATIME) || (*set & MOUNT_ATTR__ATIME) == mode)
		*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
	*clr |= MOUNT_ATTR__ATIME;
}

static void apply_attr(struct mount_options *m, const struct option *o)
{
	m->attr_explicit = true;
	if (o->kind == OPTION_SET)
		set_attr(&m->attr_set, &m->attr_clr, o);
	else if (o->is_atime)
		deny_atime(&m->attr_set, &m->attr_clr, o->flag);
	else
		clear_attr(&m->attr_set, &m->attr_clr, o);
}

static void apply_rec_attr(struct mount_options *m, const struct option *o)
{
	if (o->kind == OPTION_REC_SET)
		set_attr(&m->rec_attr_set, &m->rec_attr_clr, o);
	else if (o->is_atime)
		deny_atime_below(&m->rec_attr_set, &m->rec_attr_clr, o->flag);
	else
		clear_attr(&m->rec_attr_set, &m->rec_attr_clr, o);
}

static void apply(struct mount_options *m, const struct option *o)
{
	switch (o->kind) {
	case OPTION_NOTHING:
		break;
	case OPTION_SET:
	case OPTION_CLEAR:
		apply_attr(m, o);
		break;
	case OPTION_REC_SET:
	case OPTION_REC_CLEAR:
		apply_rec_attr(m, o);
		break;
	case OPTION_SB_SET:
		m->sb_flags |= (unsigned long)o->flag;
		m->attr_explicit = true;
		break;
	case OPTION_SB_CLEAR:
		m->sb_flags &= ~(unsigned long)o->flag;
		m->attr_explicit = true;
		break;
	case OPTION_PROPAGATION:
		m->propagation[m->n_propagation++] = (unsigned long)o->flag;
		break;
	case OPTION_BIND:
		m->bind = true;
		m->recursive |= o->flag != 0;
		break;
	case OPTION_REMOUNT:
		m->remount = true;
		break;
	case OPTION_TMPCOPYUP:
		m->tmpcopyup = true;
		break;
	}
}

/* The end of one parameter: a comma that is neither in "quotes" nor behind a backslash. */
static size_t parameter_length(const char *s)
{
	bool quoted = false;
	size_t i = 0;

	for (; s[i] && (s[i] != ',' || quoted); i++) {
		if (s[i] == '"')
			quoted = !quoted;
		if (s[i] == '\\' && s[i + 1])
			i++;
	}
	return i;
}

static size_t count_commas(const struct strs *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		for (const char *s = list->v[i]; *s; s++)
			n += *s == ',';
	return n;
}

static void add_data(struct arena *a, const char *s, const char **list, size_t *n)
{
	for (;;) {
		size_t len = parameter_length(s);

		if (len > 0)
			list[(*n)++] = arena_strndup(a, s, len);
		if (!s[len])
			return;
		s += len + 1;
	}
}

static int refuse_unsupported(const char *word, const char *where, size_t i, struct err *e)
{
	for (size_t k = 0; k < ARRAY_SIZE(unsupported); k++) {
		const char *rest = str_after(word, unsupported[k]);

		if (rest && (*rest == '\0' || *rest == '='))
			return err_set_kind(
				e, ERR_CONFIG, ENOTSUP,
				"%s.options[%zu]: \"%s\": not supported by this version", where, i,
				word);
	}
	return 0;
}

int mount_options_parse(struct arena *a, const struct strs *words, const char *where,
			struct mount_options *ret, struct err *e)
{
	const char **data = arena_array(a, words->n + count_commas(words) + 1, const char *);
	size_t n_data = 0;

	*ret = (struct mount_options){ .propagation = arena_array(a, words->n + 1, unsigned long) };
	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->v[i];
		const struct option *o = bsearch(word, options, ARRAY_SIZE(options),
						 sizeof(options[0]), compare_name);

		int r = o ? 0 : refuse_unsupported(word, where, i, e);
		if (r < 0)
			return r;
		if (o)
			apply(ret, o);
		else
			add_data(a, word, data, &n_data);
	}
	ret->data = (struct strs){ data, n_data };
	return 0;
}
