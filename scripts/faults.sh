#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh [--sample] [VIAL [OPTION...]]: faults at each system call of each command, in a pid
# namespace of its own and a private view of pure cgroup2: tests/faults/sweep.py says what is done and
# what its options are, tests/faults/inject.c how. --sample: a minute's worth. Speaks TAP. Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
options=()
if [ "${1-}" = --sample ]; then
	options=(--sample 97)
	shift
fi
vial=$(realpath "${1:-build/release/vial}")
[ $# -eq 0 ] || shift
work=$(mktemp -d)
trap 'rmdir "$work"' EXIT
# What runs a sanitizer is slower; leaks are not looked for in a process that is traced.
[[ $vial != */dev* ]] || options+=(--patience 5)
export ASAN_OPTIONS=detect_leaks=0

# shellcheck disable=SC2016 # the inner shell's
unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh -ec '
	work=$1
	vial=$2
	shift 2
	mount -t cgroup2 none /sys/fs/cgroup
	mount -t tmpfs none "$work"
	cc -O1 -D_GNU_SOURCE -Ilibcontainer -o "$work/inject" tests/faults/*.c \
		libcontainer/seccomp/names.c libcontainer/seccomp/syscall_n*.c
	python3 tests/faults/sweep.py "$vial" "$work/inject" "$work" "$@"
' sh "$work" "$vial" "${options[@]}" "$@"
