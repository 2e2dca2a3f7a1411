#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh [--sample] [VIAL [OPTION...]]: faults at each system call of each command, in a pid
# namespace of its own and a private view of pure cgroup2: tests/faults/sweep.py says what is done and
# what its options are, tests/faults/inject.c how. --sample: a minute's worth. Speaks TAP. Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1-}" = --sample ]; then
	shift
	status=0
	"$0" "${1-build/release/vial}" --sample 149 || status=1
	for kind in terminal userns notify hooks hybrid; do
		"$0" "${1-build/release/vial}" --kind $kind --sample 127 \
			--rows '^(KILL|KILLALL|set1|EINTR) at N of (create|start|exec|force),' || status=1
	done
	exit $status
fi
vial=$(realpath "${1:-build/release/vial}")
[ $# -eq 0 ] || shift
options=()
view=unified
[[ " $* " != *" --kind hybrid "* ]] || view=hybrid
work=$(mktemp -d)
trap 'rmdir "$work"' EXIT
# What runs a sanitizer is slower; leaks are not looked for in a process that is traced.
[[ $vial != */dev* ]] || options+=(--patience 5)
export ASAN_OPTIONS=detect_leaks=0

# Beside a real systemd (tests/vm/sdctr) there is no pid namespace of our own, and neither compiler nor Python.
if [[ " $* " == *" --kind systemd "* ]]; then
	mkdir -p build/faults
	cc -O1 -static -D_GNU_SOURCE -Ilibcontainer -o build/faults/inject tests/faults/*.c \
		libcontainer/seccomp/names.c libcontainer/seccomp/syscall_n*.c
	lib=$(ldd /usr/bin/python3 | sed -n 's#.* => \(.*\)/libc.so.*#\1#p')
	loader=$(readlink -f "$(ldd /usr/bin/python3 | grep -o '/lib[^ ]*/ld-[^ ]*')")
	tests/vm/sdctr -s / env PYTHONHOME=/host/usr "/host$loader" --library-path "/host$lib" \
		/host/usr/bin/python3 -B "/host$PWD/tests/faults/sweep.py" "/host$vial" "/host$PWD/build/faults/inject" \
		/tmp/faults "${options[@]}" "$@"
	exit
fi

# shellcheck disable=SC2016 # the inner shell's
unshare --mount --propagation private --pid --fork --kill-child --mount-proc sh -ec '
	work=$1
	vial=$2
	view=$3
	shift 3
	[ "$view" = hybrid ] || mount -t cgroup2 none /sys/fs/cgroup
	mount -t tmpfs none "$work"
	cc -O1 -D_GNU_SOURCE -Ilibcontainer -o "$work/inject" tests/faults/*.c \
		libcontainer/seccomp/names.c libcontainer/seccomp/syscall_n*.c
	python3 -B tests/faults/sweep.py "$vial" "$work/inject" "$work" "$@"
' sh "$work" "$vial" "$view" "${options[@]}" "$@"
