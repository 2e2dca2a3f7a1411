#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `vial check`: what it says of a host. Each finding is provoked by a host that is made to be so,
# in namespaces of the test's own.

bats_require_minimum_version 1.5.0

load check

@test "a host on which containers run has no failure; as text and as JSON" {
	check
	status_is 0
	no_finding failure
	counts_agree
	finding pass kernel version "Linux $(uname -r)"
	finding pass kernel calls 'openat2(2)'
	finding pass namespaces kinds 'pid, network, mount, ipc, uts, user'
	finding pass users open_files
	is "$(jq -r '[.findings[].area] | unique | join(" ")' "$T/json")" 'cgroups helpers kernel namespaces security users'
	v check
	status_is 0
	has "  ok    version: Linux $(uname -r)"
	lacks FAIL
	grep -qxE '[0-9]+ passed, [0-9]+ warnings?, 0 failures' "$T/out" || fail "no count"
	is "$(grep -cE '^  (ok  |WARN|FAIL)  [a-z]' "$T/out")" "$(jq '.findings | length' <("$VIAL" check --format json))"
	assert_nothing_left
}

@test "wrong words on the command line" {
	v check --format yaml
	fails_with 2 'invalid format "yaml": text or json'
	v check --frmat json
	status_is 2
	has 'flag provided but not defined: -frmat'
	v check now
	status_is 2
	has 'requires exactly 0 argument(s)'
	v check --bundle "$T/no/such"
	fails_with 2 'no such file or directory'
	status=0
	"$VIAL" check >&- 2>"$T/err" || status=$?
	is "$status" 2
}

# lacking CALL LEVEL NAME: a kernel without a system call, as far as the program can see
lacking() {
	on strace -f -qq -o /dev/null -e trace="$1" -e inject="$1:error=ENOSYS" "$T/vial" check --format json
	finding "$2" kernel "$3" 'this kernel has no '
	counts_agree
	case $2 in failure) status_is 1 ;; *) status_is 0 ;; esac
}

@test "a kernel that lacks system calls" {
	command -v strace || fail "no strace"
	lacking openat2 warning openat2
	lacking mount_setattr failure mount_setattr
	lacking fsopen failure fsopen
	lacking pidfd_open failure pidfd
	lacking seccomp failure seccomp
	lacking bpf warning bpf
}

@test "namespaces that cannot be made, for root of a user namespace and for a user" {
	on unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces; exec "$0" check --format json' "$T/vial"
	status_is 1
	finding failure namespaces uts 'no space left on device' '/proc/sys/user/max_*_namespaces'
	finding warning users max_namespaces 'max_uts_namespaces is 0' 'sysctl user.max_uts_namespaces'
	on unshare -U --map-user=1000 --keep-caps sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
		exec "$0" check --format json' "$T/vial"
	status_is 1
	finding failure namespaces user '' 'user.max_user_namespaces'
	# What cannot be tried without one is not told to fail as well
	is "$(jq '[.findings[] | select(.area == "namespaces")] | length' "$T/json")" 1
}

@test "root without the right to make namespaces" {
	on setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$T/vial" check --format json
	status_is 1
	finding failure namespaces pid 'operation not permitted' 'CAP_SYS_ADMIN'
	finding failure namespaces mount
	finding pass namespaces kinds 'user'
}

@test "layouts of cgroups" {
	with 'mount -t cgroup2 none /sys/fs/cgroup'
	finding pass cgroups layout 'v2, 1 hierarchy'
	finding pass cgroups kill
	with 'mount -t tmpfs none /sys/fs/cgroup; umount -l /sys/fs/cgroup/* 2>/dev/null || :'
	status_is 1
	finding failure cgroups layout 'no cgroup hierarchy is mounted' 'mount -t cgroup2'
	on unshare -m --propagation private sh -ec '
		mount -t tmpfs none /sys/fs/cgroup; exec "$0" --cgroup-manager=disabled check --format json' "$T/vial"
	status_is 0
	finding pass cgroups layout 'not used'
	with 'mount -t cgroup2 -o ro none /sys/fs/cgroup; mount -o remount,bind,ro /sys/fs/cgroup'
	status_is 1
	finding failure cgroups writable '/sys/fs/cgroup is mounted read-only'
}

@test "controllers that are not there" {
	local name
	with 'mount -t cgroup2 none /sys/fs/cgroup; cp /sys/fs/cgroup/cgroup.controllers has'
	for name in memory cpu pids io cpuset; do
		if grep -qw $name "$B/has"; then
			finding pass cgroups controllers " $name"
		else
			finding warning cgroups $name "the controller $name is not here" 'cgroup.subtree_control'
		fi
	done
	needs_v1
	with 'mount -t tmpfs none /sys/fs/cgroup; mkdir /sys/fs/cgroup/m; mount -t cgroup -o memory none /sys/fs/cgroup/m'
	status_is 0
	finding pass cgroups layout 'v1, 1 hierarchy'
	finding pass cgroups controllers memory
	finding warning cgroups freezer '`pause` cannot be had' 'mount its hierarchy'
	finding warning cgroups pids linux.resources.pids
}

