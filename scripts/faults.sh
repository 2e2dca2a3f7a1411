#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh [--sample] [VIAL]: faults at the Nth system call, injected by strace, in a private view of
# pure cgroup2. After each, one `delete --force`; then nothing may be left, nothing may have taken more
# than 4 s, and a `run` that said success must have shown the posture of a clean one. Speaks TAP, one
# test a row of the table. --sample takes every 15th point. Needs root, strace, jq, busybox.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
step=1
if [ "${1-}" = --sample ]; then
	step=15
	shift
fi
vial=$(realpath "${1:-build/release/vial}")
if [ "${2-}" != inside ]; then
	sample=()
	[ $step -eq 1 ] || sample=(--sample)
	exec unshare --mount --propagation private "$0" "${sample[@]}" "$vial" inside
fi
mount -t cgroup2 none /sys/fs/cgroup || exit 1
work=$(mktemp -d)
mount -t tmpfs none "$work" || exit 1
trap 'umount -l "$work"; rmdir "$work"' EXIT
state=$work/state
cgroup=/vial-faults-$$
mark=VIAL_FAULTS=$$
failed=0
row=0

bundle() {
	local dir=$work/$1 applet
	mkdir -p "$dir"/rootfs/{bin,proc,sys,dev,etc}
	cp /bin/busybox "$dir/rootfs/bin/"
	for applet in sh cat grep cut sort ls wc sleep true; do ln -sf busybox "$dir/rootfs/bin/$applet"; done
	jq --arg mark "$mark" --arg cg "$cgroup" --arg sh "$2" '.root.path = "rootfs" | del(.hooks)
		| .process.args = ["sh", "-c", $sh] | .process.env += [$mark] | .linux.cgroupsPath = $cg
		| .mounts |= map(select(.type != "bind"))' tests/golden/configs/docker20-default.json \
		>"$dir/config.json"
}
bundle waits 'sleep 1000'
bundle shows 'grep -E "Cap|NoNew|Seccomp:|Groups" /proc/self/status
	cut -d" " -f4-6 /proc/self/mountinfo | sort; ls /proc/self/fd | wc -l; ulimit -n'

v() { env "$mark" timeout 20 "$vial" --root "$state" "$@" </dev/null; }
now() { date +%s%3N; }

# The processes that carry the mark, but for this script's own.
processes() {
	grep -lzFx "$mark" /proc/[0-9]*/environ 2>/dev/null | wc -l
}
left() {
	local n=0
	while [ $((n += 1)) -le 20 ] && { [ "$(processes)" -gt 0 ] || [ -d "/sys/fs/cgroup$cgroup" ]; }; do
		sleep 0.05
	done
	[ "$(processes)" -eq 0 ] || echo -n " processes"
	[ ! -d "/sys/fs/cgroup$cgroup" ] || echo -n " cgroup"
	[ -z "$(ls -A "$state" 2>/dev/null)" ] || echo -n " state"
	! grep -q " $work/[ws]" /proc/self/mountinfo || echo -n " mounts"
}

# before COMMAND: bring the container to where COMMAND makes sense.
before() {
	[ "$1" != create ] || return 0
	[ "$1" != run ] || return 0
	v create --bundle "$work/waits" f >/dev/null 2>&1
	[ "$1" != start ] || return 0
	v start f >/dev/null 2>&1
	[ "$1" != delete ] || { v kill f KILL && sleep 0.1; } >/dev/null 2>&1
}

# sweep NAME COMMAND FROM TO FOLLOW INJECTION CALLS
sweep() {
	local name=$1 command=$2 n rc fired=0 bad=0 why t args=() follow=()
	case $command in
	create) args=(create --bundle "$work/waits" f) ;;
	run) args=(run --bundle "$work/shows" f) ;;
	exec) args=(exec f true) ;;
	kill) args=(kill f KILL) ;;
	force) args=(delete --force f) ;;
	*) args=("$command" f) ;;
	esac
	[ "$5" = no ] || follow=(-f)
	for n in $(seq "$3" $step "$4"); do
		rm -rf "$state"
		before "$command"
		t=$(now)
		# In braces, for the shell's own word on what was killed.
		{
			env "$mark" timeout -k 2 15 strace "${follow[@]}" -qq -o "$work/trace" \
				-e "inject=$7:$6:when=$n" "$vial" --root "$state" "${args[@]}" \
				>"$work/out" 2>"$work/err" </dev/null
		} 2>/dev/null
		rc=$?
		t=$(($(now) - t))
		fired=$((fired + 1))
		why=
		[ $t -le 4000 ] || why=" hang"
		[ "$command" != run ] || [ $rc -ne 0 ] || cmp -s "$work/clean" "$work/out" || why="$why posture"
		v delete --force f >/dev/null 2>&1 || why="$why delete"
		why=$why$(left)
		[ -z "$why" ] && continue
		bad=$((bad + 1))
		echo "# $name, call $n, status $rc:$why; $(grep -m 1 INJECTED "$work/trace" | cut -c1-90)"
		grep -lzFx "$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | xargs -r kill -9 2>/dev/null
		rmdir "/sys/fs/cgroup$cgroup" 2>/dev/null
	done
	row=$((row + 1))
	if [ $bad -eq 0 ]; then
		echo "ok $row $name: $fired points, 0 bad"
	else
		echo "not ok $row $name: $fired points, $bad bad"
		failed=1
	fi
}

if ! v run --bundle "$work/shows" f >"$work/clean" 2>&1; then
	cat "$work/clean"
	echo "not ok 1 a clean run"
	exit 1
fi
mounts=move_mount,mount_setattr,open_tree,fsmount,fsconfig,fsopen,openat2
rights=prctl,capset,setgroups,setresuid,setresgid,seccomp
sweep 'SIGKILL of create' create 1 260 no signal=SIGKILL all
for command in start exec kill pause delete force; do
	sweep "SIGKILL of $command" $command 1 120 no signal=SIGKILL all
done
for error in ENOMEM EPERM EIO EINTR ENOENT; do
	sweep "$error in all processes of run" run 8 240 yes error=$error all
done
sweep 'EPERM of mount calls' run 1 60 yes error=EPERM $mounts
sweep 'EINVAL of calls about rights' run 1 60 yes error=EINVAL $rights
exit $failed
