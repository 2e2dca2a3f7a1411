#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: Apache-2.0
#
# Options and places of mounts, as seen from inside and from outside. The plain ones are in
# inside.bats, hostile images in hostile.bats, id-mapped mounts in idmap.bats.

load helpers

setup() {
	setup_container
	R=$B/rootfs
	mkdir "$T/src"
	echo here >"$T/src/f"
}
teardown() { teardown_container; }

userns() {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown 100000:100000 "$R"
}
# add DESTINATION TYPE SOURCE OPTION...
add() {
	local destination=$1 type=$2 source=$3
	shift 3
	config --arg d "$destination" --arg t "$type" --arg s "$source" --args \
		'.mounts += [{destination: $d, type: $t, source: $s, options: $ARGS.positional}]' "$@"
}
config() { # as in helpers, for arguments behind the program
	jq "$@" <"$B/config.json" >"$B/config.json.new" && mv "$B/config.json.new" "$B/config.json"
}
bind() { add "$1" bind "$2" "${@:3}"; }
drop() { config --arg d "$1" '.mounts |= map(select(.destination != $d))'; }
# flags DESTINATION: of the mount, as the container sees it
FLAGS='flags() { awk -v d="$1" '"'"'$5 == d { f = $6 } END { print f }'"'"' /proc/self/mountinfo; }; '
flags_are() { # OPTIONS FLAGS
	drop /data
	# shellcheck disable=SC2086
	bind /data "$SOURCE" bind $1
	run_sh "$FLAGS flags /data"
	is "$output" "$2" "with <$1>"
}

@test "bind: unnamed flags are cleared as soon as one is named" {
	SOURCE=$T/flagged
	mkdir "$SOURCE"
	mount -t tmpfs -o nosuid,nodev,noexec,ro,noatime tmpfs "$SOURCE"
	flags_are "" ro,nosuid,nodev,noexec,noatime
	flags_are defaults ro,nosuid,nodev,noexec,noatime
	flags_are private ro,nosuid,nodev,noexec,noatime
	flags_are nodev rw,nodev,noatime
	flags_are "rw exec" rw,noatime
	flags_are "ro atime" ro,noatime
	flags_are "ro norelatime" ro,noatime
	flags_are "ro strictatime" ro
	flags_are "ro relatime" ro,relatime
	flags_are "ro nosymfollow" ro,noatime,nosymfollow
	flags_are "rro" ro,nosuid,nodev,noexec,noatime
	flags_are "rrw rsuid" rw,nodev,noexec,noatime
	umount "$SOURCE"
	assert_nothing_left
}

@test "bind in a user namespace: locked flags stay when not named" {
	userns
	SOURCE=$T/flagged
	mkdir -m 777 "$SOURCE"
	mount -t tmpfs -o nosuid,nodev,noexec,ro,noatime tmpfs "$SOURCE"
	flags_are "" ro,nosuid,nodev,noexec,noatime
	flags_are ro ro,nosuid,nodev,noexec,noatime
	flags_are nodev ro,nosuid,nodev,noexec,noatime
	flags_are "noexec noatime" ro,nosuid,nodev,noexec,noatime
	flags_are "ro nosymfollow" ro,nosuid,nodev,noexec,noatime,nosymfollow
	umount "$SOURCE"
	mount -t tmpfs -o nosuid,nosymfollow tmpfs "$SOURCE"
	flags_are nodev rw,nosuid,nodev,relatime
	umount "$SOURCE"
	assert_nothing_left
}

@test "bind in a user namespace: clearing a locked flag is an error" {
	local word
	userns
	mkdir -m 777 "$T/flagged"
	mount -t tmpfs -o nosuid,nodev,noexec,ro,noatime tmpfs "$T/flagged"
	for word in rw suid dev exec relatime strictatime; do
		drop /data
		bind /data "$T/flagged" bind "$word"
		v run "$ID"
		[ "$status" -eq 1 ] || fail "$word was accepted"
		has "run failed: unable to start container process: error during container init: error mounting"
		has "operation not permitted"
	done
	drop /data
	bind /data "$T/flagged" rbind rrw
	v run "$ID"
	fails_with 1 "operation not permitted"
	umount "$T/flagged"
	assert_nothing_left
}

@test "recursive attributes reach what is below, plain ones do not" {
	mkdir "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
	bind /one "$T/src" rbind rnosuid rnodev rnoexec rnoatime rnosymfollow
	bind /two "$T/src" rbind nosuid nodev
	bind /three "$T/src" rbind rnoexec rexec rro rrw rstrictatime rnodiratime
	run_sh "$FLAGS"' for d in one two three; do flags /$d; flags /$d/sub; done'
	output_is "rw,nosuid,nodev,noexec,noatime,nosymfollow
rw,nosuid,nodev,noexec,noatime,nosymfollow
rw,nosuid,nodev,relatime
rw,relatime
rw,nodiratime
rw,nodiratime"
	is "$(findmnt -no OPTIONS "$T/src/sub" | tr , '\n' | grep -c noexec)" 0 "on the host"
	umount "$T/src/sub"
	assert_nothing_left
}

