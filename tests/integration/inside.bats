#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a program sees from inside the container.

load helpers
setup() { setup_container; }
teardown() {
	# The first process of a pid namespace dies of nothing less.
	[ -z "${HOLDER-}" ] || kill -KILL "$HOLDER" 2>/dev/null || true
	teardown_container
}

line() { sed -n "$1p" "$T/out"; }

# hold UNSHARE-OPTIONS: a process that keeps namespaces; HOLDER is its pid.
hold() {
	mkfifo "$T/held"
	unshare "$@" sh -c 'echo up >"$0"; exec sleep 1000' "$T/held" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	HOLDER=$!
	read -r _ <"$T/held"
	if [[ " $* " == *" --fork "* ]]; then
		KEEPER=$HOLDER
		HOLDER=$(cat "/proc/$KEEPER/task/$KEEPER/children")
		HOLDER=${HOLDER% }
	fi
}
ns_config() { # TYPE [PATH]: that namespace, joined when PATH is given
	config --arg t "$1" --arg p "${2-}" '.linux.namespaces |= (map(select(.type != $t)) +
		[{type: $t} + (if $p == "" then {} else {path: $p} end)])'
}
no_ns() { config --arg t "$1" '.linux.namespaces |= map(select(.type != $t))'; }

# --- namespaces ---------------------------------------------------------------------------

@test "namespaces: new ones of all kinds, PID 1, hostname" {
	ns_config cgroup
	run_sh 'for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done; echo $$; hostname'
	local i=0 n
	for n in pid net ipc uts mnt cgroup; do
		i=$((i + 1))
		[ "$(line $i)" != "$(readlink "/proc/self/ns/$n")" ] || fail "$n is the host's"
	done
	is "$(line 7)" 1
	is "$(line 8)" box
	assert_nothing_left
}

@test "namespaces: those not named are the host's" {
	no_ns network
	no_ns ipc
	no_ns pid
	run_sh 'for n in net ipc pid cgroup user; do readlink /proc/self/ns/$n; done'
	local i=0 n
	for n in net ipc pid cgroup user; do
		i=$((i + 1))
		is "$(line $i)" "$(readlink "/proc/self/ns/$n")" "$n"
	done
}

@test "namespaces: network, ipc and uts joined by path" {
	hold --net --ipc --uts
	local n
	ns_config network "/proc/$HOLDER/ns/net"
	ns_config ipc "/proc/$HOLDER/ns/ipc"
	ns_config uts "/proc/$HOLDER/ns/uts"
	config 'del(.hostname)'
	run_sh 'for n in net ipc uts; do readlink /proc/self/ns/$n; done'
	is "$(line 1)" "$(readlink "/proc/$HOLDER/ns/net")"
	is "$(line 2)" "$(readlink "/proc/$HOLDER/ns/ipc")"
	is "$(line 3)" "$(readlink "/proc/$HOLDER/ns/uts")"
}

@test "namespaces: pid joined by path" {
	hold --pid --fork --mount-proc
	ns_config pid "/proc/$HOLDER/ns/pid"
	run_sh 'readlink /proc/self/ns/pid; echo $$'
	is "$(line 1)" "$(readlink "/proc/$HOLDER/ns/pid")"
	[ "$(line 2)" -gt 1 ] || fail "PID 1 of a namespace that had one"
}

@test "namespaces: cgroup joined by path" {
	hold --cgroup
	ns_config cgroup "/proc/$HOLDER/ns/cgroup"
	run_sh 'readlink /proc/self/ns/cgroup'
	is "$(line 1)" "$(readlink "/proc/$HOLDER/ns/cgroup")"
}

@test "namespaces: a network that outlives the container" {
	hold --net
	mkdir -p "$T/ns"
	touch "$T/ns/net"
	mount --bind "/proc/$HOLDER/ns/net" "$T/ns/net"
	ns_config network "$T/ns/net"
	run_sh 'readlink /proc/self/ns/net'
	is "$(line 1)" "$(readlink "/proc/$HOLDER/ns/net")"
	umount "$T/ns/net"
}

@test "namespaces: loopback is up in a new network" {
	run_sh 'ip addr show lo 2>/dev/null || ifconfig lo'
	has 127.0.0.1
	has UP
}

