#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint-coverage.sh: docs/spec-coverage.md has a row for every field of the tables in
# libcontainer/spec/spec_*.c and for nothing else; the files and tests that it names exist.
set -euo pipefail
cd "$(dirname "$0")/.."
doc=${1-docs/spec-coverage.md}
failed=0

complain() {
	echo "$doc: $1" >&2
	failed=1
}

# "spec_rlimit type", one a line
fields() {
	sed -nE -e 's/^#define T struct ([a-z_]+)$/T \1/p' \
		-e 's/.*/&/; /"[A-Za-z0-9]+"/{ s/([A-Z_]+)\((T, )?"([A-Za-z0-9]+)"/\n@ \3\n/g; p }' \
		libcontainer/spec/spec_*.c |
		awk '$1 == "T" { type = $2 } $1 == "@" { print type, $2 }' | sort -u
}

# | struct | fields | files | tests |
rows() { grep -E '^\| spec[a-z_]* \|' "$doc"; }

documented() {
	rows | awk -F '|' '{ gsub(/[ ,]+/, " ", $3); n = split($3, f, " ")
		gsub(/ /, "", $2); for (i = 1; i <= n; i++) print $2, f[i] }' | sort -u
}

while read -r type field; do complain "no row for $field of struct $type"; done \
	< <(comm -23 <(fields) <(documented))
while read -r type field; do complain "$field of struct $type is in no table"; done \
	< <(comm -13 <(fields) <(documented))

while IFS='|' read -r _ type _ files tests _; do
	for file in $files; do
		[ -e "libcontainer/$file" ] || complain "$type: no file libcontainer/$file"
	done
	[ -n "${tests// /}" ] || complain "$type: no test named"
	IFS=';' read -ra list <<<"$tests"
	for test in "${list[@]}"; do
		case $test in
		*'not shown: '*) ;;
		*.bats:*)
			file=${test%%:*}
			name=${test#*: }
			grep -qF "@test \"${name% }" "tests/integration/${file# }" ||
				complain "$type: no test \"$name\" in $file"
			;;
		*) grep -rqw --include='test_*.c' "$(echo "$test" | tr -d ' ')" libcontainer ||
			complain "$type: no unit test $test" ;;
		esac
	done
done < <(rows)
[ "$(fields | wc -l)" -gt 100 ] || complain "the tables are not read any more"
exit "$failed"
