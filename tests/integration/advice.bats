#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Errors that explain, where the host must be made to fail first: by the system call's own error, put
# there by strace, by read-only cgroups, by cgroups that take no processes.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	load cgroup
	cg_fixture
	vial_only "the advice is ours"
	cp "$VIAL" "$T/vial"
}
teardown() {
	teardown_container
}

# injected CALL ERROR ARGUMENTS...: the first such call of each process of the runtime fails
injected() {
	# LeakSanitizer, where it is in, does not work under strace.
	w env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace="$1" -e inject="$1:error=$2:when=1" "$VIAL" --root "$ROOT" "${@:3}"
	grep -q INJECTED "$T/trace" || fail "$1 was not called"
}

@test "open files of the whole host are used up" {
	injected clone3 ENFILE run "$ID"
	status_is 1
	has '(the limit of open files for the whole host is reached: see `sysctl fs.file-max`)'
	injected socketpair ENFILE create "$ID"
	status_is 1
	has '(the limit of open files for the whole host is reached: see `sysctl fs.file-max`)'
	assert_nothing_left
}

@test "the quota of the state root is used up" {
	injected write EDQUOT run "$ID"
	status_is 1
	has '.json'
	has 'disk quota exceeded (the quota on the file system that holds the state, see --root, is used up)'
	assert_nothing_left
}