@test "user namespace: mappings, root inside" {
	ns_config user
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 200000, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: 300000, size: 500}]'
	chown -R 100000:300000 "$B/rootfs/data"
	chmod 755 "$T" "$B"
	run_sh 'id -u; cat /proc/self/uid_map | tr -s " "; cat /proc/self/gid_map | tr -s " "; ls -ln / | grep " data$" | tr -s " " | cut -d" " -f3,4; readlink /proc/self/ns/user'
	is "$(line 1)" 0
	is "$(line 2)" " 0 100000 1000"
	is "$(line 3)" " 1000 200000 1"
	is "$(line 4)" " 0 300000 500"
	is "$(line 5)" "0 0"
	[ "$(line 6)" != "$(readlink /proc/self/ns/user)" ]
	assert_nothing_left
}

@test "user namespace: without mappings is refused" {
	ns_config user
	v run "$ID"
	status_is 1
	assert_nothing_left
}

@test "user namespace: a bind source only the host's root may reach" {
	ns_config user
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
	mkdir -p "$T/secret/in"
	echo reached >"$T/secret/in/file"
	chmod 700 "$T/secret"
	chmod 755 "$T" "$B"
	config --arg s "$T/secret/in" '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["bind"]}]'
	run_sh 'cat /data/file'
	output_is reached
}

@test "user namespace joined by path, with another namespace it owns" {
	vial_only "runc since 1.2"
	hold --user --map-root-user --net
	ns_config user "/proc/$HOLDER/ns/user"
	ns_config network "/proc/$HOLDER/ns/net"
	no_ns cgroup
	config '.mounts |= map(select(.type != "cgroup" and .type != "mqueue"))
		| (.mounts[] | select(.destination == "/dev/pts") .options) |= map(select(startswith("gid=") | not))'
	run_sh 'readlink /proc/self/ns/user; readlink /proc/self/ns/net; cat /proc/self/uid_map | tr -s " "'
	is "$(line 1)" "$(readlink "/proc/$HOLDER/ns/user")"
	is "$(line 2)" "$(readlink "/proc/$HOLDER/ns/net")"
	is "$(line 3)" " 0 0 1"
}

@test "time namespace: offsets" {
	vial_only "runc since 1.2"
	ns_config time
	config '.linux.timeOffsets = {monotonic: {secs: 7881, nanosecs: 2718281}, boottime: {secs: 1337, nanosecs: 3141519}}'
	run_sh 'cat /proc/self/timens_offsets | tr -s " "; readlink /proc/self/ns/time'
	is "$(line 1)" "monotonic 7881 2718281"
	is "$(line 2)" "boottime 1337 3141519"
	[ "$(line 3)" != "$(readlink /proc/self/ns/time)" ]
	assert_nothing_left
}

@test "time namespace: joined by path" {
	vial_only "runc since 1.2"
	hold --time --fork
	ns_config time "/proc/$HOLDER/ns/time"
	run_sh 'readlink /proc/self/ns/time'
	is "$(line 1)" "$(readlink "/proc/$HOLDER/ns/time")"
}

@test "hostname and domainname" {
	config '.hostname = "other" | .domainname = "example.org"'
	run_sh 'hostname; cat /proc/sys/kernel/domainname'
	is "$(line 1)" other
	[ "$PROGRAM" = runc ] || is "$(line 2)" example.org
}

# --- mounts -------------------------------------------------------------------------------

bind() { # DESTINATION SOURCE OPTIONS-JSON
	config --arg d "$1" --arg s "$2" --argjson o "$3" \
		'.mounts += [{destination: $d, type: "bind", source: $s, options: $o}]'
}

@test "mounts: standard ones, root read-only" {
	run_sh 'cut -d" " -f5,6 /proc/self/mountinfo; touch /x 2>&1; echo ok >/dev/shm/x; echo ok >/tmp/y; ls /tmp'
	has '/proc rw'
	has '/dev/pts rw,nosuid,noexec'
	has '/dev/shm rw,nosuid,nodev,noexec'
	has '/dev/mqueue rw,nosuid,nodev,noexec'
	has '/sys ro,nosuid,nodev,noexec'
	has 'touch: /x: Read-only file system'
	[[ $(grep '^/ ' "$T/out") == '/ ro'* ]] || fail "root is not read-only"
	lacks bundle
}

