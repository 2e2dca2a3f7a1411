#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint.sh [--tidy]: layers, style, formatting, shell scripts; with --tidy clang-tidy too.
# Says `ok` or `not ok` for each, as scripts/test.sh counts them.
# shellcheck disable=SC2317 # functions are called by check()
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

failed=0
check() {
	local name=$1
	shift
	if "$@"; then
		echo "ok lint $name"
	else
		echo "not ok lint $name"
		failed=1
	fi
}

format() {
	local files
	mapfile -t files < <(find libcontainer cmd tests bench -name '*.[ch]')
	clang-format --dry-run -Werror "${files[@]}"
}

shell() {
	shellcheck -x scripts/*.sh .ci/run tests/clients/*.sh deploy/kubernetes/*.sh tests/api/*.sh tests/vm/{build.sh,vm,sdctr,guest/vial-run} tests/packages/{*.sh,box} packaging/postrm tests/docs/setup/*.sh &&
		shellcheck -x -s bash tests/integration/*.bash &&
		shellcheck -x -s bats -e SC2016,SC2030,SC2031,SC2154 tests/*/*.bats
}

tidy() { cmake --preset tidy >/dev/null && cmake --build --preset tidy; }

# A planted violation must be found, else the check checks nothing.
layers_finds_a_planted_violation() {
	local dir
	dir=$(mktemp -d)
	mkdir -p "$dir/libcontainer/base" "$dir/cmd"
	cp layers.txt "$dir"
	echo '#include "plan/plan.h"' >"$dir/libcontainer/base/planted.c"
	! scripts/lint-layers.sh "$dir" 2>/dev/null
	local found=$?
	rm -r "$dir"
	return "$found"
}

coverage_finds_a_planted_violation() {
	local doc found
	doc=$(mktemp)
	grep -v '^| spec_rlimit |' docs/spec-coverage.md >"$doc"
	! scripts/lint-coverage.sh "$doc" 2>/dev/null
	found=$?
	rm "$doc"
	return "$found"
}

security_finds_a_planted_violation() {
	local doc from found=0
	doc=$(mktemp)
	for from in SECURITY.md docs/attacks.md docs/situations.md; do
		sed '/^|.*; integration/s//&no-such-/' "$from" >"$doc"
		! cmp -s "$from" "$doc" && ! scripts/lint-security.sh "$doc" 2>/dev/null || found=1
	done
	rm "$doc"
	return "$found"
}

advice_finds_a_planted_violation() {
	local dir found
	dir=$(mktemp -d)
	mkdir -p "$dir/tests/integration"
	cp -r libcontainer "$dir"
	cp tests/integration/*.bats "$dir/tests/integration"
	sed -i 's/dropping needs CAP_SETPCAP/no such text/' "$dir/tests/integration/advice_rights.bats"
	! scripts/lint-advice.py "$dir" 2>/dev/null
	found=$?
	rm -r "$dir"
	return "$found"
}

check layers scripts/lint-layers.sh
check "layers, planted violation" layers_finds_a_planted_violation
docs_finds_planted_violations() {
	local dir line found=0
	dir=$(mktemp -d)
	while IFS= read -r line; do
		printf '# A\n\n%b\n' "$line" >"$dir/README.md"
		! scripts/lint-docs.sh "$dir" 2>/dev/null || { echo "not found: $line" && found=1; }
	done <<-'END'
		It is t\x65h end.
		[a](none.md)
		[a](#b)
		    vial run
		```sh\nvial run
	END
	printf '# A\n\n[a](#a) and [b](README.md)\n' >"$dir/README.md"
	mkdir "$dir/man"
	printf '.SH EXAMPLES\n.nf\n# vial list\n' >"$dir/man/vial.8"
	! scripts/lint-docs.sh "$dir" 2>/dev/null || { echo "not found: .nf" && found=1; }
	rm -r "$dir/man"
	scripts/lint-docs.sh "$dir" || found=1
	rm -r "$dir"
	return "$found"
}

check documents scripts/lint-docs.sh
check "documents, planted violations" docs_finds_planted_violations
check style scripts/lint-style.sh
check coverage scripts/lint-coverage.sh
check "coverage, planted violation" coverage_finds_a_planted_violation
check advice scripts/lint-advice.py
check "advice, planted violation" advice_finds_a_planted_violation
check security scripts/lint-security.sh
check "security, planted violation" security_finds_a_planted_violation
check format format
check shell shell
[ "${1-}" != --tidy ] || check clang-tidy tidy
exit "$failed"