# no_userns SYSCTL VALUE: run as an ordinary user whom the kernel denies clone3(2), as one with that
# setting does, which need not be this one.
no_userns() {
	mkdir -p "$T/sysctl" "$T/user"
	cp /proc/sys/kernel/{cap_last_cap,overflowuid,overflowgid,osrelease} "$T/sysctl"
	rm -f "$T"/sysctl/*userns*
	echo "$2" >"$T/sysctl/$1"
	chmod 755 "$T" "$B"
	chmod -R a+rX "$T/sysctl"
	chown 12345:12345 "$T/user"
	w unshare -m --propagation private sh -ec 'mount --bind "$1" /proc/sys/kernel
		exec setpriv --reuid 12345 --regid 12345 --clear-groups strace -f -qq -o "$2/trace" -e trace=clone3 \
			-e inject=clone3:error=EPERM "$3" --root "$2/state" run "$4"' sh "$T/sysctl" "$T/user" "$T/vial" "$ID"
	grep -q INJECTED "$T/user/trace" || fail "clone3 was not called"
}

@test "user namespaces are switched off for ordinary users, by Debian's switch or by AppArmor's" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] |
		.linux.gidMappings = .linux.uidMappings | del(.linux.resources) | del(.linux.cgroupsPath)'
	no_userns unprivileged_userns_clone 0
	status_is 1
	has '(user namespaces are switched off for ordinary users: `sysctl kernel.unprivileged_userns_clone=1` allows them)'
	no_userns apparmor_restrict_unprivileged_userns 1
	status_is 1
	has '(AppArmor lets only programs with a profile make user namespaces: see `sysctl kernel.apparmor_restrict_unprivileged_userns`)'
	no_userns apparmor_restrict_unprivileged_userns 0
	status_is 1
	has '(new namespaces need CAP_SYS_ADMIN or a new user namespace)'
	is "$(ls "$T/user/state" 2>/dev/null)" ''
}

@test "a group range that is not in /etc/subgid, while the users are in /etc/subuid" {
	command -v newuidmap >/dev/null || fail "no newuidmap"
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 700000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | del(.linux.resources) | del(.linux.cgroupsPath)'
	mkdir -p "$T/user"
	chown 12345:12345 "$T/user"
	echo vialtest:700000:10 >"$T/subuid"
	echo nobody:700000:10 >"$T/subgid"
	chmod 755 "$T" "$B"
	w unshare -m --propagation private sh -ec 'cp -a /etc "$1/etc"; mount --bind "$1/etc" /etc
		cp "$1/subuid" "$1/subgid" /etc/; echo "vialtest:x:12345:12345::/:/bin/sh" >>/etc/passwd
		exec setpriv --reuid 12345 --regid 12345 --clear-groups "$1/vial" --root "$1/user/state" run "$2"' sh "$T" "$ID"
	status_is 1
	has 'newgidmap failed: newgidmap: gid range [0-10) -> [700000-700010) not allowed (the range must be in /etc/subgid for this user; `usermod --add-subgids` adds one)'
}

@test "cgroups that are mounted read-only" {
	w unshare -m --propagation private sh -ec 'for d in /sys/fs/cgroup /sys/fs/cgroup/*; do
			! mountpoint -q "$d" || mount -o remount,bind,ro "$d"; done
		exec "$0" --root "$1" --rootless false run "$2"' "$VIAL" "$ROOT" "$ID"
	status_is 1
	has 'read-only file system (cgroups are mounted read-only here: a container that runs containers needs them writable)'
	assert_nothing_left
}

@test "exec into a cgroup without CPUs (cgroup v1)" {
	v1_only
	controller cpuset
	start_sleeper
	mkdir "$(cg_dir cpuset)/sub"
	v exec --cgroup cpuset:/sub "$ID" true
	status_is 255
	has 'no space left on device (its cpuset.cpus or cpuset.mems is empty)'
	is_state running
}

@test "exec into a cgroup of the wrong type" {
	local dir
	start_sleeper
	[ -n "$(cg_v2_top)" ] || skip "no cgroup2 here"
	for dir in $(cgroup_dirs); do
		mkdir "$dir/sub"
		[ ! -e "$dir/cpuset.cpus" ] || cg_is_v2 || for f in cpus mems; do cat "$dir/cpuset.$f" >"$dir/sub/cpuset.$f"; done
	done
	# What is beside a threaded cgroup and is not threaded is invalid
	mkdir "$(cg_v2_top)/$CG/threaded"
	echo threaded >"$(cg_v2_top)/$CG/threaded/cgroup.type"
	v exec --cgroup /sub "$ID" true
	status_is 255
	has '(the cgroup is threaded or has an invalid type: see its cgroup.type)'
	is_state running
}

@test "CPUs and devices that the cgroup above has not (cgroup v1)" {
	v1_only
	controller cpuset
	resources '{"cpu": {"cpus": "4095"}}'
	v run "$ID"
	status_is 1
	has 'linux.resources.cpu.cpus: write "4095"'
	has '(not all of these are the cgroup'"'"'s above)'
	if [ "$(nproc)" -gt 1 ]; then
		mkdir -p "$(cg_v1_top cpuset)/vial-tests/$ID"
		echo 0 >"$(cg_v1_top cpuset)/vial-tests/$ID/cpuset.mems"
		echo 0 >"$(cg_v1_top cpuset)/vial-tests/$ID/cpuset.cpus"
		resources '{"cpu": {"cpus": "0-1"}}'
		config '.linux.cgroupsPath += "/below"'
		v run "$ID"
		status_is 1
		has '(not all of these are the cgroup'"'"'s above)'
	fi
	config --arg cg "/vial-tests/$ID" 'del(.linux.resources.cpu) | .linux.cgroupsPath = $cg'
	mkdir -p "$(cg_v1_top devices)/vial-tests/$ID"
	echo 'c 1:5 rwm' >"$(cg_v1_top devices)/vial-tests/$ID/devices.deny"
	config '.linux.cgroupsPath += "/below" | .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 5, access: "rwm"}]'
	v run "$ID"
	status_is 1
	has '(the cgroup above does not have this access itself)'
}

@test "resuming below a cgroup that is frozen itself" {
	config '.linux.cgroupsPath += "/below"'
	start_sleeper
	v pause "$ID"
	status_is 0
	local above=FROZEN/THAWED file
	file=$(dirname "$(CG=$CG/below cg_file freezer freezer.state cgroup.freeze)")
	file=$(dirname "$file")/$(basename "$(CG=$CG/below cg_file freezer freezer.state cgroup.freeze)")
	[ -n "$(cg_v1_top freezer)" ] || above=1/0
	echo "${above%/*}" >"$file"
	v resume "$ID"
	status_is 1
	has '(a cgroup above may be frozen)'
	echo "${above#*/}" >"$file"
	wait_state running
}