@test "mounts: a writable root" {
	config '.root.readonly = false'
	run_sh 'echo written >/data/f'
	is "$(cat "$B/rootfs/data/f")" written
}

@test "mounts: tmpfs with size and mode; the directory's mode without one" {
	chmod 1751 "$B/rootfs/home"
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=0710", "noexec"]},
		{destination: "/home", type: "tmpfs", source: "tmpfs"}, {destination: "/fresh", type: "tmpfs", source: "tmpfs"}]'
	config '.root.readonly = false'
	run_sh 'stat -c %a /data /home /fresh; grep " /data " /proc/self/mountinfo; dd if=/dev/zero of=/data/x bs=1k count=100 2>&1'
	[ "$PROGRAM" = runc ] || is "$(line 1)" 710
	is "$(line 2)" 1751
	is "$(line 3)" 1777
	has size=64k
	has noexec
	has 'No space left'
}

@test "mounts: tmpcopyup" {
	echo kept >"$B/rootfs/data/file"
	chmod 640 "$B/rootfs/data/file"
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	run_sh 'cat /data/file; stat -c %a /data/file; rm /data/file'
	is "$(line 1)" kept
	is "$(line 2)" 640
	is "$(cat "$B/rootfs/data/file")" kept
}

@test "mounts: bind of a directory and a file, missing targets are made" {
	mkdir "$T/src"
	echo in-dir >"$T/src/f"
	echo in-file >"$T/file"
	bind /data "$T/src" '["bind", "ro"]'
	bind /new/dir "$T/src" '["bind"]'
	bind /new/file "$T/file" '["bind"]'
	run_sh 'cat /data/f /new/dir/f /new/file; touch /data/g 2>&1; touch /new/dir/g'
	has 'Read-only file system'
	is "$(line 1) $(line 2) $(line 3)" "in-dir in-dir in-file"
	[ -e "$T/src/g" ]
	[ -f "$B/rootfs/new/file" ]
}

@test "mounts: a bind source relative to the bundle, and a symlink" {
	mkdir "$B/src"
	echo rel >"$B/src/f"
	ln -s "$B/src" "$T/link"
	bind /data src '["bind"]'
	bind /home "$T/link" '["bind"]'
	run_sh 'cat /data/f /home/f'
	is "$(line 1)$(line 2)" relrel
}

@test "mounts: bind flags" {
	mkdir "$T/src"
	bind /data "$T/src" '["bind", "nosuid", "nodev", "noexec", "noatime"]'
	bind /home "$T/src" '["bind"]'
	run_sh 'grep -E " /(data|home) " /proc/self/mountinfo | cut -d" " -f5,6'
	is "$(line 1)" "/data rw,nosuid,nodev,noexec,noatime"
	is "$(line 2)" "/home rw,relatime"
}

@test "mounts: rbind,ro leaves what is below, rro does not" {
	mkdir -p "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
	bind /data "$T/src" '["rbind", "ro"]'
	bind /home "$T/src" '["rbind", "rro"]'
	run_sh 'touch /data/x 2>&1; touch /data/sub/x && echo below; touch /home/sub/y 2>&1; touch /home/y 2>&1'
	is "$(grep -c 'Read-only' "$T/out")" 3
	has below
	umount "$T/src/sub"
}

@test "mounts: bind is not recursive, rbind is" {
	mkdir -p "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
	touch "$T/src/sub/seen"
	bind /data "$T/src" '["bind"]'
	bind /home "$T/src" '["rbind"]'
	run_sh 'ls /data/sub; echo -; ls /home/sub'
	is "$(line 1)" -
	is "$(line 2)" seen
	umount "$T/src/sub"
}

@test "mounts: over each other, in the order of the configuration" {
	mkdir "$T/a" "$T/b"
	echo a >"$T/a/f"
	echo b >"$T/b/f"
	bind /data "$T/a" '["bind"]'
	bind /data "$T/b" '["bind"]'
	run_sh 'cat /data/f'
	output_is b
}

