#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
#
# Attacks on the making of the root, as recipes of the CVEs of runtimes: images and shared volumes
# whose names lead to the host, at rest and while they are being exchanged. Canaries outside must
# stay as they are. VIAL_RACES=1000 for the long form of the races.

bats_require_minimum_version 1.5.0
load ../integration/helpers

setup() {
	setup_container
	vial_only "the reference of Debian 12 is known to fail"
	R=$B/rootfs
	CANARY=$T/canary
	mkdir "$CANARY" "$T/vol"
	echo precious >"$CANARY/file"
	echo precious >"$CANARY/ptmx"
	echo precious >"$CANARY/null"
	mkdir "$CANARY/dir"
	chmod 640 "$CANARY/file"
	config '.root.readonly = false'
	set_args true
	canary >"$T/canary.before"
	SWAPPER=
	NULL='stat -c %t:%T /proc/timer_list; '
}
teardown() {
	calm
	teardown_container
}

canary() {
	(cd "$CANARY" && find . -printf '%p %y %m %U:%G %s %l %n\n' | sort && cat file ptmx null)
	grep -F " $CANARY" /proc/self/mountinfo || true
}
canary_lives() {
	canary >"$T/canary.now"
	cmp -s "$T/canary.before" "$T/canary.now" ||
		fail "outside the root: $(diff "$T/canary.before" "$T/canary.now")"
}
no_dev() { config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }
volume() { config --arg v "$T/vol" '.mounts += [{destination: "/vol", source: $v, options: ["rbind"]}]'; }
tmpfs_on() { config --arg d "$1" '.mounts += [{destination: $d, type: "tmpfs", source: "tmpfs"}]'; }
bind_on() { config --arg d "$1" --arg s "$2" '.mounts += [{destination: $d, source: $s, options: ["bind"]}]'; }
links() { # the two kinds of link to the canary
	printf '%s\n' "$CANARY${1-}" "../../../../../../../../../../../../..$CANARY${1-}"
}
userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown -R -h 100000:100000 "$R/dev" "$T/vol"
	chown 100000:100000 "$R"
}

# swap A B: exchange them from now on; calm: no more
swap() {
	[ -x "$BATS_RUN_TMPDIR/swap" ] ||
		cc -O1 -D_GNU_SOURCE -o "$BATS_RUN_TMPDIR/swap" "$BATS_TEST_DIRNAME/swap.c"
	"$BATS_RUN_TMPDIR/swap" "$1" "$2" 3>&- &
	SWAPPER=$!
	sleep 0.05
	kill -0 "$SWAPPER" || fail "no exchange of $1 and $2"
}
calm() {
	[ -z "${SWAPPER-}" ] || { kill -9 "$SWAPPER" && wait "$SWAPPER" 2>/dev/null; } || true
	SWAPPER=
}
# races: run so often, whatever comes of each; the canary is looked at each time
races() {
	local n
	for ((n = 0; n < ${VIAL_RACES:-20}; n++)); do
		v run "$ID"
		canary_lives
	done
	calm
	assert_nothing_left
}

# --- mount destinations --------------------------------------------------------------------

@test "mount_dest_symlink_2021_30465: a volume's links, as directory, as file, above and below" {
	local l
	for l in $(links); do
		ln -sfn "$l" "$T/vol/a"
		config '.mounts |= map(select(.destination | startswith("/vol") | not))'
		volume
		tmpfs_on /vol/a
		tmpfs_on /vol/a/dir
		tmpfs_on /vol/a/new/deep
		bind_on /vol/a/file "$B/config.json"
		bind_on /vol/a/new/file "$B/config.json"
		v run "$ID"
		canary_lives
		assert_nothing_left
	done
}

@test "mount_dest_symlink: a link of a link, one that ends in a slash, dots behind a link" {
	ln -s "$CANARY" "$R/data/one"
	ln -s one/ "$R/data/two"
	ln -s two/dir/../ "$R/data/three"
	tmpfs_on /data/three/sub
	tmpfs_on /data/two/../../canary
	tmpfs_on /data/three
	v run "$ID"
	canary_lives
	assert_nothing_left
}

@test "mkdirall_race_2024_45310: a directory of a volume becomes a link while a target is made in it" {
	volume
	mkdir "$T/vol/a"
	ln -s "$CANARY" "$T/vol/b"
	tmpfs_on /vol/a/x/y/z
	swap "$T/vol/a" "$T/vol/b"
	races
}