@test "flags of the super block on a new file system" {
	add /data tmpfs tmpfs sync dirsync lazytime mand iversion silent size=1m
	add /home tmpfs tmpfs rsync rdirsync
	add /var tmpfs tmpfs sync rasync lazytime nolazytime dirsync silent loud noiversion nomand rmand rnomand
	run_sh 'for d in data home var; do grep " /$d " /proc/self/mountinfo | sed "s/.* - //"; done'
	has "tmpfs tmpfs rw,sync,dirsync,mand,lazytime,size=1024k"
	is "$(sed -n 2p "$T/out" | cut -d, -f1-3)" "tmpfs tmpfs rw,sync,dirsync"
	is "$(sed -n 3p "$T/out" | cut -d, -f1-2)" "tmpfs tmpfs rw,dirsync"
}

@test "options that nobody knows go to the file system, which refuses them; a bind has none" {
	add /data tmpfs tmpfs nr_blocks=8 nosuch=1
	v run "$ID"
	fails_with 1 'nosuch=1'
	has "error mounting"
	drop /data
	bind /data "$T/src" bind nosuch
	v run "$ID"
	fails_with 1 "bind mounts cannot have any filesystem-specific options applied"
	drop /data
	add /data tmpfs tmpfs copy-symlink
	v run "$ID"
	fails_with 1 "the option copy-symlink is for bind mounts only"
	drop /data
	add /data nosuchfs x
	v run "$ID"
	fails_with 1 'nosuchfs'
	drop /data
	add /data "" x
	v run "$ID"
	fails_with 1 "type: must be given"
	assert_nothing_left
}

@test "copy-symlink: the link is made in the container, once" {
	ln -s /some/where "$T/link"
	bind /etc/deep/link "$T/link" bind copy-symlink
	bind /data "$T/src" bind copy-symlink
	config '.root.readonly = false'
	run_sh 'readlink /etc/deep/link; cat /data/f; grep -c " /etc/deep" /proc/self/mountinfo'
	output_is "/some/where
here
0"
	run_sh 'readlink /etc/deep/link' # it is there already
	is "$(readlink "$R/etc/deep/link")" /some/where
	ln -sfn /else "$R/etc/deep/link"
	v run "$ID"
	fails_with 1 "copy-symlink: create /etc/deep/link: file exists"
	assert_nothing_left
}

@test "copy-symlink in a user namespace, from a place that only the host's root may see" {
	userns
	mkdir -m 700 "$T/closed"
	ln -s ../x "$T/closed/link"
	bind /link "$T/closed/link" bind copy-symlink
	run_sh 'readlink /link'
	output_is ../x
}

@test "src-nofollow and dest-nofollow: the links themselves" {
	ln -s f "$T/src/link"
	ln -s /etc/passwd "$R/data/dest"
	bind /data/dest "$T/src/link" bind src-nofollow dest-nofollow
	bind /data/new "$T/src/link" bind src-nofollow
	run_sh 'readlink /data/dest; grep -c root /etc/passwd; readlink /data/new'
	output_is "f
1
f"
	is "$(readlink "$R/data/dest")" /etc/passwd "in the image"
}

@test "dest-nofollow: a file over a link does not reach what the link names" {
	ln -s /etc/passwd "$R/data/dest"
	bind /data/dest "$T/src/f" bind dest-nofollow
	v run "$ID"
	set_sh 'grep -c root /etc/passwd; cat /data/dest'
	v run "$ID"
	status_is 0
	output_is "1
here"
	assert_nothing_left
}

@test "src-nofollow: a directory is no link, a link over a directory is an error" {
	ln -s src "$T/link"
	bind /data "$T/src" bind src-nofollow
	run_sh 'cat /data/f'
	output_is here
	drop /data
	bind /data "$T/link" bind src-nofollow
	v run "$ID"
	fails_with 1 "a directory and a file cannot be mounted on each other"
	assert_nothing_left
}

@test "destinations: symlinks are resolved in the root, dangling ones are made" {
	ln -s /home/there "$R/data/abs"
	ln -s ../../../../../home "$R/data/up"
	bind /data/abs "$T/src" bind
	bind /data/up/file "$T/src/f" bind
	bind relative/path "$T/src" bind
	config '.root.readonly = false'
	run_sh 'cat /home/there/f /home/file /relative/path/f; grep -c " /home/there " /proc/self/mountinfo'
	has "here
here
here
1"
	[ -d "$R/home/there" ]
	[ -f "$R/home/file" ]
	has "destination: \"relative/path\" is not absolute"
	assert_nothing_left
}

