#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint-style.sh: the rules of CONTRIBUTING.md that grep can see.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(find libcontainer cmd tests -name '*.[ch]' -not -path '*/build/*')
failed=0

complain() {
	echo "$1" >&2
	failed=1
}

# refuse WORDS WHY FILE...: no line of code may hold WORDS (comments and strings are blanked).
refuse() {
	local words=$1 why=$2 file hits
	shift 2
	for file; do
		hits=$(sed -E 's@"([^"\\]|\\.)*"@""@g; s@/\*.*\*/@@; s@^[[:space:]]*\*.*@@; s@/\*.*@@' \
			"$file" | grep -nE "$words" || true)
		[ -z "$hits" ] || complain "$file: $why: $hits"
	done
}

without() { printf '%s\n' "${sources[@]}" | grep -vE "$1" || true; }

refuse '\bgoto\b' 'goto is not used here' "${sources[@]}"
refuse '\b(strtol|strtoul|strtoll|strtoull|atoi|atol)\(' 'parse numbers with base/str.h' \
	"${sources[@]}"
refuse '\b(sprintf|vsprintf|strcpy|strcat|strncpy|gets)\(' 'unbounded or unterminated' \
	"${sources[@]}"
mapfile -t library < <(without '^(cmd|tests)/|/test_[a-z0-9_]*\.c$|/fixture')
refuse '\b(printf|puts|perror)\(' 'the library does not print' "${library[@]}"
refuse '[^_a-z]exit\(' 'the library does not exit' "${library[@]}"

for file in "${sources[@]}"; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 600 ] || complain "$file: $lines lines, at most 600"
	first=$(head -n 1 "$file")
	[ "$first" = '/* SPDX-License-Identifier: Apache-2.0 */' ] ||
		complain "$file: the first line is not the SPDX line"
	if grep -qE '^[[:space:]]*#[[:space:]]*include <sys/mount\.h>' "$file"; then
		complain "$file: sys/mount.h conflicts with linux/mount.h; use base/sys.h"
	fi
done

# Each third-party library stays behind one file (yajl reads in one and writes in another; one connects
# to D-Bus, another speaks on it).
for row in yajl:base/json.c:base/jsonw.c seccomp.h:none dbus/dbus.h:cgroups/bus_dial.:cgroups/systemd_bus.c; do
	IFS=: read -r header allowed also <<<"$row"
	while IFS= read -r file; do
		case $file in
		libcontainer/"$allowed"* | libcontainer/"${also:-none}") ;;
		*/test_*.c | tests/* | bench/*) ;;
		*) complain "$file: <$header> belongs in $allowed only" ;;
		esac
	done < <(grep -lE "^#[[:space:]]*include <$header" "${sources[@]}" || true)
done
exit "$failed"
