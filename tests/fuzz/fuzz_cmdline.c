/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A command line, one word a line, read with the options of `create` and of `update` and with one of
 * each kind. Then the limits of `update` as files of the hierarchies.
 */

#include "cgroups/settings.h"
#include "cmd/limits.h"
#include "cmd/options.h"
#include "cmd/request.h"
#include "fuzz.h"

static const struct option_row create[] = {
	REQUEST_OPTIONS,
	{ NULL, 0, OPTION_SWITCH, NULL, NULL },
};
static const struct option_row update[] = {
	LIMITS_OPTIONS,
	{ "pids-limit", 0, OPTION_INTEGER, "", NULL },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL },
};
static const struct option_row kinds[] = {
	{ "switch", 's', OPTION_SWITCH, "", NULL }, { "text", 't', OPTION_TEXT, "", NULL },
	{ "number", 'n', OPTION_NUMBER, "", NULL }, { "integer", 'i', OPTION_INTEGER, "", NULL },
	{ "list", 'l', OPTION_LIST, "", NULL },	    { "duration", 'd', OPTION_DURATION, "", NULL },
	{ NULL, 0, OPTION_SWITCH, NULL, NULL },
};

static bool is_word_of(const char *s, char *const *argv)
{
	for (; *argv; argv++)
		if (s >= *argv && s <= *argv + strlen(*argv))
			return true;
	return false;
}

static void check(const struct options *o, char *const *argv)
{
	size_t words = 0;

	while (argv[words])
		words++;
	require(o->n_args <= words && !o->args[o->n_args]);
	for (size_t i = 0; i < o->n_args; i++)
		require(is_word_of(o->args[i], argv));
	for (size_t i = 0; o->table[i].name; i++) {
		const struct option_value *v = &o->values[i];

		require(!v->text || is_word_of(v->text, argv));
		require(o->table[i].kind != OPTION_NUMBER || v->number <= INT32_MAX);
		for (size_t k = 0; k < v->n_list; k++)
			require(is_word_of(v->list[k], argv));
	}
}

static void parse(const struct option_row *table, char *const *argv, bool stop)
{
	autodone(options) struct options o = { 0 };
	struct err e = { 0 };

	if (options_parse(table, argv, stop, &o, &e) < 0)
		require(e.kind == ERR_USAGE && e.text[0]);
	else
		check(&o, argv);
}

static void decide_update(char *const *argv)
{
	static struct plan_cgroup_dir dir = { "", "/sys/fs/cgroup", "/sys/fs/cgroup/c", true };
	const struct plan_cgroup at = {
		.enabled = true, .mode = CGROUP_V2, .path = "/c", .dirs = &dir, .n_dirs = 1
	};
	autodone(settings) struct cg_settings settings = { 0 };
	autodone(options) struct options o = { 0 };
	struct limits limits = { 0 };
	struct err e = { 0 };

	if (options_parse(update, argv, false, &o, &e) < 0)
		return;
	if (limits_parse(&o, &limits, &e) < 0)
		require(e.kind == ERR_USAGE && e.text[0]);
	else if (settings_build(&at, &limits.res, &settings, &e) < 0)
		require(e.code > 0 && e.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	autofree char **argv = mem_new(size + 2, sizeof(*argv));
	char *rest = text;
	size_t n = 0;

	for (char *word; (word = strsep(&rest, "\n"));)
		argv[n++] = word;
	parse(create, argv, false);
	parse(update, argv, false);
	parse(kinds, argv, true);
	parse(kinds, argv, false);
	decide_update(argv);
	return 0;
}
