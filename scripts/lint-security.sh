#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint-security.sh [FILE]: every test that the table of SECURITY.md names exists: `FILE.bats: the
# beginning of a test's name`, or a file. Every promise has one, and every fuzz target a ctest.
set -euo pipefail
cd "$(dirname "$0")/.."
doc=${1-SECURITY.md}
failed=0

complain() {
	echo "$doc: $1" >&2
	failed=1
}

check_test() {
	local file=${1%%: *} name=${1#*: }
	if [ ! -e "tests/$file" ]; then
		complain "no file tests/$file"
	elif [ "$name" = "$1" ]; then
		[[ $file == *.c ]] || complain "$file: which test?"
		[[ $file != fuzz/* ]] || grep -q "^vial_fuzz($(basename "$file" .c)[ )]" tests/fuzz/CMakeLists.txt ||
			complain "$file is not built"
	elif ! grep -qF "@test \"$name" "tests/$file"; then
		complain "no test \"$name\" in tests/$file"
	fi
}

promises=0
while IFS='|' read -r _ promise tests _; do
	[[ $promise != *---* && $promise != ' promise ' ]] || continue
	promises=$((promises + 1))
	[ -n "${tests// /}" ] || complain "no test for:$promise"
	while IFS= read -r test; do
		test=${test# }
		check_test "${test% }"
	done < <(tr ';' '\n' <<<"$tests")
done < <(sed -n '/^| promise | test |/,/^$/p' "$doc" | grep '^|')
[ "$promises" -ge 20 ] || complain "only $promises promises: the table is not read any more"
exit "$failed"
