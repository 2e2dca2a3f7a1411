#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS [TARGET...]: run each fuzz target of tests/fuzz (or those named: fuzz_json or json)
# for so many seconds with libFuzzer, ASan and UBSan, one after the other.
#
# Starts from the seeds in tests/fuzz/corpus; what is found on the way is kept in build/fuzz/found,
# from where the next run goes on; inputs that break a promise in build/fuzz/broken. A line for each
# target at the end: executions, what they covered, findings. Exit code 1 when there is a finding,
# or when a target did not run.
#
# FUZZ_MAX_LEN (65536): bytes of the longest input that is tried.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

usage() {
	echo "usage: $0 SECONDS [TARGET...]" >&2
	exit 2
}

[[ ${1-} =~ ^[1-9][0-9]*$ ]] || usage
seconds=$1
shift

cmake --preset fuzz >/dev/null || exit 2
mapfile -t all < <(cd tests/fuzz && basename -s .c -a fuzz_*.c)
targets=()
for name; do
	name=fuzz_${name#fuzz_}
	[ -e "tests/fuzz/$name.c" ] || usage
	targets+=("$name")
done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")
cmake --build --preset fuzz --target "${targets[@]}" >build/fuzz/build.log 2>&1 || {
	cat build/fuzz/build.log
	exit 2
}

broken=build/fuzz/broken
mkdir -p "$broken"
failed=0
summary=()

# The last number that libFuzzer printed behind a word, or 0.
figure() { sed -nE "s/.*$1 *([0-9]+).*/\1/p" "$2" | tail -n 1 | grep . || echo 0; }

fuzz() {
	local name=$1 found=build/fuzz/found/$1 log=build/fuzz/$1.log status=0 line
	local seeds dict=()
	mkdir -p "$found"
	read -ra seeds <"build/fuzz/tests/fuzz/$name.seeds"
	[ ! -e "tests/fuzz/$name.dict" ] || dict=("-dict=tests/fuzz/$name.dict")
	"build/fuzz/tests/fuzz/$name" -max_total_time="$seconds" -max_len="${FUZZ_MAX_LEN:-65536}" \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$broken/$name-" \
		"${dict[@]}" "$found" "tests/fuzz/corpus/$name" "${seeds[@]}" >"$log" 2>&1 || status=$?
	printf -v line '%-16s %11s executions %7s/s %6s edges %6s features' "$name" \
		"$(figure 'stat::number_of_executed_units:' "$log")" \
		"$(figure 'stat::average_exec_per_sec:' "$log")" \
		"$(figure ' cov:' "$log")" "$(figure ' ft:' "$log")"
	if [ "$status" -eq 0 ] && grep -q '^stat::number_of_executed_units' "$log"; then
		summary+=("$line")
		return
	fi
	summary+=("$line  FINDING: $log")
	failed=1
	tail -n 40 "$log"
}

for target in "${targets[@]}"; do
	fuzz "$target"
done
printf '%s\n' "${summary[@]}"
exit "$failed"