@test "systemd that does not answer" {
	on "$T/vial" --systemd-cgroup check --format json
	if [ -e /run/systemd/system ]; then
		finding pass cgroups systemd
	else
		status_is 1
		finding failure cgroups systemd "connect to systemd's system manager over D-Bus" 'leave --systemd-cgroup out'
	fi
	with 'mount -t tmpfs none /run; mkdir -p /run/systemd/system'
	status_is 0
	finding warning cgroups systemd '' '--systemd-cgroup cannot be used'
}

@test "an ordinary user: delegation, subordinate ids, newuidmap" {
	user "$T/vial" check --format json
	status_is 0
	finding pass namespaces kinds 'user'
	finding warning cgroups delegation 'no cgroup is delegated' 'systemd-run --user --scope -p Delegate=yes'
	finding warning users subuid '/etc/subuid gives 0 ids' 'usermod --add-subuids'
	finding warning users subgid
	finding pass users newuidmap

	echo '12345:300000:65536' >"$B/subids"
	on unshare -m --propagation private sh -ec 'mount --bind subids /etc/subuid; mount --bind subids /etc/subgid
		for f in /usr/bin/newuidmap /bin/newuidmap; do [ ! -e $f ] || mount --bind /dev/null $f; done
		exec setpriv --reuid 12345 --regid 12345 --clear-groups "$0" check --format json' "$T/vial"
	finding pass users subuid '/etc/subuid gives 65536 ids'
	finding pass users subgid
	finding warning users newuidmap 'newuidmap is not installed' uidmap
	finding pass users newgidmap
}

@test "sysctls that keep users from namespaces are for users to know" {
	check
	is "$(jq '[.findings[] | select(.name | startswith("subuid"))] | length' "$T/json")" 0
	# /proc/sys of this kernel may lack it: a file system of the test's own has it
	on unshare -m --propagation private sh -ec 'mount -t tmpfs none /proc/sys/kernel
		echo 0 >/proc/sys/kernel/unprivileged_userns_clone; echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
		exec setpriv --reuid 12345 --regid 12345 --clear-groups "$0" check --format json' "$T/vial"
	finding warning users unprivileged_userns_clone 'unprivileged_userns_clone is 0' 'sysctl kernel.unprivileged_userns_clone=1'
	finding warning users apparmor_restrict_unprivileged_userns 'is 1'
}

@test "few open files" {
	on sh -c 'ulimit -Sn 40; exec "$0" check --format json' "$T/vial"
	finding warning users open_files '40 files' 'ulimit -n'
}

@test "helper programs and security modules" {
	check
	finding warning helpers vial-netdev 'vial-netdev is not there' 'linux.netDevices' # none beside the copy
	ln -s "$VIAL" "$T/linked"
	mkdir "$T/bin"
	printf '#!/bin/sh\necho Version: 4.2\n' >"$T/bin/criu"
	chmod 755 "$T/bin/criu"
	on env PATH="$T/bin:$PATH" "$T/linked" check --format json
	finding pass helpers vial-netdev
	finding pass helpers criu "$T/bin/criu, version 4.2"
	printf '#!/bin/sh\nexit 3\n' >"$T/bin/criu"
	on env PATH="$T/bin:$PATH" "$T/vial" check --format json
	finding warning helpers criu 'does not work'
	status_is 0
	with 'mount -t tmpfs none /sys/module; mkdir -p /sys/module/apparmor/parameters
		echo Y >/sys/module/apparmor/parameters/enabled'
	is "$(jq -r '.findings[] | select(.name == "apparmor").text' "$T/json")" AppArmor
}

@test "inside of a container: its filter is told" {
	config --arg d "$T" '.mounts += [{destination: "/data", type: "bind", source: $d, options: ["bind", "ro"]}]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["bpf"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	file "$T/vial" 2>/dev/null | grep -q 'dynamically linked' &&
		config '.mounts += [("/lib", "/lib64", "/usr/lib") | {destination: ., type: "bind", source: ., options: ["rbind", "ro"]}]'
	set_args /data/vial check --format json
	on "$VIAL" --root "$ROOT" run "$ID"
	finding warning kernel filter 'runs under a seccomp filter'
	finding warning kernel bpf
	finding failure namespaces mount
	status_is 1
}