@test "a deadline that more CPU time is needed for than there is, flags that the kernel has not" {
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 2000000, period: 2000000}'
	injected sched_setattr EBUSY run "$ID"
	status_is 1
	has 'sched_setattr(2): device or resource busy (not enough CPU time is left for it)'
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 1, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	injected sched_setattr EOPNOTSUPP run "$ID"
	status_is 1
	has '(this kernel does not support one of the flags)'
	assert_nothing_left
}

@test "a user namespace that is joined and maps no root" {
	config 'del(.linux.resources) | del(.linux.cgroupsPath)'
	hold_userns
	echo '5 700000 10' >"/proc/$NS_HOLDER/uid_map"
	echo '0 700000 10' >"/proc/$NS_HOLDER/gid_map"
	config --arg p "/proc/$NS_HOLDER/ns/user" '.linux.namespaces += [{type: "user", path: $p}]'
	v run "$ID"
	kill "$NS_HOLDER"
	status_is 1
	has '(uid 0 is not mapped)'
}

# --- what this machine need not have, or what must happen at one moment --------------------------------

@test "SELinux denies the program to its label" {
	local holder
	config '.process.selinuxLabel = "500" | .process.args = ["/bin/true"] | .mounts |= map(select(.type != "cgroup"))'
	env "$MARK" sleep 1000 3>&- 4>&- &
	holder=$!
	# A file of procfs that keeps what is written stands for attr/exec
	w unshare -m --propagation private sh -ec 'mount -t tmpfs none /sys/fs; mkdir -p /sys/fs/selinux; touch /sys/fs/selinux/status
		exec strace -f -qq -o "$1/trace" -P thread-self/attr/exec -P "/proc/$2/oom_score_adj" -P /bin/true \
			-e trace=openat2,close,execve -e inject=openat2:retval=3 -e inject=close:retval=0 -e inject=execve:error=EACCES \
			"$3" --root "$4" --cgroup-manager=disabled run --preserve-fds 1 "$5" 3<>"/proc/$2/oom_score_adj"' \
		sh "$T" "$holder" "$VIAL" "$ROOT" "$ID"
	status_is 1
	is "$(cat "/proc/$holder/oom_score_adj")" 500
	kill "$holder"
	has 'exec /bin/true: permission denied (does SELinux deny it to 500? `ausearch -m avc` tells)'
}

# ends_at CALL COMMAND...: the container's init is killed while a process of this command is held at
# this call; what the command says then.
ends_at() {
	local call=$1 pid init code=0 text
	shift
	start_sleeper
	init=$(pid_of)
	rm -f "$T/trace"
	(cd "$B" && exec env "$MARK" ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace="$call" \
		-e inject="$call:signal=SIGSTOP:when=1" "$VIAL" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-) &
	pid=$!
	until_true 20 grep -q 'stopped by SIGSTOP' "$T/trace" || fail "$call was not called"
	kill -9 "$init"
	wait_state stopped
	kill -CONT "$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$T/trace" | head -1)" 2>/dev/null || true
	wait "$pid" || code=$?
	text=$(cat "$T/out" "$T/err")
	v delete --force "$ID"
	status=$code
	output=$text
}

@test "a container that stops while something joins it" {
	ends_at close_range exec "$ID" true
	status_is 255
	has 'setns(2): no such process (the container has stopped)"'
	ends_at umask exec "$ID" true
	status_is 255
	has 'clone3(2): cannot allocate memory (the container has stopped)"'
	ends_at capset exec "$ID" true
	status_is 255
	has 'the process was ended by signal 9 (the container has stopped meanwhile)"'
	echo '[{"destination": "/data", "type": "tmpfs", "source": "x"}]' >"$T/mounts.json"
	ends_at close_range mounts add "$ID" "$T/mounts.json"
	status_is 1
	has "join the container's namespaces: setns(2): no such process (the container has stopped)\""
	assert_nothing_left
}