@test "mkdirall_race_2024_45310: the same with a relative link, in a user namespace" {
	volume
	mkdir "$T/vol/a"
	ln -s "$(links | tail -n 1)" "$T/vol/b"
	userns
	tmpfs_on /vol/a/x/y/z
	swap "$T/vol/a" "$T/vol/b"
	races
}

@test "mount_dest_race_2021_30465: the target itself is exchanged" {
	volume
	mkdir "$T/vol/a"
	ln -s "$CANARY/dir" "$T/vol/b"
	tmpfs_on /vol/a
	bind_on /vol/a/file "$B/config.json"
	swap "$T/vol/a" "$T/vol/b"
	races
}

@test "mount_dest_race: a file that is exchanged for a link" {
	volume
	: >"$T/vol/a"
	ln -s "$CANARY/file" "$T/vol/b"
	bind_on /vol/a "$B/config.json"
	swap "$T/vol/a" "$T/vol/b"
	races
}

@test "copy-symlink and dest-nofollow do not follow what is exchanged" {
	volume
	mkdir "$T/vol/a"
	ln -s "$CANARY" "$T/vol/b"
	ln -s /x "$T/link"
	config --arg l "$T/link" '.mounts += [
		{destination: "/vol/a/l", source: $l, options: ["bind", "copy-symlink"]},
		{destination: "/vol/a/f", source: "config.json", options: ["bind", "dest-nofollow"]}]'
	swap "$T/vol/a" "$T/vol/b"
	races
}

# --- /proc and sysctls ---------------------------------------------------------------------

@test "fake_proc_bind_2019_16884: a tree that only looks like /proc" {
	mkdir -p "$T/fake/sys/net/ipv4" "$T/fake/self/attr"
	echo 0 >"$T/fake/sys/net/ipv4/ip_forward"
	echo old >"$T/fake/self/attr/exec"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .mounts |= map(select(.destination != "/proc"))'
	bind_on /proc "$T/fake"
	v run "$ID"
	fails_with 1 "not of type proc"
	is "$(cat "$T/fake/sys/net/ipv4/ip_forward" "$T/fake/self/attr/exec")" "0
old"
	assert_nothing_left
}

@test "fake_proc_symlink: /proc is a link to such a tree, in the image or to the host" {
	local l
	mkdir -p "$R/evil/sys/net/ipv4"
	echo 0 >"$R/evil/sys/net/ipv4/ip_forward"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	rmdir "$R/proc"
	for l in /evil $(links); do
		ln -sfn "$l" "$R/proc"
		v run "$ID"
		fails_with 1 "must be mounted on ordinary directory"
		is "$(cat "$R/evil/sys/net/ipv4/ip_forward")" 0
		canary_lives
	done
	assert_nothing_left
}

@test "sysctl_redirect_2025_52881: bound over, as directory, as file, as link in the image" {
	local before
	before=$(cat /proc/sys/kernel/core_pattern)
	mkdir -p "$T/fake/ipv4"
	echo 0 >"$T/fake/ipv4/ip_forward"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	bind_on /proc/sys/net "$T/fake"
	v run "$ID"
	[ "$status" -eq 1 ] || is "$(cat "$T/fake/ipv4/ip_forward")" 0
	is "$(cat "$T/fake/ipv4/ip_forward")" 0
	# without a /proc at all the image's own is nothing to write to
	config '.mounts |= map(select(.destination | startswith("/proc") | not))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	mkdir -p "$R/proc/sys/net/ipv4"
	ln -s /proc/sys/kernel/core_pattern "$R/proc/sys/net/ipv4/ip_forward"
	v run "$ID"
	rm "$R/proc/sys/net/ipv4/ip_forward"
	echo 0 >"$R/proc/sys/net/ipv4/ip_forward"
	v run "$ID"
	is "$(cat "$R/proc/sys/net/ipv4/ip_forward")" 0
	is "$(cat /proc/sys/kernel/core_pattern)" "$before"
	assert_nothing_left
}

@test "ro_rootfs_fake_proc_2026_115521: descriptors of a false /proc do not keep the root writable" {
	local i
	mkdir -p "$R/proc/self/fd" "$R/decoy"
	for i in $(seq 0 79); do ln -s /decoy "$R/proc/self/fd/$i"; done
	config '.root.readonly = true | .mounts |= map(select(.destination != "/proc" and .type != "cgroup"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = ["/home"]'
	tmpfs_on /decoy
	set_sh 'touch /x; touch /home/y; touch /decoy/z && echo decoy'
	v run "$ID"
	has decoy
	is "$(grep -c 'Read-only file system' "$T/err")" 2
	[ ! -e "$R/x" ]
}

