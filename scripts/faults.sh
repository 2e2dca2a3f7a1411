#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh [--sample] [VIAL]: faults at each system call, injected by strace, in a private view of
# pure cgroup2. A point is the Kth call of one name in one process, taken from the trace of a clean
# run; only those count at which strace says that it injected, in a process of ours: what it does to
# the container's own program is not looked at. After each, one `delete --force`; then nothing may be
# left, nothing may have taken more than 4 s, and a `run` that said success must have shown the
# posture of a clean one. Speaks TAP, one test a row. --sample takes every 15th point. Needs root.
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
	for applet in sh cat ls sleep true; do ln -sf busybox "$dir/rootfs/bin/$applet"; done
	jq --arg mark "$mark" --arg cg "$cgroup" --arg sh "$2" '.root.path = "rootfs" | del(.hooks)
		| .process.args = ["sh", "-c", $sh] | .process.env += [$mark] | .linux.cgroupsPath = $cg
		| .mounts |= map(select(.type != "bind"))' tests/golden/configs/docker20-default.json \
		>"$dir/config.json"
}
bundle waits 'sleep 1000'
bundle shows 'cat /proc/self/status /proc/self/mountinfo; ls /proc/self/fd; ulimit -n'

# What of that is the same in each run: not pids, device numbers, mount ids, page faults.
posture() {
	sed -nE 's/^(Cap|NoNew|Seccomp:|Groups|Uid|Gid|Umask)/\1/p
		s/^[0-9]+ [0-9]+ [0-9:]+ ([^ ]+ [^ ]+ [^ ]+) .*/\1/p; /^([0-9]+|unlimited)$/p' "$1" | sort
}

v() { env "$mark" timeout 20 "$vial" --root "$state" "$@" </dev/null; }

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

# A line of a trace is the container's program's from its execve on, and all that of a process that
# comes up later, too. strace numbers and counts its processes as everyone else's.
# shellcheck disable=SC2016 # awk's
own='!($1 in first) { first[$1] = 1; program[$1] = executed }
	/execve\("\/bin\// { executed = program[$1] = 1 }'

# Which processes did the fault of the trace hit: ours, theirs (the program's), both, none?
hit() {
	awk "$own"' /INJECTED|killed by SIGKILL/ { if (program[$1]) theirs = 1; else ours = 1 }
		END { print ours ? theirs ? "both" : "ours" : theirs ? "theirs" : "none" }' "$work/trace"
}

# points: "NAME COUNT" of the trace, the most calls of that name that one process of ours makes.
points() {
	awk "$own"' program[$1] || /resumed>|\+\+\+|---/ { next }
		match($0, /^[0-9]+ +[a-z0-9_]+\(/) {
			name = $2
			sub(/\(.*/, "", name)
			n = ++calls[$1, name]
			if (n > most[name]) most[name] = n
		}
		END { for (name in most) print name, most[name] }' "$work/trace" | sort
}

traced() {
	# In braces, for the shell's own word on what was killed.
	{
		env "$mark" timeout -k 2 15 strace "${follow[@]}" -o "$work/trace" "$@" \
			"$vial" --root "$state" "${args[@]}" >"$work/out" 2>"$work/err" </dev/null
	} 2>/dev/null
}

# judge COMMAND STATUS MILLISECONDS HIT: what is wrong, if anything. What the program says and how long
# it takes counts only where it was left alone.
judge() {
	[ "$4" = both ] || [ "$3" -le 4000 ] || echo -n " hang"
	if [ "$1" = run ] && [ "$2" -eq 0 ] && [ "$4" = ours ]; then
		posture "$work/out" | cmp -s "$work/clean" - || echo -n " posture"
	fi
	v delete --force f >/dev/null 2>&1 || echo -n " delete"
	left
}

# sweep NAME COMMAND INJECTION CALLS: CALLS: a pattern of names
sweep() {
	local name=$1 command=$2 call most k rc t who why point=0 fired=0 bad=0 args=() follow=()
	case $command in
	create) args=(create --bundle "$work/waits" f) ;;
	run) args=(run --bundle "$work/shows" f) && follow=(-f) ;;
	exec) args=(exec f true) ;;
	kill) args=(kill f KILL) ;;
	force) args=(delete --force f) ;;
	*) args=("$command" f) ;;
	esac
	rm -rf "$state"
	before "$command"
	traced
	[ "$command" = run ] || sed -i 's/^/1 /' "$work/trace"
	v delete --force f >/dev/null 2>&1
	while read -r call most; do
		for k in $(seq "$most"); do
			point=$((point + 1))
			[ $((point % step)) -eq 0 ] || continue
			rm -rf "$state"
			before "$command"
			t=$(date +%s%3N)
			traced -e "inject=$call:$3:when=$k"
			rc=$?
			t=$(($(date +%s%3N) - t))
			[ "$command" = run ] || sed -i 's/^/1 /' "$work/trace"
			who=$(hit)
			why=
			case $who in
			ours | both)
				fired=$((fired + 1))
				why=$(judge "$command" "$rc" "$t" "$who")
				;;
			*) v delete --force f >/dev/null 2>&1 ;;
			esac
			[ -n "$why" ] || continue
			bad=$((bad + 1))
			echo "# $name, $call $k, status $rc:$why; $(grep -m 1 INJECTED "$work/trace" | cut -c1-90)"
			grep -lzFx "$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | xargs -r kill -9 2>/dev/null
			rmdir "/sys/fs/cgroup$cgroup" 2>/dev/null
		done
	done < <(points | grep -E "^($4) ")
	row=$((row + 1))
	if [ $bad -eq 0 ] && [ $fired -gt 0 ]; then
		echo "ok $row $name: $fired faults, 0 bad"
	else
		echo "not ok $row $name: $fired faults, $bad bad"
		failed=1
	fi
}

if ! v run --bundle "$work/shows" f >"$work/out" 2>&1; then
	cat "$work/out"
	echo "not ok 1 a clean run"
	exit 1
fi
posture "$work/out" >"$work/clean"
sweep 'SIGKILL of create' create signal=SIGKILL '.*'
for command in start exec kill pause delete force; do
	sweep "SIGKILL of $command" "$command" signal=SIGKILL '.*'
done
sweep 'SIGKILL of each process of run' run signal=SIGKILL '.*'
for error in ENOMEM EPERM EIO EINTR; do
	sweep "$error in each process of run" run "error=$error" '.*'
done
sweep 'EINVAL of calls about mounts and rights in run' run error=EINVAL \
	'move_mount|mount_setattr|open_tree|fs[a-z]*|openat2|prctl|capset|set.*|seccomp'
exit $failed