@test "a kernel without NUMA, and nodes that cannot be" {
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "900"}'
	injected set_mempolicy ENOSYS run "$ID"
	status_is 1
	has 'MPOL_BIND: set_mempolicy(2): function not implemented (this kernel has no NUMA)'
	injected set_mempolicy EINVAL run "$ID"
	status_is 1
	has '(are the nodes online and in the cpuset, and does this kernel know the mode and its flags?)'
	assert_nothing_left
}

@test "sysfs in a user namespace that shares the host's network, whose /sys cannot be bound" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings | .linux.namespaces |= map(select(.type != "network"))
		| .mounts |= map(select(.type != "devpts" and (.destination | startswith("/sys") | not)))
		| .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]}]'
	chown 100000:100000 "$B/rootfs"
	# LeakSanitizer, where it is in, does not work under strace.
	w env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -P /sys -e trace=open_tree -e inject=open_tree:error=EPERM "$VIAL" --root "$ROOT" run "$ID"
	status_is 1
	grep -q INJECTED "$T/trace" || fail "nobody bound /sys"
	has "operation not permitted (and the host's /sys cannot be bound: operation not permitted)"
	assert_nothing_left
}

@test "no class of service is left in the processor" {
	mkdir -p "$T/resctrl/info/L3"
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=f"}'
	# A directory that the process itself sees as a resctrl
	w unshare -m --propagation private bash -ec '{ cat /proc/self/mountinfo; echo "9999 1 0:99 / $1/resctrl rw - resctrl resctrl rw"; } >"$1/mountinfo"
		mount --bind "$1/mountinfo" /proc/$$/mountinfo
		exec strace -D -f -qq -o "$1/trace" -P "$1/resctrl/$4" -e trace=mkdir -e inject=mkdir:error=ENOSPC "$2" --root "$3" run "$4"' \
		sh "$T" "$VIAL" "$ROOT" "$ID"
	status_is 1
	grep -q INJECTED "$T/trace" || fail "no class was made"
	has "mkdir $T/resctrl/$ID: no space left on device (the processor has no free class of service left)"
}

@test "init is forbidden what it still has to do" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["capset"], action: "SCMP_ACT_KILL_PROCESS"}]}
		| .process.noNewPrivileges = false'
	v run "$ID"
	status_is 1
	has 'init was ended by signal 31 (by its seccomp filter, which forbids what init still has to do)'
	assert_nothing_left
}

@test "a limit of memory below what is in use (cgroup v1)" {
	v1_only
	controller memory
	resources '{"memory": {"limit": 67108864, "swappiness": 0}}'
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs"}]'
	set_sh 'trap "exit 0" TERM; head -c 20000000 /dev/zero >/data/full; echo >/tmp/done; while :; do sleep 0.1; done'
	v run --detach "$ID"
	status_is 0
	until_true 10 "$VIAL" --root "$ROOT" exec "$ID" test -e /tmp/done 3>&-
	v update --memory 4194304 "$ID"
	status_is 1
	has 'memory.limit_in_bytes: device or resource busy (unable to set memory limit to 4194304 (current usage: '
	is_value memory memory.limit_in_bytes memory.max 67108864
}

@test "realtime that the cgroup above has not (cgroup v1)" {
	v1_only
	controller cpu
	[ -e "$(cg_v1_top cpu)/cpu.rt_runtime_us" ] || skip "no realtime groups in this kernel"
	resources '{"cpu": {"realtimeRuntime": 90000, "realtimePeriod": 1000000}}'
	v run "$ID"
	status_is 1
	has '(the cgroups above need a cpu.rt_runtime_us of their own)'
	assert_nothing_left
}

@test "a controller that is not available (cgroup v2)" {
	resources '{"rdma": {"mlx5_0": {"hcaHandles": 2}}}'
	[ -z "$(cg_v1_top rdma)" ] && ! grep -qsw rdma "$(cg_v2_top)/cgroup.controllers" || skip "this machine has rdma"
	w unshare -m --propagation private sh -ec 'mount -t cgroup2 none /sys/fs/cgroup; exec "$0" --root "$1" run "$2"' "$VIAL" "$ROOT" "$ID"
	status_is 1
	has 'cannot set rdma limit: container could not join or create cgroup (controller rdma is not available in /sys/fs/cgroup'
}
