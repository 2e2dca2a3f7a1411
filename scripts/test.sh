#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh [--quick]: install what the tests need, build, run everything, count.
#
# The last line is `N passed, M failed`; the exit code is 0 only when M is 0 and N is not.
# Counted are: the cmocka tests inside the unit programs (a program without such counts is one
# test), the bats tests of each run, each lint check, each build. Skipped tests have a line of
# their own. --quick leaves out clang, clang-tidy, the sanitizer run of the integration tests and
# the clients (Docker, containerd, the CRI, Podman, Buildah).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

quick=no
case ${1-} in
'') ;;
--quick) quick=yes ;;
*)
	echo "usage: $0 [--quick]" >&2
	exit 2
	;;
esac
if [ "$(id -u)" -ne 0 ]; then
	exec sudo "$0" "$@" # namespaces, cgroups and mounts of the integration tests
fi

logs=build/test-logs
mkdir -p "$logs"
passed=0
failed=0
skipped=0
failures=()

# count NAME PASSED FAILED SKIPPED
count() {
	passed=$((passed + $2))
	failed=$((failed + $3))
	skipped=$((skipped + $4))
	[ "$3" -eq 0 ] || failures+=("$1: $3")
	printf -- '-- %s: %d passed, %d failed, %d skipped\n\n' "$@"
}

# once NAME COMMAND...: a step that is one test
once() {
	local name=$1
	shift
	echo "== $name"
	if "$@"; then
		count "$name" 1 0 0
	else
		count "$name" 0 1 0
		return 1
	fi
}

# tap NAME COMMAND...: a step that speaks in `ok` and `not ok` lines. One that fails without a
# `not ok`, or says nothing at all, is one failure. A helper that outlives its test must not keep
# us waiting on the pipe, therefore a file.
tap() {
	local name=$1 log="$logs/${1//[^a-z0-9]/-}.log" status=0 p f s
	shift
	echo "== $name"
	"$@" >"$log" 2>&1 || status=$?
	cat "$log"
	s=$(grep -cE '^ok .*# skip' "$log")
	p=$(($(grep -cE '^ok ' "$log") - s))
	f=$(grep -cE '^not ok ' "$log")
	if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
		echo "$name: exit code $status without a failed test, or no test at all"
		f=1
	fi
	count "$name" "$p" "$f" "$s"
}

build() { cmake --preset "$1" >"$logs/configure-$1.log" && cmake --build --preset "$1"; }

# A warning is a failure wherever it appears, also where -Werror is off.
build_without_warning() {
	local log="$logs/build-$1.log" status=0
	rm -rf "build/$1"
	build "$1" >"$log" 2>&1 || status=$?
	if [ "$status" -ne 0 ] || grep -qE 'warning:|CMake Warning' "$log"; then
		cat "$log"
		return 1
	fi
}

unit() {
	local preset=$1 log="$logs/unit-$1.log" p f s
	echo "== unit tests ($preset)"
	ctest --test-dir "build/$preset" --verbose --no-tests=error >"$log" 2>&1
	read -r p f s < <(awk '
		/^[0-9]+: / { id = $1; sub(":", "", id) }
		/^[0-9]+: \[  PASSED  \] [0-9]+ test/ { pass[id] += $5 }
		/^[0-9]+: \[  SKIPPED \] [0-9]+ test/ { skip[id] += $5 }
		/^[0-9]+: \[  FAILED  \] [0-9]+ test/ { fail[id] += $5 }
		/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ {
			id = $0
			sub(/^[^#]*#/, "", id)
			sub(/:.*/, "", id)
			good = $0 ~ / Passed /
			if (good && !(pass[id] + skip[id])) pass[id] = 1
			if (!good && !fail[id]) fail[id] = 1
			n++
		}
		END {
			for (i in pass) p += pass[i]
			for (i in fail) f += fail[i]
			for (i in skip) s += skip[i]
			if (!n) f++
			print p + 0, f + 0, s + 0
		}' "$log")
	if [ "$f" -gt 0 ]; then cat "$log"; else grep -E '^ *[0-9]+/[0-9]+ Test' "$log"; fi
	count "unit tests ($preset)" "$p" "$f" "$s"
}

# In a mount namespace of its own, so that "nothing is left" is not about other programs' mounts.
integration() {
	local preset=$1
	tap "integration ($preset)" env VIAL="$PWD/build/$preset/vial" \
		RECVTTY="$PWD/build/dev/tests/recvtty" BATS_TEST_TIMEOUT=180 \
		unshare --mount --propagation private bats --tap tests/integration tests/attacks
}

if [ $quick = yes ]; then
	scripts/deps.sh test || exit 1
else
	scripts/deps.sh full || exit 1
fi

once 'build dev (gcc, ASan, UBSan)' build_without_warning dev
once 'build release (gcc, musl)' build_without_warning release &&
	once 'hardening' scripts/check-binary.sh build/release/vial
if [ $quick = yes ]; then
	tap lint scripts/lint.sh
else
	once 'build release-glibc' build_without_warning release-glibc &&
		once 'hardening (glibc)' scripts/check-binary.sh build/release-glibc/vial
	once 'build release-clang' build_without_warning release-clang
	once 'build dev-clang' build_without_warning dev-clang
	tap lint scripts/lint.sh --tidy
fi
unit dev
integration release
if [ $quick = no ]; then
	unit dev-clang
	integration dev
	tap 'clients' tests/clients/compare.sh
	tap 'kubernetes' tests/clients/kubernetes.sh
fi

[ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