@test "ro_rootfs_fake_proc: mount_setattr(2) fails, with any of its reasons" {
	local i code
	mkdir -p "$R/proc/self/fd" "$R/decoy"
	for i in $(seq 0 79); do ln -s /decoy "$R/proc/self/fd/$i"; done
	config '.root.readonly = true | .mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	tmpfs_on /decoy
	set_sh 'touch /x'
	for code in ENOSYS EPERM EINVAL; do
		status=0
		env -C "$B" "$MARK" ASAN_OPTIONS=detect_leaks=0 timeout -k 5 60 strace -f -qq -o "$T/trace" -e trace=mount_setattr \
			-e inject=mount_setattr:error=$code "$VIAL" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&- || status=$?
		grep -q INJECTED "$T/trace"
		output=$(cat "$T/out")
		fails_with 1 'mount_setattr(2)'
		[ ! -e "$R/x" ]
		assert_nothing_left
	done
}

# --- masked paths ----------------------------------------------------------------------------

@test "masked_path_devnull_2025_31133: links to a file, to a file of procfs; a regular file" {
	local l before
	before=$(cat /proc/sys/kernel/core_pattern)
	no_dev
	echo victim >"$R/etc/target"
	config '.linux.maskedPaths = ["/proc/timer_list", "/data/masked"]'
	echo secret >"$R/data/masked"
	set_sh "$NULL"'cat /data/masked; echo evil >/proc/timer_list; true'
	for l in /etc/target /proc/sys/kernel/core_pattern "$CANARY/file"; do
		ln -sfn "$l" "$R/dev/null"
		v run "$ID"
		[ "$status" -ne 0 ] || is "$(sed -n 1p "$T/out")" 1:3
		lacks secret
		canary_lives
	done
	rm "$R/dev/null"
	echo evil >"$R/dev/null"
	v run "$ID"
	[ "$status" -ne 0 ] || is "$(sed -n 1p "$T/out")" 1:3
	lacks secret
	is "$(cat "$R/etc/target")" victim
	is "$(cat /proc/sys/kernel/core_pattern)" "$before"
	assert_nothing_left
}

@test "masked_path_race_2025_31133: /dev/null is exchanged while paths are masked" {
	local before n
	before=$(cat /proc/sys/kernel/core_pattern)
	no_dev
	mknod -m 666 "$R/dev/null" c 1 3
	ln -s /proc/sys/kernel/core_pattern "$R/dev/evil"
	config '.linux.maskedPaths = ["/proc/timer_list", "/data/masked"]'
	echo secret >"$R/data/masked"
	set_sh "$NULL"'cat /data/masked; echo x 2>/dev/zero >/proc/timer_list; true'
	swap "$R/dev/null" "$R/dev/evil"
	for ((n = 0; n < ${VIAL_RACES:-20}; n++)); do
		v run "$ID"
		[ "$status" -ne 0 ] || is "$(sed -n 1p "$T/out")" 1:3
		lacks secret
		is "$(cat /proc/sys/kernel/core_pattern)" "$before"
	done
	calm
	assert_nothing_left
}

@test "masked and read-only paths of a volume are exchanged for links" {
	volume
	mkdir "$T/vol/a"
	ln -s "$CANARY" "$T/vol/b"
	config '.linux.maskedPaths += ["/vol/a/file", "/vol/a"] | .linux.readonlyPaths += ["/vol/a/dir", "/vol/a"]'
	swap "$T/vol/a" "$T/vol/b"
	races
}

# --- /dev ------------------------------------------------------------------------------------

@test "dev_symlink_2026_41579: absolute and relative, with devices and a terminal, in a user namespace" {
	local l
	no_dev
	rmdir "$R/dev"
	config '.linux.devices = [{path: "/dev/fuse2", type: "c", major: 10, minor: 229}, {path: "/dev/dir/pipe", type: "p"}]'
	for l in $(links); do
		ln -sfn "$l" "$R/dev"
		v run "$ID"
		canary_lives
		config '.process.terminal = true'
		(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null >"$T/out" 2>&1 3>&-) || true
		canary_lives
		config '.process.terminal = false'
		assert_nothing_left
	done
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 0, size: 65536}]'
	v run "$ID"
	canary_lives
	assert_nothing_left
}

