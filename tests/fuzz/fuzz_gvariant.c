/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Texts that become a systemd unit, one a line: a value in GVariant's text form (of an annotation
 * org.systemd.property.NAME), the NAME, cgroupsPath. The signature of what is accepted must be one
 * that libdbus takes, since it aborts on others.
 */

#include <dbus/dbus.h>

#include "fuzz.h"
#include "plan/unit.h"

static void check_value(const struct gvar *g, struct arena *a)
{
	autodone(strbuf) struct strbuf signature = STRBUF_INIT;
	autodone(strbuf) struct strbuf text = STRBUF_INIT;
	autodone(strbuf) struct strbuf again = STRBUF_INIT;
	autodone(strbuf) struct strbuf printed = STRBUF_INIT;
	struct gvar copy = { 0 };
	struct err e = { 0 };

	gvar_signature(g, &signature);
	require(dbus_signature_validate_single(strbuf_str(&signature), NULL));
	gvar_print(g, &text);
	/* Strings are printed for people, doubles with few digits: those do not come back. */
	if (strpbrk(strbuf_str(&signature), "sogd"))
		return;
	strbuf_addf(&again, "@%s %s", strbuf_str(&signature), strbuf_str(&text));
	require(gvar_parse(strbuf_str(&again), a, &copy, &e) == 0);
	gvar_print(&copy, &printed);
	require(str_eq(strbuf_str(&text), strbuf_str(&printed)));
}

static void read_unit(const char *path, const char *name, const char *value, struct arena *a)
{
	const struct spec_string_pair pairs[] = {
		{ arena_printf(a, "org.systemd.property.%s", name), value },
		{ "run.oci.systemd.subgroup", name },
	};
	const struct spec_string_map annotations = { pairs, ARRAY_SIZE(pairs) };
	struct plan_unit unit = { 0 };
	struct err e = { 0 };
	const char *dir = NULL;

	if (unit_parse(path, "fuzz", false, a, &unit, &e) < 0) {
		require(e.code > 0 && e.text[0]);
		return;
	}
	if (unit_expand_slice(unit.slice, a, &dir, &e) == 0)
		require(!strstr(dir, "/../") && (!*dir || *dir == '/'));
	if (unit_read_annotations(&annotations, a, &unit, &e) < 0)
		require(e.code > 0 && e.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autofree char *text = fuzz_text(data, size);
	char *rest = text;
	const char *value = fuzz_line(&rest), *name = fuzz_line(&rest), *path = fuzz_line(&rest);
	struct gvar g = { 0 };
	struct err e = { 0 };

	if (gvar_parse(value, &a, &g, &e) == 0)
		check_value(&g, &a);
	else
		require(e.code > 0 && e.text[0]);
	read_unit(path, name, value, &a);
	return 0;
}
