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
: >"$logs/not-ok" # the names, for a reader of the last lines only
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
	sed -n "s/^not ok /$name: /p" "$log" >>"$logs/not-ok"
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

# at PLACE BEFORE... -- ARGUMENT...: bats somewhere; what ran there is kept for the table.
places=()
at() {
	local place=$1 before=() report
	shift
	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	shift
	report=$logs/at-${place//[^a-z0-9]/-}
	rm -rf "$report"
	mkdir -p "$report"
	places+=("$place")
	tap "integration ($place)" "${before[@]}" \
		bats --tap --report-formatter junit --output "$report" "$@"
}

# In a mount namespace of its own, so that "nothing is left" is not about other programs' mounts.
integration() {
	local preset=$1
	at "host, $preset" env VIAL="$PWD/build/$preset/vial" \
		RECVTTY="$PWD/build/dev/tests/recvtty" BATS_TEST_TIMEOUT=180 \
		unshare --mount --propagation private -- tests/integration tests/attacks
}

# The same on other layouts of cgroups: those files whose subject it is. One call of the runtime
# takes 0.2 s in the virtual machine, hence few there and more in systemd's namespaces on the host.
elsewhere() {
	local i=tests/integration everywhere systemd
	everywhere=("$i"/{lifecycle,events_shape,cgroups_layout,cgroups_limits,cgroups_devices,devices,exec,exec_cgroup}.bats
		"$i"/{concurrency,rootless,start_errors}.bats)
	systemd=("$i"/{systemd,rootless_cgroups}.bats)
	cc -O1 -D_GNU_SOURCE -static -o build/recvtty $i/recvtty.c || return
	at 'cgroup2 view' env BATS_TEST_TIMEOUT=180 unshare --mount --propagation private \
		sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh -- "${everywhere[@]}"
	at 'systemd, its driver' tests/vm/sdctr env VIAL_DRIVER=systemd BATS_TEST_TIMEOUT=180 -- \
		"$i"/{lifecycle,exec,hooks,concurrency,start_errors}.bats
	at 'systemd, files' tests/vm/sdctr env BATS_TEST_TIMEOUT=180 -- "${everywhere[@]}" "${systemd[@]}"
	! grep -q ' - cgroup ' /proc/self/mountinfo ||
		at 'systemd on v1' tests/vm/sdctr -1 env BATS_TEST_TIMEOUT=180 -- "$i"/{systemd_v1,pause}.bats
	at 'virtual machine' tests/vm/vm env BATS_TEST_TIMEOUT=300 -- \
		"$i"/{events_shape,update,pause,cgroups_limits,cgroups_devices,exec_cgroup,lsm,rootless}.bats "${systemd[@]}"
}

# Which file ran where: passed, and if there are any, failed (F) and skipped (s).
table() {
	local place
	for place in "${places[@]}"; do
		cat "$logs/at-${place//[^a-z0-9]/-}"/*.xml 2>/dev/null |
			sed -nE 's/^<testsuite name="([^"]*)" tests="([0-9]+)" failures="([0-9]+)" errors="([0-9]+)" skipped="([0-9]+)".*/\1 \2 \3 \4 \5/p' |
			while read -r file n f e s; do
				echo "$place|$(basename "$file" .bats)|$((n - f - e - s))$([ $((f + e)) -eq 0 ] || echo " $((f + e))F")$([ "$s" -eq 0 ] || echo " ${s}s")"
			done
	done | awk -F'|' '
		!($1 in place) { place[$1] = ++np; places[np] = $1 }
		!($2 in file) { file[$2] = ++nf; files[nf] = $2 }
		{ cell[$1, $2] = $3 }
		END {
			printf "%-18s", "ran"
			for (p = 1; p <= np; p++) printf "%-22s", places[p]
			print ""
			for (f = 1; f <= nf; f++) {
				printf "%-18s", files[f]
				for (p = 1; p <= np; p++)
					printf "%-22s", ((places[p], files[f]) in cell) ? cell[places[p], files[f]] : "-"
				print ""
			}
		}'
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
	once 'build release-glibc' build_without_warning release-glibc
	once 'build release-clang' build_without_warning release-clang
	once 'build dev-clang' build_without_warning dev-clang
	tap lint scripts/lint.sh --tidy
fi
unit dev
integration release
if [ $quick = no ]; then
	unit dev-clang
	integration dev
	elsewhere
	tap 'clients' tests/clients/compare.sh
	tap 'kubernetes' tests/clients/kubernetes.sh
	tap 'analysers' scripts/analyse.sh
	tap 'faults (a sample of scripts/faults.sh)' scripts/faults.sh --sample build/release/vial
	tap 'system calls' scripts/syscall-budget.sh build/release/vial
	tap 'reproducible' scripts/check-reproducible.sh
	tap 'bench tools' scripts/bench.sh --smoke
	tap 'api' unshare --mount --propagation private tests/api/api.sh
	tap 'packages' scripts/test-packages.sh
	tap 'documents' tests/docs/run.py
fi

table
cat "$logs/not-ok"
[ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
cat "$logs"/*.log | sed -nE 's/^ok .*# skip ?\(?([^)]*)\)?$/\1/p' | sort | uniq -c | sort -rn
echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