@test "dev_race: /dev is exchanged for a link while nodes are made" {
	no_dev
	ln -s "$CANARY" "$R/evil"
	swap "$R/dev" "$R/evil"
	races
}

@test "dev_race: the same in a user namespace, where nodes are bound" {
	no_dev
	ln -s "$(links | tail -n 1)" "$R/evil"
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 0, size: 65536}]'
	swap "$R/dev" "$R/evil"
	races
}

@test "console_symlink_2025_52565_2026_88264: to what is new, to what exists, inside and outside" {
	local l
	no_dev
	mkdir -p "$R/dev/pts"
	echo inside >"$R/etc/target"
	config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts",
		source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
	set_sh 'grep -c " /etc/target " /proc/self/mountinfo'
	for l in $(links /new) $(links /file) /etc/target; do
		ln -sfn "$l" "$R/dev/console"
		(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null >"$T/out" 2>&1 3>&-) || true
		canary_lives
		! grep -qx 1 "$T/out" || fail "the terminal went to /etc/target"
		is "$(cat "$R/etc/target")" inside
		assert_nothing_left
	done
}

@test "console_race_2025_52565: /dev/console is exchanged while the terminal is bound" {
	local n
	no_dev
	mkdir -p "$R/dev/pts"
	: >"$R/dev/console"
	ln -s "$CANARY/file" "$R/dev/evil"
	config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts",
		source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
	swap "$R/dev/console" "$R/dev/evil"
	for ((n = 0; n < ${VIAL_RACES:-20}; n++)); do
		(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null >"$T/out" 2>&1 3>&-) || true
		canary_lives
	done
	calm
	assert_nothing_left
}

@test "stdio_devnull_chown_2026_88265: a file bound over /dev/null keeps its owner and content" {
	echo mine >"$T/hostfile"
	chown 7:8 "$T/hostfile"
	bind_on /dev/null "$T/hostfile"
	config '.process.user = {uid: 1000, gid: 1000}'
	set_sh 'echo out; echo err >&2'
	(cd "$B" && "$VIAL" --root "$ROOT" run "$ID" 2>&1 3>&- | cat >"$T/out") || true
	(cd "$B" && "$VIAL" --root "$ROOT" run "$ID" <&- >&- 2>&- 3>&-) || true
	is "$(cat "$T/hostfile")" mine
	is "$(stat -c %u:%g "$T/hostfile")" 7:8
	grep -q out "$T/out"
	assert_nothing_left
}

@test "root_symlink_youki_2025_54867: the root is a link, or lies below one, or is the host's" {
	mkdir "$T/other"
	mv "$R" "$T/other/rootfs"
	ln -s ../other/rootfs "$R"
	run_sh 'ls /bin/busybox'
	output_is /bin/busybox
	rm "$R"
	local l
	for l in / /proc/1/root "$(links | tail -n 1 | sed "s@$CANARY@@")"; do
		ln -sfn "$l" "$R"
		v run "$ID"
		fails_with 1 "invalid rootfs"
	done
	canary_lives
	assert_nothing_left
}

# Nothing that is named by a path can be led astray by the container's processes and links then.
@test "no path of the container is opened once its root is entered" {
	config '.linux.sysctl = {"net.ipv4.ping_group_range": "0 5", "kernel.msgmax": "9000"}
		| .root.readonly = true | .linux.readonlyPaths += ["/nowhere", "/etc"] | .process.user.uid = 1000
		| .linux.maskedPaths += ["/nowhere", "/home", "/proc/uptime"] | .process.noNewPrivileges = true'
	set_sh 'cat /proc/sys/net/ipv4/ping_group_range; touch /etc/x; ls /home; cat /proc/uptime; echo ran'
	env -C "$B" "$MARK" ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" \
		-e trace=pivot_root,open,openat,openat2,open_tree,execve "$VIAL" --root "$ROOT" run "$ID" </dev/null >"$T/out" 2>&1 3>&- || fail "$(cat "$T/out")"
	grep -q '^0.5$' "$T/out"
	grep -q '^ran$' "$T/out"
	# Of the process that entered: up to its program. What is opened below the host's own procfs has no "/".
	awk '/pivot_root\(.*= 0/ { init = $1 } init && $1 == init { if (/ execve\(/) exit; print }' "$T/trace" >"$T/after"
	grep -q pivot_root "$T/after"
	! grep -E '(open|openat|openat2|open_tree)\(([^,]*, )?"/' "$T/after" || fail "$(cat "$T/after")"
	assert_nothing_left
}
