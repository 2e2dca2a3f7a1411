#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# many.sh [N [VIAL]]: create and start N containers (1000), 16 at a time; ask each whether it runs;
# delete them all; look whether anything is left. Prints figures; fails when one is missing or
# something stays. Needs root and busybox-static.
set -uo pipefail
n=${1:-1000}
vial=$(realpath "${2:-$(dirname "$0")/../build/release/vial}")
work=$(mktemp -d)
cgroup=/vial-many-$$
mark=VIAL_MANY=$$
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/rootfs/{bin,proc,sys,dev}
cp /bin/busybox "$work/rootfs/bin/sleep"
for i in $(seq "$n"); do
	mkdir -p "$work/b/$i"
	cat >"$work/b/$i/config.json" <<-END
		{"ociVersion": "1.0.2", "root": {"path": "$work/rootfs", "readonly": true},
		"process": {"args": ["sleep", "1000"], "cwd": "/", "env": ["PATH=/bin", "$mark"], "user": {"uid": 0, "gid": 0}},
		"mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
		"linux": {"cgroupsPath": "$cgroup/$i",
		"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}]}}
	END
done

# all LABEL COMMAND...: the command for each number @, 16 at a time
all() {
	local label=$1 since
	shift
	since=$(date +%s%3N)
	seq "$n" | xargs -P 16 -I@ "$@"
	local status=$? ms=$(($(date +%s%3N) - since))
	[ $ms -gt 0 ] || ms=1
	echo "$label: $ms ms, $((n * 1000 / ms)) a second"
	return $status
}
failed=0
# The containers keep standard error open: a file, or xargs' caller waits for them.
# shellcheck disable=SC2016 # the inner shell's
all run env "$mark" sh -c '"$0" --root "$1/state" run -d --bundle "$1/b/$2" "$2" </dev/null >>"$1/log" 2>&1' "$vial" "$work" @ || failed=1
up=$("$vial" --root "$work/state" list --format json | tr '}' '\n' | grep -c '"status":"running"')
echo "$up of $n up"
all delete "$vial" --root "$work/state" delete --force @ || failed=1
[ "$up" -eq "$n" ] || failed=1

left() {
	find "$work/state" -mindepth 1
	find /sys/fs/cgroup -mindepth 2 -path "*$cgroup/*" -type d 2>/dev/null
	grep -lzFx "$mark" /proc/[0-9]*/environ 2>/dev/null | while read -r f; do
		[ "$f" = "/proc/$$/environ" ] || echo "$f"
	done
	grep -F " $work/" /proc/self/mountinfo
}
for _ in $(seq 100); do
	[ -n "$(left)" ] || break
	sleep 0.05
done
if [ -n "$(left)" ]; then
	echo "left behind:"
	left | head
	failed=1
fi
find /sys/fs/cgroup -depth -type d -name "${cgroup#/}" -exec rmdir {} + 2>/dev/null
[ $failed -eq 0 ] || head "$work/log"
exit $failed
