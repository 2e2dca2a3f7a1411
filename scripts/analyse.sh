#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# analyse.sh: gcc -fanalyzer, cppcheck, and valgrind on the parsers with the seeds of tests/fuzz. Says
# `ok` or `not ok` for each, as scripts/test.sh counts them. (clang-tidy: scripts/lint.sh --tidy.)
#
# A finding is repaired, or stands below with the reason why it is none; a reason without its
# finding is a failure, too. Each tool must first find a planted bug, else it finds nothing; so must
# clang-tidy, ASan, UBSan and LSan as the other steps of scripts/test.sh use them.
# shellcheck disable=SC2317 # functions are called by check()
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C # the quotes in messages

# FILE|WORDS OF THE FINDING|WHY IT IS NONE
explained=(
	"libcontainer/cgroups/write.c|dereference of NULL 'w.dir'|err_append() of open_for() never returns 0; the analyzer sees one file at a time"
	"libcontainer/seccomp/explain.c|dereference of NULL 'c.arch'|err_set_kind() of parse_call() never returns 0; the analyzer sees one file at a time"
	"libcontainer/plan/mountflags.c|dereference of NULL '0'|mount_options_parse() makes the list before apply() adds to it"
	'cmd/heap.c|leak of|it is malloc() that hands this out'
	'cmd/heap.c|use after|free() keeps what it is given in its list'
)

failed=0
check() {
	local name=$1
	shift
	if "$@"; then
		echo "ok analyse $name"
	else
		echo "not ok analyse $name"
		failed=1
	fi
}

logs=build/analyzer/logs
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mapfile -t targets < <(cd tests/fuzz && basename -s .c -a fuzz_*.c)

# --- gcc -fanalyzer -----------------------------------------------------------------------------

flags=(-std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ilibcontainer -I.)

# Findings of a log as FILE:LINE:COLUMN: TEXT, each once.
findings() { grep -hE ': warning: .*-Wanalyzer' "$@" | sed -E "s@^($PWD/|(\.\./)+)@@" | sort -u; }

# @1: all findings. Prints those without a reason, and reasons without a finding.
judge() {
	local row file words line is_known
	while IFS= read -r line; do
		is_known=no
		for row in "${explained[@]}"; do
			IFS='|' read -r file words _ <<<"$row"
			[[ $line != "$file:"*"$words"* ]] || is_known=yes
		done
		[ "$is_known" = yes ] || echo "$line"
	done <"$1"
	for row in "${explained[@]}"; do
		IFS='|' read -r file words _ <<<"$row"
		grep -F -- "$words" "$1" | grep -qF "$file:" || echo "no finding any more: $row"
	done
}

analyzer() {
	local log=$logs/build
	cmake --preset analyzer >"$logs/configure" 2>&1 || { cat "$logs/configure"; return 1; }
	cmake --build --preset analyzer --clean-first \
		--target vial vial-netdev vial_heap "${targets[@]}" >"$log" 2>&1 || { tail -n 30 "$log"; return 1; }
	findings "$log" >"$work/findings"
	judge "$work/findings" >"$work/open"
	cat "$work/open"
	[ ! -s "$work/open" ]
}

analyzer_finds_a_planted_bug() {
	cat >"$work/planted.c" <<-'END'
		#include <stdlib.h>
		int planted(int n)
		{
			int *p = malloc(sizeof(*p));
			if (!p)
				return 0;
			free(p);
			if (n > 3)
				free(p);
			return n;
		}
	END
	gcc -fanalyzer -O1 "${flags[@]}" -S -o /dev/null "$work/planted.c" >"$work/log" 2>&1
	[ -n "$(findings "$work/log")" ]
}

# --- cppcheck -----------------------------------------------------------------------------------

