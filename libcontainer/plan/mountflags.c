/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/mountflags.h"

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
	OPTION_REC_SB_SET,
	OPTION_REC_SB_CLEAR, /* the same; as all r* options it does not clear what is not named */
	OPTION_PROPAGATION,
	OPTION_BIND,
	OPTION_REMOUNT,
	OPTION_TMPCOPYUP,
	OPTION_IDMAP,
	OPTION_COPY_SYMLINK,
	OPTION_SRC_NOFOLLOW,
	OPTION_DEST_NOFOLLOW,
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
	{ "copy-symlink", OPTION_COPY_SYMLINK, 0, false },
	{ "defaults", OPTION_NOTHING, 0, false },
	{ "dest-nofollow", OPTION_DEST_NOFOLLOW, 0, false },
	{ "dev", OPTION_CLEAR, MOUNT_ATTR_NODEV, false },
	{ "diratime", OPTION_CLEAR, MOUNT_ATTR_NODIRATIME, false },
	{ "dirsync", OPTION_SB_SET, MS_DIRSYNC, false },
	{ "exec", OPTION_CLEAR, MOUNT_ATTR_NOEXEC, false },
	{ "idmap", OPTION_IDMAP, 0, false },
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
	{ "rasync", OPTION_REC_SB_CLEAR, MS_SYNCHRONOUS, false },
	{ "ratime", OPTION_REC_CLEAR, MOUNT_ATTR_NOATIME, true },
	{ "rbind", OPTION_BIND, MS_REC, false },
	{ "rdev", OPTION_REC_CLEAR, MOUNT_ATTR_NODEV, false },
	{ "rdiratime", OPTION_REC_CLEAR, MOUNT_ATTR_NODIRATIME, false },
	{ "rdirsync", OPTION_REC_SB_SET, MS_DIRSYNC, false },
	{ "relatime", OPTION_SET, RELATIME, true },
	{ "remount", OPTION_REMOUNT, 0, false },
	{ "rexec", OPTION_REC_CLEAR, MOUNT_ATTR_NOEXEC, false },
	{ "ridmap", OPTION_IDMAP, MS_REC, false },
	{ "rmand", OPTION_REC_SB_SET, MS_MANDLOCK, false },
	{ "rnoatime", OPTION_REC_SET, MOUNT_ATTR_NOATIME, true },
	{ "rnodev", OPTION_REC_SET, MOUNT_ATTR_NODEV, false },
	{ "rnodiratime", OPTION_REC_SET, MOUNT_ATTR_NODIRATIME, false },
	{ "rnoexec", OPTION_REC_SET, MOUNT_ATTR_NOEXEC, false },
	{ "rnomand", OPTION_REC_SB_CLEAR, MS_MANDLOCK, false },
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
	{ "rsync", OPTION_REC_SB_SET, MS_SYNCHRONOUS, false },
	{ "runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, false },
	{ "rw", OPTION_CLEAR, MOUNT_ATTR_RDONLY, false },
	{ "shared", OPTION_PROPAGATION, MS_SHARED, false },
	{ "silent", OPTION_SB_SET, MS_SILENT, false },
	{ "slave", OPTION_PROPAGATION, MS_SLAVE, false },
	{ "src-nofollow", OPTION_SRC_NOFOLLOW, 0, false },
	{ "strictatime", OPTION_SET, MOUNT_ATTR_STRICTATIME, true },
	{ "suid", OPTION_CLEAR, MOUNT_ATTR_NOSUID, false },
	{ "symfollow", OPTION_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, false },
	{ "sync", OPTION_SB_SET, MS_SYNCHRONOUS, false },
	{ "tmpcopyup", OPTION_TMPCOPYUP, 0, false },
	{ "unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, false },
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
	case OPTION_REC_SB_SET:
		m->sb_flags |= (unsigned long)o->flag;
		m->attr_explicit |= o->kind == OPTION_SB_SET;
		break;
	case OPTION_SB_CLEAR:
	case OPTION_REC_SB_CLEAR:
		m->sb_flags &= ~(unsigned long)o->flag;
		m->attr_explicit |= o->kind == OPTION_SB_CLEAR;
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
	case OPTION_IDMAP:
		m->idmap = true;
		m->idmap_recursive |= o->flag != 0;
		break;
	case OPTION_COPY_SYMLINK:
		m->copy_symlink = true;
		break;
	case OPTION_SRC_NOFOLLOW:
		m->src_nofollow = true;
		break;
	case OPTION_DEST_NOFOLLOW:
		m->dest_nofollow = true;
		break;
	}
}

/* "idmap=uids=0-1-10;gids=...", the only word of ours that takes a value. */
static bool take_idmap(struct mount_options *m, const char *word)
{
	const char *rest = str_after(word, "ridmap=");

	m->idmap_recursive |= rest != NULL;
	if (!rest)
		rest = str_after(word, "idmap=");
	if (!rest)
		return false;
	m->idmap = true;
	m->idmap_text = rest;
	return true;
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

/*
 * context="a,b" is how mount(2) protects the commas of a label; fsconfig(2) takes one parameter at
 * a time and would pass on the quotes.
 */
static const char *unquoted_label(struct arena *a, const char *s, size_t len)
{
	const char *quote = memchr(s, '"', len);

	if (!quote && s[len] == '\0') /* most are a word of their own */
		return s;
	if (!quote || s[len - 1] != '"' || quote + 1 == s + len ||
	    (size_t)(quote - s) < sizeof("context=") - 1 ||
	    memcmp(quote - (sizeof("context=") - 1), "context=", sizeof("context=") - 1) != 0)
		return arena_strndup(a, s, len);
	return arena_printf(a, "%.*s%.*s", (int)(quote - s), s, (int)(s + len - quote - 2),
			    quote + 1);
}

/* @list: of data; made here with the first, since most mounts have none */
static void add_data(struct arena *a, const char *s, const struct strs *words, const char ***list,
		     size_t *n)
{
	if (!*list)
		*list = arena_array(a, words->n + count_commas(words) + 1, const char *);
	for (;;) {
		size_t len = parameter_length(s);

		if (len > 0)
			(*list)[(*n)++] = unquoted_label(a, s, len);
		if (!s[len])
			return;
		s += len + 1;
	}
}

void mount_options_parse(struct arena *a, const struct strs *words, struct mount_options *ret)
{
	const char **data = NULL;
	size_t n_data = 0;

	*ret = (struct mount_options){ 0 };
	for (size_t i = 0; i < words->n; i++) {
		const char *word = words->v[i];
		const struct option *o = bsearch(word, options, ARRAY_SIZE(options),
						 sizeof(options[0]), compare_name);

		if (o && o->kind == OPTION_PROPAGATION && !ret->propagation)
			ret->propagation = arena_array(a, words->n - i, unsigned long);
		if (o)
			apply(ret, o);
		else if (!take_idmap(ret, word))
			add_data(a, word, words, &data, &n_data);
	}
	ret->data = (struct strs){ data, n_data };
}