@test "destinations: what is missing is made 0755, the group's bit inherited, whatever the umask" {
	chgrp 7 "$R/data"
	chmod 2755 "$R/data"
	bind /data/a/b "$T/src" bind
	bind /data/c/file "$T/src/f" bind
	config '.root.readonly = false'
	umask 077
	run_sh true
	is "$(stat -c '%a %g' "$R/data/a" "$R/data/a/b" "$R/data/c")" "2755 7
2755 7
2755 7"
	is "$(stat -c %a "$R/data/c/file")" 755
}

@test "destinations: a file over a directory and the reverse are errors, and leave nothing" {
	: >"$R/data/file"
	bind /data/file "$T/src" bind
	v run "$ID"
	[ "$status" -eq 1 ]
	has "error mounting"
	config 'del(.mounts[-1])'
	bind /data "$T/src/f" bind
	v run "$ID"
	fails_with 1 "a directory and a file cannot be mounted on each other"
	drop /data
	bind /data/file/below "$T/src" bind
	v run "$ID"
	fails_with 1 "not a directory"
	assert_nothing_left
}

@test "tmpfs: the mode of the directory below, special bits too, or the mode that is given" {
	chmod 6771 "$R/data"
	chmod 1777 "$R/home"
	add /data tmpfs tmpfs
	add /home tmpfs tmpfs mode=700 size=1m
	add /fresh tmpfs tmpfs
	config '.root.readonly = false'
	umask 077
	run_sh 'stat -c "%a %A" /data /home /fresh; grep " /data " /proc/self/mountinfo | sed "s/.*mode=/mode=/" | cut -d, -f1'
	output_is "6771 drwsrws--x
700 drwx------
1777 drwxrwxrwt
mode=6771"
	is "$(stat -c %a "$R/home")" 1777 "the directory below"
}

@test "tmpfs: read-only, though things are made in it; tmpcopyup keeps modes and owners" {
	mkdir -m 2755 "$R/data/dir"
	chown 3:4 "$R/data/dir"
	echo text >"$R/data/dir/f"
	chmod 4711 "$R/data/dir/f"
	ln -s f "$R/data/dir/l"
	add /data tmpfs tmpfs tmpcopyup ro
	bind /data/dir/sub "$T/src" bind
	umask 077
	run_sh 'stat -c "%a %u:%g" /data/dir; cat /data/dir/l; stat -c %a /data/dir/f; cat /data/dir/sub/f; touch /data/x'
	has "2755 3:4
text
4711
here"
	has "Read-only file system"
	[ ! -e "$R/data/dir/sub" ] || fail "made below"
}

@test "sysfs in a user namespace with the host's network: bound, read-only as asked" {
	userns
	config '.linux.namespaces |= map(select(.type != "network"))'
	run_sh "$FLAGS"' flags /sys; ls -d /sys/class; touch /sys/fs/x; mkdir /sys/fs/cgroup/memory/x; true'
	[[ $(sed -n 1p "$T/out") == ro,nosuid,nodev,noexec* ]] || fail "flags of /sys"
	has /sys/class
	is "$(grep -c 'Read-only' "$T/err")" 2
	drop /sys
	add /sys sysfs sysfs nosuid noexec nodev
	drop /sys/fs/cgroup
	run_sh "$FLAGS"' flags /sys'
	[[ $output == rw,nosuid,nodev,noexec* ]] || fail "not as asked: $output"
	assert_nothing_left
}

@test "rootfsPropagation: every form, and what it means for the host" {
	local p want
	for p in shared rshared slave rslave private rprivate unbindable runbindable; do
		config --arg p "$p" '.linux.rootfsPropagation = $p'
		run_sh 'grep -E "^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / " /proc/self/mountinfo | sed "s/ - .*//" | cut -d" " -f7-'
		case $p in
		*shared) want=shared: ;;
		*unbindable) want=unbindable ;;
		*) want= ;;
		esac
		[[ $output == *$want* ]] || fail "$p"
		[ -n "$want" ] || lacks shared
		assert_nothing_left
	done
	config '.linux.rootfsPropagation = "upwards"'
	v run "$ID"
	fails_with 1 'rootfsPropagation'
	config '.linux.rootfsPropagation = "rprivate"'
	v run --no-pivot "$ID"
	fails_with 1 "rootfsPropagation of [r]private is not safe with no_pivot"
}

