#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Root file systems made by an attacker: what is outside stays as it was. Where the reference of
# Debian 12 is known to fail, the test is ours alone.

load helpers
setup() {
	setup_container
	R=$B/rootfs
	CANARY=$T/canary
	mkdir "$CANARY"
	echo precious >"$CANARY/file"
	echo precious >"$CANARY/ptmx"
	chmod 640 "$CANARY/file"
	config '.root.readonly = false'
	set_args true
	canary >"$T/canary.before"
}
teardown() { teardown_container; }

canary() { (cd "$CANARY" && find . -printf '%p %y %m %U:%G %s %l\n' | sort && cat file ptmx); }
canary_lives() {
	canary >"$T/canary.now"
	cmp -s "$T/canary.before" "$T/canary.now" ||
		fail "outside the root: $(diff "$T/canary.before" "$T/canary.now")"
}
no_dev() { config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }
no_mount() { config --arg d "$1" '.mounts |= map(select(.destination != $d))'; }
tmpfs_on() { config --arg d "$1" '.mounts += [{destination: $d, type: "tmpfs", source: "tmpfs"}]'; }
links() { # the two kinds of link to the canary, seen from DIR inside the root
	printf '%s\n' "$CANARY${1-}" "../../../../../../../../../../..$CANARY${1-}"
}

@test "a mount destination that is a symlink stays inside" {
	local l
	for l in $(links); do
		ln -sfn "$l" "$R/data/link"
		config '.mounts |= map(select(.destination | startswith("/data") | not))'
		tmpfs_on /data/link
		v run "$ID"
		canary_lives
		tmpfs_on /data/link/sub
		v run "$ID"
		canary_lives
		config '.mounts += [{destination: "/data/link/bound", type: "bind", source: "config.json", options: ["bind"]}]'
		v run "$ID"
		canary_lives
		assert_nothing_left
	done
}

@test "an absolute symlink is resolved in the root: the mount is there" {
	mkdir "$R/data/real"
	ln -s /data/real "$R/data/link"
	tmpfs_on /data/link
	run_sh 'grep -c " /data/real " /proc/self/mountinfo'
	output_is 1
}

@test "/proc and /sys that are symlinks are refused" {
	local d
	for d in proc sys; do
		rm -rf "${R:?}/$d"
		ln -s /data "$R/$d"
		v run "$ID"
		fails_with 1 'must be mounted on ordinary directory'
		assert_nothing_left
		rm "$R/$d"
		mkdir "$R/$d"
	done
}

@test "a false /proc does not get sysctls" {
	mkdir -p "$R/data/fake/sys/net/ipv4"
	echo 0 >"$R/data/fake/sys/net/ipv4/ip_forward"
	no_mount /proc
	config '.mounts += [{destination: "/proc", type: "bind", source: "rootfs/data/fake", options: ["bind"]}]
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	v run "$ID"
	is "$(cat "$R/data/fake/sys/net/ipv4/ip_forward")" 0
	assert_nothing_left
}

@test "a sysctl redirected by a bind over /proc/sys/net" {
	mkdir -p "$R/data/ipv4"
	echo 0 >"$R/data/ipv4/ip_forward"
	config '.mounts += [{destination: "/proc/sys/net", type: "bind", source: "rootfs/data", options: ["bind"]}]
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	v run "$ID"
	is "$(cat "$R/data/ipv4/ip_forward")" 0
	assert_nothing_left
}

@test "/dev that is a symlink, without a mount on it" {
	vial_only "CVE-2026-41579"
	local l
	no_dev
	rmdir "$R/dev"
	for l in $(links); do
		ln -sfn "$l" "$R/dev"
		v run "$ID"
		canary_lives
		assert_nothing_left
	done
}

@test "/dev/null that is a symlink or a file does not get bound over masked paths" {
	vial_only "CVE-2025-31133"
	no_dev
	echo victim >"$R/etc/target"
	config '.linux.maskedPaths = ["/proc/timer_list", "/data/masked"]'
	echo secret >"$R/data/masked"
	local l
	for l in /etc/target /proc/sys/kernel/core_pattern; do
		ln -sfn "$l" "$R/dev/null"
		set_sh 'stat -c %t:%T /proc/timer_list; cat /data/masked'
		v run "$ID"
		[ "$status" -ne 0 ] || is "$(sed -n 1p "$T/out")" 1:3
		lacks secret
		is "$(cat "$R/etc/target")" victim
	done
	rm "$R/dev/null"
	echo evil >"$R/dev/null"
	v run "$ID"
	[ "$status" -ne 0 ] || is "$(sed -n 1p "$T/out")" 1:3
	lacks secret
}

@test "/dev/console that is a symlink" {
	vial_only "CVE-2025-52565"
	no_dev
	config '.process.terminal = true'
	config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
	mkdir -p "$R/dev/pts"
	local l
	for l in $(links /new) $(links /file); do
		ln -sfn "$l" "$R/dev/console"
		(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null >"$T/out" 2>&1 3>&-) || true
		canary_lives
		assert_nothing_left
	done
}

