#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint-security.sh [FILE...]: every test that SECURITY.md, docs/attacks.md and docs/situations.md name in the
# last column of a table, `test`, exists: `FILE.bats: the beginning of a test's name`, or a file. Every row
# has one, and every fuzz target a ctest.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- SECURITY.md docs/attacks.md docs/situations.md
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
		[[ $file == *.c || $file == *.py ]] || complain "$file: which test?"
		[[ $file != fuzz/* ]] || grep -q "^vial_fuzz($(basename "$file" .c)[ )]" tests/fuzz/CMakeLists.txt ||
			complain "$file is not built"
	elif ! grep -qF "@test \"$name" "tests/$file"; then
		complain "no test \"$name\" in tests/$file"
	fi
}

# rows FILE: of the tables with tests
rows() {
	awk '/^\|.*\| test \|$/ { inside = 1; getline; next } !/^\|/ { inside = 0 } inside' "$1"
}

for doc; do
	n=0
	while IFS= read -r row; do
		n=$((n + 1))
		row=${row% |}
		tests=${row##*|}
		[ -n "${tests// /}" ] || complain "no test for:$row"
		while IFS= read -r test; do
			test=${test# }
			check_test "${test% }"
		done < <(tr ';' '\n' <<<"$tests")
	done < <(rows "$doc")
	[ "$n" -ge 20 ] || complain "only $n rows: the table is not read any more"
done
exit "$failed"