@test "propagation: what the host mounts later shows in an rslave volume, not the reverse" {
	mkdir "$T/vol"
	mount --bind "$T/vol" "$T/vol"
	mount --make-shared "$T/vol"
	mkdir "$T/vol/sub" "$T/vol/own"
	bind /data "$T/vol" rbind rslave
	bind /home "$T/vol" rbind rprivate
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	set_sh 'mount -t tmpfs mine /data/own; while [ ! -e /tmp/../data/sub/seen ]; do sleep 0.05; done
		ls /home/sub; echo saw'
	v run -d "$ID"
	status_is 0
	mount -t tmpfs tmpfs "$T/vol/sub"
	: >"$T/vol/sub/seen"
	wait_state stopped
	is "$(cat "$T/out")" saw
	is "$(findmnt -no SOURCE "$T/vol/own" || true)" "" "the container's on the host"
	v delete "$ID"
	umount "$T/vol/sub" "$T/vol"
	assert_nothing_left
}

@test "masked paths: directories share one tmpfs, what is given twice is mounted once" {
	mkdir "$R/data/a" "$R/data/b"
	echo secret | tee "$R/data/a/f" "$R/data/b/f" "$R/data/file" >/dev/null
	config '.linux.maskedPaths += ["/data/a", "/data/b", "/data/a", "/data/file", "/data/file", "/data/none"]'
	run_sh '[ "$(stat -c %d /data/a)" = "$(stat -c %d /data/b)" ] && echo same
		for p in /data/a /data/file; do grep -c " $p " /proc/self/mountinfo; done
		cat /data/file /data/a/f; rm /data/file; true'
	has "same
1
1"
	lacks secret
	has "Read-only file system"
	[ ! -e "$R/data/none" ]
}

@test "a second /dev covers the first and what was mounted in it, by any name" {
	local second
	ln -s dev "$R/other"
	for second in /dev /other; do
		config '.mounts |= map(select(.source | test("^(first|second|last)$") | not))'
		add /dev/first tmpfs first size=4k
		add $second tmpfs second mode=755
		add /dev/last tmpfs last size=4k
		run_sh 'ls -d /dev/first /dev/last /other/last /dev/null; grep -c " /dev " /proc/self/mountinfo'
		has "ls: /dev/first: No such file"
		has "/dev/last
/dev/null
/other/last
2"
	done
}

@test "a mount on / after /dev: what comes then is in the new root" {
	add / bind "$T/src" bind
	add /dev/again tmpfs again size=4k
	v run "$ID"
	[ "$status" -ne 0 ] || fail "there is no program in that root"
	[ ! -e "$R/dev/again" ]
	[ -d "$T/src/dev/again" ] || fail "the directory was not made in the new root"
}

@test "masked and read-only files of /proc: directories, files, links, what is not there, twice" {
	config '.linux.maskedPaths = ["/proc/version", "/proc/irq", "/proc/version", "/proc/nosuch", "/proc/loadavg",
		"/proc/self/limits", "/proc/mounts", "/proc/tty/drivers"] | .linux.readonlyPaths = ["/proc/sys", "/proc/nosuch", "/proc/bus"]'
	run_sh 'wc -c </proc/version; wc -c </proc/loadavg; ls /proc/irq | wc -l; ls -A /proc/bus | wc -l
		wc -c </proc/tty/drivers; for p in sys bus irq version loadavg tty/drivers; do
			awk -v d="/proc/$p" "\$5 == d { f = \$6 } END { print d, substr(f, 1, 3) }" /proc/self/mountinfo; done
		echo x >/proc/sys/kernel/hostname'
	has "0
0
0"
	has "/proc/sys ro,
/proc/bus ro,
/proc/irq ro,
/proc/version ro,
/proc/loadavg ro,
/proc/tty/drivers ro,"
	has "Read-only file system"
}

@test "read-only paths keep the flags of the mount they lie on" {
	add /data tmpfs tmpfs nosuid nodev noexec
	config '.linux.readonlyPaths += ["/data", "/data/none"]'
	run_sh "$FLAGS"' flags /data; flags /proc/sys; touch /data/x; true'
	is "$(sed -n 1p "$T/out" | cut -d, -f1-4)" ro,nosuid,nodev,noexec
	has "Read-only file system"
}

@test "a read-only bind is never seen writable, not even by a prestart hook" {
	bind /data "$T/src" bind ro
	cat >"$T/hook" <<-'EOT'
		#!/bin/sh
		pid=$(sed 's/.*"pid": *\([0-9]*\).*/\1/')
		grep "/rootfs/data " /proc/$pid/mountinfo | cut -d' ' -f6 >"$(dirname "$0")/seen"
	EOT
	chmod +x "$T/hook"
	config --arg h "$T/hook" '.hooks.prestart = [{path: $h}]'
	run_sh true
	[[ $(cat "$T/seen") == ro,* ]] || fail "seen: $(cat "$T/seen")"
}

@test "mountLabel without SELinux is refused by name" {
	[ ! -e /sys/fs/selinux/status ] || skip "this kernel has SELinux"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	v run "$ID"
	fails_with 1 "linux.mountLabel: selinux is not enabled in this kernel"
	assert_nothing_left
}