# varFuncNullUB: takes the NULL of a compound literal for an argument of the variadic function.
cpp() {
	cppcheck -j2 --quiet --enable=warning,performance,portability --inline-suppr --std=c11 \
		--platform=unix64 -D_GNU_SOURCE -D__x86_64__ '-D__attribute__(x)=' -Ilibcontainer -I. \
		--suppress=missingIncludeSystem --suppress=varFuncNullUB --error-exitcode=1 \
		--template='{file}:{line}: {severity}: {id}: {message}' "$@"
}

cppcheck_all() {
	local sources
	mapfile -t sources < <(find libcontainer cmd tests/fuzz -name '*.c' -not -name 'test_*')
	cpp "${sources[@]}"
}

cppcheck_finds_a_planted_bug() {
	printf 'int planted(void)\n{\n\tint v[4];\n\tv[4] = 1;\n\treturn v[0];\n}\n' >"$work/planted.c"
	! cpp "$work/planted.c" >"$work/log" 2>&1 && grep -q arrayIndexOutOfBounds "$work/log"
}

# --- valgrind -----------------------------------------------------------------------------------

vg() { valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$@"; }

valgrind_one() {
	local seeds
	read -ra seeds <"build/analyzer/tests/fuzz/$1.seeds"
	vg "build/analyzer/tests/fuzz/$1" "tests/fuzz/corpus/$1" "${seeds[@]}" >"$work/log" 2>&1 ||
		{ tail -n 40 "$work/log"; return 1; }
}

# @1: what is wrong: an expression with p, memory of one byte that nobody has filled.
planted_program() {
	cat >"$work/planted.c" <<-END
		#include <limits.h>
		#include <stdlib.h>
		int main(int argc, char **argv)
		{
			char *volatile p = malloc(1);
			(void)argv;
			$1
			return 0;
		}
	END
	gcc -w -O0 -g "${@:2}" -o "$work/planted" "$work/planted.c"
}

valgrind_finds_a_planted_bug() {
	local bug status
	for bug in 'if (*p) exit(0); free(p);' 'p[argc] = 1; free(p);' 'p = 0;'; do
		planted_program "$bug" || return 1
		status=0
		vg "$work/planted" >/dev/null 2>&1 || status=$?
		[ "$status" -eq 99 ] || { echo "not found: $bug"; return 1; }
	done
}

# --- what other steps rely on ---------------------------------------------------------------------

tidy_finds_a_planted_bug() {
	printf 'int planted(const char *s);\nint planted(const char *s)\n{\n\tif (s);\n\treturn 0;\n}\n' \
		>"$work/planted.c"
	cp .clang-tidy "$work"
	! clang-tidy --quiet --warnings-as-errors='*' "$work/planted.c" -- -std=gnu11 >"$work/log" 2>&1 &&
		grep -q bugprone-suspicious-semicolon "$work/log"
}

# As the preset `dev` compiles: leaks count without an option.
sanitizers_find_planted_bugs() {
	local san=(-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all) bug
	for bug in 'p[argc] = 1; free(p);' 'free(p); free(p);' 'argc += INT_MAX; free(p); return argc;' 'p = 0;'; do
		planted_program "$bug" "${san[@]}" || return 1
		! "$work/planted" >"$work/log" 2>&1 || { echo "not found: $bug"; return 1; }
	done
	grep -q 'LeakSanitizer: detected memory leaks' "$work/log"
}

mkdir -p "$logs"
check 'gcc -fanalyzer, planted bug' analyzer_finds_a_planted_bug
check 'gcc -fanalyzer' analyzer
check 'cppcheck, planted bug' cppcheck_finds_a_planted_bug
check 'cppcheck' cppcheck_all
check 'clang-tidy, planted bug' tidy_finds_a_planted_bug
check 'sanitizers, planted bugs' sanitizers_find_planted_bugs
check 'valgrind, planted bugs' valgrind_finds_a_planted_bug
for target in "${targets[@]}"; do
	check "valgrind $target" valgrind_one "$target"
done
exit "$failed"