@test "mounts: propagation of a volume" {
	mkdir "$T/src"
	bind /data "$T/src" '["rbind", "private"]'
	bind /home "$T/src" '["rbind", "shared"]'
	run_sh 'grep " /home " /proc/self/mountinfo; grep " /data " /proc/self/mountinfo'
	[[ $(line 1) == *shared:* ]] || fail "not shared"
	[[ $(line 2) != *shared:* && $(line 2) != *master:* ]] || fail "not private"
}

@test "mounts: rootfsPropagation" {
	vial_only "and newer runc's"
	local p
	for p in shared unbindable; do
		config --arg p "$p" '.linux.rootfsPropagation = $p'
		run_sh 'grep -E "^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / " /proc/self/mountinfo'
		[[ $output == *$p* ]] || fail "$p"
	done
	config '.linux.rootfsPropagation = "private"'
	run_sh 'grep -E "^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / " /proc/self/mountinfo'
	lacks shared
	lacks master
}

@test "mounts: nothing of the container appears on the host" {
	set_sh 'mount -t tmpfs x /data; sleep 1000'
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	v run -d "$ID"
	cut -d' ' -f3- /proc/self/mountinfo | sort >"$T/during"
	is "$(grep -c "$B" "$T/during" || true)" 0
}

@test "mounts: cgroup, read-only, with the container's own directories" {
	run_sh 'ls /sys/fs/cgroup; grep "/sys/fs/cgroup/pids " /proc/self/mountinfo | cut -d" " -f6; cat /sys/fs/cgroup/pids/cgroup.procs | head -1; mkdir /sys/fs/cgroup/pids/x 2>&1'
	has pids
	has memory
	has ro,nosuid,nodev,noexec
	has 'Read-only file system'
}

@test "masked paths: a file is empty, a directory too, nothing can be taken away" {
	mkdir "$B/rootfs/data/dir"
	echo secret >"$B/rootfs/data/dir/f"
	echo secret >"$B/rootfs/data/file"
	config '.linux.maskedPaths += ["/data/dir", "/data/file", "/nosuch"] | .root.readonly = false'
	run_sh 'cat /data/file; ls -A /data/dir; cat /proc/keys /proc/timer_list; rm -f /data/file 2>&1; touch /data/dir/x 2>&1; umount /data/file 2>&1; echo end'
	lacks secret
	has end
	is "$(grep -c . "$T/out")" 4
}

@test "read-only paths" {
	config '.linux.readonlyPaths += ["/data"] | .root.readonly = false'
	run_sh 'touch /data/x 2>&1; touch /home/ok; echo x 2>&1 >/proc/sys/kernel/hostname; ls -d /proc/sys'
	has 'touch: /data/x: Read-only file system'
	has '/proc/sys/kernel/hostname: Read-only file system'
	[ -e "$B/rootfs/home/ok" ]
}

@test "default devices and links" {
	run_sh 'for d in null zero full random urandom tty; do stat -c "%n %F %t:%T %a" /dev/$d; done
		for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; echo x >/dev/null; head -c 4 /dev/zero | wc -c; echo x 2>&1 >/dev/full'
	has '/dev/null character special file 1:3 666'
	has '/dev/zero character special file 1:5 666'
	has '/dev/full character special file 1:7 666'
	has '/dev/random character special file 1:8 666'
	has '/dev/urandom character special file 1:9 666'
	has '/dev/tty character special file 5:0 666'
	has '/proc/self/fd'
	has '/proc/self/fd/2'
	has pts/ptmx
	has 'No space left'
}

@test "linux.devices: made with mode and owner, reachable only when allowed" {
	config '.linux.devices = [{path: "/dev/kmsg2", type: "c", major: 1, minor: 11, fileMode: 432, uid: 7, gid: 8},
			{path: "/dev/sub/pipe", type: "p", fileMode: 384}]
		| .process.capabilities |= map_values(. + ["CAP_SYSLOG", "CAP_DAC_OVERRIDE"])'
	run_sh 'stat -c "%F %t:%T %a %u:%g" /dev/kmsg2 /dev/sub/pipe; cat /dev/kmsg2 2>&1 | head -1'
	is "$(line 1)" "character special file 1:b 660 7:8"
	is "$(line 2)" "fifo 0:0 600 0:0"
	has "Operation not permitted"
	config '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]'
	run_sh 'timeout 1 dd if=/dev/kmsg2 of=/dev/null bs=8k count=1 2>&1 || true'
	lacks "Operation not permitted"
}

