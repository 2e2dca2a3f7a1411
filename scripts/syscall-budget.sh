#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# syscall-budget.sh [VIAL]: count the system calls of `run` with Docker's configuration, by all
# processes, the program's own included, in a private view of pure cgroup2. Fails when there are more
# than bench/syscall-budget says, so that they cannot creep. Speaks TAP. Needs root and strace.
set -euo pipefail
cd "$(dirname "$0")/.."
vial=$(realpath "${1:-build/release/vial}")

if [ "${2-}" != inside ]; then
	exec unshare --mount --propagation private "$0" "$vial" inside
fi
mount -t cgroup2 none /sys/fs/cgroup
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mount -t tmpfs none "$work"
trap 'umount -l "$work"; rmdir "$work"' EXIT

mkdir -p "$work"/bundle/rootfs/{bin,proc,sys,dev,etc}
cp /bin/busybox "$work/bundle/rootfs/bin/true"
jq '.root.path = "rootfs" | .process.args = ["true"] | del(.hooks) | .linux.cgroupsPath = "/vial-budget"
	| .mounts |= map(select(.type != "bind"))' tests/golden/configs/docker20-default.json \
	>"$work/bundle/config.json"
run=("$vial" --root "$work/state" run --bundle "$work/bundle" budget)
"${run[@]}" # makes the state root; shows what is wrong, if anything
# Not our own streams: pipes cost a few more.
strace -f -qq -o "$work/trace" "${run[@]}" </dev/null >"$work/out" 2>&1 || {
	cat "$work/out"
	exit 1
}
n=$(grep -cvE 'resumed>|^[0-9]+ +(\+\+\+|---)' "$work/trace")
budget=$(cat bench/syscall-budget)
if [ "$n" -gt "$budget" ]; then
	echo "not ok 1 system calls of run: $n, at most $budget"
	exit 1
fi
echo "ok 1 system calls of run: $n, at most $budget"