@test "device nodes at symlinked places" {
	local l
	no_dev
	for l in $(links); do
		ln -sfn "$l" "$R/data/link"
		config '.linux.devices = [{path: "/data/link/kmsg", type: "c", major: 1, minor: 11}]'
		v run "$ID"
		canary_lives
		assert_nothing_left
	done
}

@test "masked and read-only paths behind symlinks stay inside" {
	ln -s "$CANARY" "$R/data/link"
	config '.linux.maskedPaths += ["/data/link", "/data/link/file"] | .linux.readonlyPaths += ["/data/link"]'
	v run "$ID"
	canary_lives
	assert_nothing_left
}

@test "cwd behind a symlink, a descriptor of the caller as cwd" {
	local n
	ln -s "$CANARY" "$R/data/link"
	config '.process.cwd = "/data/link/sub"'
	v run "$ID"
	canary_lives
	set_sh 'cat file 2>&1; pwd; ls'
	for n in 3 4 5 6 7 8 9 10 11 12 15 20; do
		config --arg c "/proc/self/fd/$n" '.process.cwd = $c'
		status=0
		output=$(cd "$B" && timeout 20 "$VIAL" --root "$ROOT" run "$ID" 7<"$CANARY" 9<"$CANARY" </dev/null 2>&1 3>&-) || status=$?
		lacks precious
		assert_nothing_left
	done
	canary_lives
}

@test "read-only root with a false /proc" {
	local i
	no_mount /proc
	mkdir -p "$R/proc/self/fd" "$R/decoy"
	for i in $(seq 0 40); do ln -s /decoy "$R/proc/self/fd/$i"; done
	config '.root.readonly = true | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .mounts |= map(select(.type != "cgroup"))'
	set_sh 'touch /x'
	v run "$ID"
	[ "$status" -ne 0 ] || fail "the root is writable"
	[ ! -e "$R/x" ]
}

@test "the runtime's own file cannot be overwritten" {
	local before
	before=$(sha256sum <"$VIAL")
	printf '#!/proc/self/exe\n' >"$R/data/script"
	ln -s /proc/self/exe "$R/data/exe"
	chmod 755 "$R/data/script"
	local p
	for p in /data/exe /data/script /proc/self/exe; do
		set_args $p
		v run "$ID"
		[ "$status" -ne 124 ] || fail hangs
	done
	# From a container that sees the host's processes: any runtime process's exe, for writing
	config '.linux.namespaces |= map(select(.type != "pid"))'
	set_sh 'for i in $(seq 200); do for e in /proc/[0-9]*/exe; do
		case $(readlink $e) in *'"$PROGRAM"'*|*memfd*) { echo hit >>/data/hit; echo x >>$e; } 2>/dev/null && echo wrote >>/data/wrote;; esac; done; done'
	v run -d "$ID"
	status_is 0
	local i
	for i in 1 2 3 4 5 6 7 8; do
		(cd "$B" && "$VIAL" --root "$ROOT" create "$ID-x" </dev/null >/dev/null 2>&1 3>&-) || true
		"$VIAL" --root "$ROOT" delete --force "$ID-x" 3>&- || true
	done
	is "$(sha256sum <"$VIAL")" "$before"
	[ ! -e "$R/data/wrote" ] || fail "opened for writing"
}

@test "passwd that is a FIFO, a device, a directory, huge" {
	vial_only "runc reads it"
	config '.process.env = ["PATH=/bin"]'
	rm "$R/etc/passwd"
	mkfifo "$R/etc/passwd"
	V_TIMEOUT=10 v run "$ID"
	[ "$status" -ne 124 ] || fail "hangs on a FIFO"
	rm "$R/etc/passwd"
	mknod "$R/etc/passwd" c 1 5
	V_TIMEOUT=10 v run "$ID"
	[ "$status" -ne 124 ] || fail "hangs on /dev/zero"
	rm "$R/etc/passwd"
	mkdir "$R/etc/passwd"
	V_TIMEOUT=10 v run "$ID"
	[ "$status" -ne 124 ] || fail "hangs on a directory"
	rmdir "$R/etc/passwd"
	truncate -s 1G "$R/etc/passwd"
	V_TIMEOUT=10 v run "$ID"
	[ "$status" -ne 124 ] || fail "hangs on a huge file"
	assert_nothing_left
}

@test "the caller's terminal cannot be typed into" {
	set_sh 'cat /proc/self/stat | cut -d" " -f7'
	output=$(cd "$B" && script -qec "$VIAL --root $ROOT run $ID" /dev/null </dev/null 3>&- | tr -d '\r')
	output_is 0
}

@test "what the image says does not forge log lines" {
	set_args $'/no\nsuch{"level":"info","msg":"forged"}\033[31m'
	v --log "$T/log" --log-format json run "$ID"
	status_is 1
	is "$(wc -l <"$T/log")" 1
	jq -e . <"$T/log"
	! grep -q $'\033' "$T/log" || fail "an escape sequence in the log"
}

@test "no new abstract sockets in the host's network" {
	config '.linux.namespaces |= map(select(.type != "network"))'
	set_sh 'sleep 1000'
	v create "$ID"
	status_is 0
	is "$(grep -c " @.*$ID" /proc/net/unix || true)" 0
}