@test "linux.devices: what the cgroup does not allow cannot be made by mknod either" {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .root.readonly = false'
	run_sh 'mknod /tmp/sda b 8 0 && cat /tmp/sda 2>&1 | head -1; true'
	lacks 'root'
	set_sh 'mknod /dev/mem2 c 1 1; dd if=/dev/mem2 of=/dev/null bs=1 count=1'
	v run "$ID"
	[ "$status" -ne 0 ] || fail "/dev/mem could be read"
	has 'Operation not permitted'
}

# --- process ------------------------------------------------------------------------------

@test "process: environment exactly as given, HOME from passwd" {
	config '.process.env = ["PATH=/bin", "A=1", "B=two words"]'
	set_args env
	v run "$ID"
	is "$(sort "$T/out" | tr '\n' ' ')" "A=1 B=two words HOME=/root PATH=/bin "
	config '.process.user = {uid: 1000, gid: 1000}'
	v run "$ID"
	has HOME=/home/user
	config '.process.user = {uid: 4242, gid: 1}'
	v run "$ID"
	has HOME=/
	config '.process.env += ["HOME=/mine"]'
	v run "$ID"
	has HOME=/mine
}

@test "process: user, group, additional groups, nothing more" {
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 65534]}'
	run_sh 'id -u; id -g; grep ^Groups /proc/self/status'
	is "$(line 1)" 1000
	is "$(line 2)" 1001
	[[ $(line 3 | tr '\t' ' ') == "Groups: 5 65534"* || $(line 3 | tr '\t' ' ') == "Groups: 5 1001 65534"* ]] ||
		fail "$(line 3)"
	config '.process.user = {uid: 1000, gid: 1001}'
	run_sh 'grep ^Groups /proc/self/status | tr -d "\t 	"'
	[ "$output" = Groups: ] || [ "$output" = Groups:1001 ] || fail groups
}

@test "process: umask" {
	config '.process.user.umask = 63'
	run_sh 'umask; grep Umask /proc/self/status'
	has 0077
	config 'del(.process.user.umask)'
	run_sh umask
	output_is 0022
}

@test "process: cwd, made when missing; one that is a file" {
	config '.process.cwd = "/made/here" | .root.readonly = false'
	run_sh pwd
	output_is /made/here
	[ -d "$B/rootfs/made/here" ]
	config '.process.cwd = "/etc/passwd"'
	v run "$ID"
	status_is 1
	assert_nothing_left
}

@test "process: capabilities of root" {
	run_sh 'grep ^Cap /proc/self/status | tr "\t" " "'
	# AUDIT_WRITE 29, KILL 5, NET_BIND_SERVICE 10
	has 'CapInh: 0000000000000000'
	has 'CapPrm: 0000000020000420'
	has 'CapEff: 0000000020000420'
	has 'CapBnd: 0000000020000420'
	has 'CapAmb: 0000000000000000'
}

@test "process: capabilities of a user are gone, ambient ones stay" {
	config '.process.user = {uid: 1000, gid: 1000}'
	run_sh 'grep ^Cap /proc/self/status | tr "\t" " "'
	has 'CapPrm: 0000000000000000'
	has 'CapEff: 0000000000000000'
	has 'CapBnd: 0000000020000420'
	config '.process.capabilities |= (.inheritable = ["CAP_KILL"] | .ambient = ["CAP_KILL"])'
	run_sh 'grep ^Cap /proc/self/status | tr "\t" " "'
	has 'CapInh: 0000000000000020'
	has 'CapEff: 0000000000000020'
	has 'CapAmb: 0000000000000020'
}

@test "process: empty capabilities leave none, the bounding set neither" {
	config '.process.capabilities = {}'
	run_sh 'grep ^Cap /proc/self/status | tr "\t" " " | sort -u -k2'
	is "$(wc -l <"$T/out")" 1
	has 0000000000000000
}

@test "process: an unknown capability is a warning" {
	config '.process.capabilities.bounding += ["CAP_TEST"]'
	run_sh 'echo ran'
	has ran
	has 'ignoring unknown or unavailable capabilities'
	has CAP_TEST
}

@test "process: rlimits" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 512, hard: 600}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_FSIZE", soft: 4096, hard: 8192}]'
	run_sh 'grep -E "open files|core file|file size" /proc/self/limits | tr -s " "'
	has 'Max open files 512 600 files'
	has 'Max core file size 0 0 bytes'
	has 'Max file size 4096 8192 bytes'
}

@test "process: no_new_privs" {
	run_sh 'grep ^NoNewPrivs /proc/self/status | tr "\t" " "'
	output_is 'NoNewPrivs: 1'
	config '.process.noNewPrivileges = false'
	run_sh 'grep ^NoNewPrivs /proc/self/status | tr "\t" " "'
	output_is 'NoNewPrivs: 0'
}

@test "process: oom score, set and inherited" {
	config '.process.oomScoreAdj = 321'
	run_sh 'cat /proc/self/oom_score_adj'
	output_is 321
	config 'del(.process.oomScoreAdj)'
	run_sh 'cat /proc/self/oom_score_adj'
	output_is "$(cat /proc/self/oom_score_adj)"
}

@test "process: sysctl of its own namespaces" {
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/conf/lo/rp_filter": "2", "kernel.shmmni": "1000"}'
	run_sh 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lo/rp_filter /proc/sys/kernel/shmmni'
	is "$(tr '\n' ' ' <"$T/out")" "1 2 1000 "
}

@test "process: session keyring of its own, or the caller's" {
	config '.linux.maskedPaths |= map(select(. != "/proc/keys"))'
	run_sh 'cat /proc/keys'
	has "_ses.$ID"
	# Another id: the kernel collects the keyring of the first some time later.
	set_sh 'cat /proc/keys'
	v run --no-new-keyring "$ID-b"
	status_is 0
	lacks "_ses.$ID-b"
}

@test "process: seccomp denies with the errno asked for" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 99},
			{names: ["chmod", "fchmodat"], action: "SCMP_ACT_ERRNO"}]}'
	run_sh 'mkdir /tmp/x 2>&1; chmod 700 /tmp 2>&1; grep ^Seccomp: /proc/self/status | tr "\t" " "'
	has "Cannot assign requested address"
	has "Operation not permitted"
	has 'Seccomp: 2'
}

@test "process: seccomp with no_new_privs off" {
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	set_sh 'grep ^Seccomp: /proc/self/status | tr "\t" " "; exec mkdir /tmp/x'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	v run "$ID"
	status_is 159
	has 'Seccomp: 2'
}

@test "process: seccomp conditions on arguments" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO",
		errnoRet: 1, args: [{index: 1, value: 10, op: "SCMP_CMP_EQ"}]}]}'
	run_sh 'trap "" USR1 USR2; kill -USR1 $$ 2>&1; kill -USR2 $$ && echo usr2 went through'
	has 'Operation not permitted'
	has 'usr2 went through'
}

@test "process: personality" {
	config '.linux.personality = {domain: "LINUX32"}'
	run_sh 'uname -m'
	[ "$(uname -m)" != x86_64 ] || [ "$PROGRAM" = runc ] || output_is i686
}

@test "process: a script's interpreter, argv as given" {
	printf '#!/bin/sh\necho "script $*"\n' >"$B/rootfs/data/s"
	chmod 755 "$B/rootfs/data/s"
	set_args /data/s one 'two three' ''
	v run "$ID"
	output_is 'script one two three '
}

@test "process: not a session of the caller, no controlling terminal" {
	run_sh 'cut -d" " -f6,7 /proc/1/stat; true </dev/tty'
	is "$(line 1)" "1 0"
	has "can't open /dev/tty"
}

@test "process: the parent of PID 1 is out of sight" {
	run_sh 'grep ^PPid /proc/1/status | tr "\t" " "; ls -d /proc/[0-9]* | head -1'
	is "$(line 1)" 'PPid: 0'
	is "$(line 2)" /proc/1
}

@test "root path '.': the bundle is the root" {
	mv "$B/rootfs"/* "$B/"
	config '.root.path = "."'
	set_args echo here
	v run "$ID"
	output_is here
}
