#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line by itself: no container is made, no root is needed (one test uses it).

bats_require_minimum_version 1.5.0

setup() {
	VIAL=$(realpath "${VIAL:-$BATS_TEST_DIRNAME/../../build/release/vial}")
	WORK=$(mktemp -d "${BATS_TMPDIR:-/tmp}/vial-cli.XXXXXX")
	cd "$WORK" || return 1
	unset LISTEN_FDS LISTEN_PID
	ROOT="$WORK/state"
	mkdir "$ROOT"
}

teardown() {
	rm -rf "$WORK"
}

# fails STATUS TEXT ARG...: `vial ARG...` exits with STATUS and logs exactly TEXT.
fails() {
	local status_wanted=$1 text=$2
	shift 2

	: >log.json
	run "$VIAL" --root "$ROOT" --log log.json --log-format json "$@"
	[ "$status" -eq "$status_wanted" ] || { echo "$*: exit $status: $output"; return 1; }
	[ "$(jq -r .level <log.json)" = error ] || { echo "$*: $(cat log.json)"; return 1; }
	[ "$(jq -r .msg <log.json)" = "$text" ] || { echo "$*: $(cat log.json)"; return 1; }
	# what is in the log is on standard error too, in plain words
	grep -qxF -- "$text" <<<"$output" || { echo "$*: $output"; return 1; }
	[ -z "$(ls -A "$ROOT")" ]
}

# shows_help CMD: the output so far is the help of that command.
shows_help() {
	grep -qx 'NAME:' <<<"$output"
	grep -q "^   $(basename "$VIAL") $1 - " <<<"$output"
	grep -qx 'USAGE:' <<<"$output"
}

@test "without a command, and with help, -h, --help: the program's help" {
	local args

	for args in '' help h -h --help -help '--debug --help'; do
		# shellcheck disable=SC2086 # words
		run -0 "$VIAL" $args
		[ "${lines[0]}" = 'NAME:' ]
		[[ "${lines[1]}" == "   vial - "* ]]
		[[ "$output" == *'GLOBAL OPTIONS:'*'--root value '*'(default: "/run/vial")'* ]]
	done
}

@test "every command of the help text has a help text, three ways" {
	local cmd n=0 global

	run -0 "$VIAL" --help
	global=$(sed -n '/^COMMANDS:/,/^$/p' <<<"$output" | sed '1d;/^$/d;/help, h/d')
	while read -r cmd _; do
		run -0 "$VIAL" "$cmd" --help
		shows_help "$cmd"
		run -0 "$VIAL" "$cmd" -h
		shows_help "$cmd"
		run -0 "$VIAL" help "$cmd"
		shows_help "$cmd"
		n=$((n + 1))
	done <<<"$global"
	[ "$n" -ge 15 ]
	run -0 "$VIAL" delete some-id --help
	shows_help delete
}

@test "--version" {
	local flag

	for flag in -v --version -version; do
		run -0 "$VIAL" $flag
		[[ "${lines[0]}" =~ ^vial\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
		[[ "${lines[1]}" =~ ^commit:\ .+$ ]]
		[[ "${lines[2]}" =~ ^spec:\ 1\.3\.0$ ]]
		[[ "${lines[3]}" =~ ^libseccomp:\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
		[ "${#lines[@]}" -eq 4 ]
	done
}

@test "the program calls itself by the name it is called by" {
	ln -s "$VIAL" runc
	run -0 ./runc --version
	[[ "${lines[0]}" == 'runc version '* ]]
	run -0 ./runc run --help
	[[ "${lines[1]}" == '   runc run - '* ]]
	run -1 ./runc --root "$ROOT" run -b /nonexistent id
	[[ "$output" == *'msg="runc run failed: chdir /nonexistent: no such file or directory"' ]]
	run -1 ./runc --root "$ROOT" start
	[[ "$output" == *'msg="./runc: \"start\" requires exactly 1 argument(s)"' ]]
}

@test "unknown commands exit 3" {
	local cmd

	for cmd in foo init Run run2 ''; do
		fails 3 "No help topic for '$cmd'" "$cmd"
		fails 3 "No help topic for '$cmd'" "$cmd" --help
		# `help` knows no more; it needs no log, so its answer is on standard error only
		run -3 "$VIAL" help "$cmd"
		[[ "$output" == *"No help topic for '$cmd'"* ]]
	done
}

@test "wrong number of arguments" {
	local cmd

	for cmd in create run start state delete; do
		fails 1 "$VIAL: \"$cmd\" requires exactly 1 argument(s)" $cmd
		[ "${lines[0]}" = 'Incorrect Usage.' ]
		shows_help $cmd
		fails 1 "$VIAL: \"$cmd\" requires exactly 1 argument(s)" $cmd a b
	done
	for cmd in list spec features; do
		fails 1 "$VIAL: \"$cmd\" requires exactly 0 argument(s)" $cmd a
	done
	fails 1 "$VIAL: \"kill\" requires a minimum of 1 argument(s)" kill
	fails 1 "$VIAL: \"kill\" requires a maximum of 2 argument(s)" kill a KILL -a
	fails 1 "$VIAL: \"plan\" requires a maximum of 1 argument(s)" plan a b
}

@test "options that are wrong" {
	local cmd

	for cmd in create delete features kill list plan run spec start state; do
		fails 1 'flag provided but not defined: -nosuch' $cmd --nosuch id
		[ "${lines[0]}" = 'Incorrect Usage: flag provided but not defined: -nosuch' ]
		shows_help $cmd
	done
	fails 1 'flag provided but not defined: -detach' create --detach id
	fails 1 'flag provided but not defined: -x' state id -x
	fails 1 'flag needs an argument: -bundle' run id --bundle
	fails 1 'flag needs an argument: -b' run -b
	fails 1 'bad flag syntax: ---detach' run ---detach id
	fails 1 'invalid boolean value "maybe" for -detach: parse error' run -detach=maybe id
	fails 1 'invalid value "x" for flag -preserve-fds: parse error' run --preserve-fds x id
	fails 1 'invalid value "-1" for flag -preserve-fds: parse error' create --preserve-fds=-1 id
	fails 1 'invalid format option' list --format xml
}

@test "global options that are wrong" {
	run -1 "$VIAL" --log-format xyz list
	[[ "$output" == *'level=error msg="invalid log-format: xyz"' ]]
	fails 1 'Option --root argument should not be set to /' --root / list
	fails 1 'Option --root argument should not be set to /' --root=/../. list
	fails 1 'invalid value "x" for --rootless: expected true, false or auto' --rootless x list
	fails 1 "open $WORK/none: no such file or directory" --root none list
	fails 1 'flag provided but not defined: -nosuch' --nosuch list
	[ "${lines[0]}" = 'Incorrect Usage. flag provided but not defined: -nosuch' ]
	fails 1 'flag needs an argument: -root' --root
	fails 1 'flag provided but not defined: -b' -b . list
}

@test "checkpoint and restore: what Podman asks to find out about them" {
	run -0 "$VIAL" checkpoint --help
	[ "${lines[0]}" = 'NAME:' ]
	fails 1 'flag needs an argument: -lsm-mount-context' restore --lsm-mount-context
}

@test "--cgroup-manager: values and contradictions" {
	fails 1 'invalid cgroup-manager: none: expected cgroupfs, systemd or disabled' --cgroup-manager none list
	fails 1 '--systemd-cgroup and --cgroup-manager=cgroupfs contradict each other' \
		--systemd-cgroup --cgroup-manager=cgroupfs list
	fails 1 '--systemd-cgroup and --cgroup-manager=disabled contradict each other' \
		-cgroup-manager disabled -systemd-cgroup list
	fails 1 'flag needs an argument: -cgroup-manager' --cgroup-manager
	run -0 "$VIAL" --root "$ROOT" --systemd-cgroup --cgroup-manager=systemd list -q
	run -0 "$VIAL" --root "$ROOT" --systemd-cgroup=false --cgroup-manager=cgroupfs list -q
}

@test "create and run say who failed" {
	fails 1 'vial run failed: chdir /nonexistent: no such file or directory' run -b /nonexistent id
	fails 1 'vial create failed: chdir /nonexistent: no such file or directory' create -b /nonexistent id
	touch file
	fails 1 'vial run failed: chdir file: not a directory' run -b file id
	fails 1 'vial run failed: JSON specification file config.json not found' run id
	fails 1 'vial create failed: JSON specification file config.json not found' create -b . id
	"$VIAL" spec
	fails 1 'vial run failed: invalid container ID format' run bad/id
	fails 1 'vial run failed: container id cannot be empty' run ''
	fails 1 'vial create failed: invalid container ID format' create .hidden
	fails 1 'vial create failed: invalid container ID format' create 'foo bar'
}

@test "containers that do not exist" {
	fails 1 'container does not exist' state nope
	fails 1 'container does not exist' start nope
	fails 1 'container does not exist' kill nope
	fails 1 'container does not exist' kill nope KILL
	fails 1 'container does not exist' delete nope
	run -0 "$VIAL" --root "$ROOT" delete --force nope
	[ -z "$output" ]
	run -0 "$VIAL" --root "$ROOT" delete nope -f
}

@test "descriptors that are not there" {
	local want='vial run failed: unable to stat preserved-fd'

	# the harness has descriptors of its own open: close what could be in the way
	run -1 sh -c "exec 3>&- 4>&- 5>&-; exec '$VIAL' --root '$ROOT' --log log run --preserve-fds 1 id"
	[[ "$output" == "$want 0 (of 1): fcntl(2) on descriptor 3: bad file descriptor" ]]
	run -1 sh -c "exec 3</dev/null 4>&- 5>&-; exec '$VIAL' --root '$ROOT' --log log run --preserve-fds 2 id"
	[[ "$output" == "$want 1 (of 2): fcntl(2) on descriptor 4: bad file descriptor" ]]
	# socket activation counts when it is meant for this process
	run -1 sh -c "exec 3>&- 4>&-; LISTEN_PID=\$\$ LISTEN_FDS=1 exec '$VIAL' --root '$ROOT' run id"
	[[ "$output" == *"$want 0 (of 1)"* ]]
	run -1 sh -c "exec 3>&- 4>&-; LISTEN_PID=1 LISTEN_FDS=1 exec '$VIAL' --root '$ROOT' run id"
	[[ "$output" == *'config.json not found'* ]]
}

@test "log: text to standard error by default" {
	local stamp='time="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"'

	run --separate-stderr -1 "$VIAL" --root "$ROOT" state nope
	[ -z "$output" ]
	# shellcheck disable=SC2154 # by run --separate-stderr
	[[ "$stderr" =~ ^$stamp' level=error msg="container does not exist"'$ ]]
	run --separate-stderr -1 "$VIAL" --root "$ROOT" list --format 'a"b'
	[[ "$stderr" == *' msg="invalid format option"' ]]
	run --separate-stderr -1 "$VIAL" --log-format 'a"b' list
	[[ "$stderr" == *' msg="invalid log-format: a\"b"' ]]
}

@test "log: JSON, one object per line, keys in order; the file is appended to" {
	run -1 "$VIAL" --log-format json --root "$ROOT" state nope
	[[ "$output" =~ ^'{"level":"error","msg":"container does not exist","time":"'[0-9TZ:-]+'"}'$ ]]
	run -1 "$VIAL" --log l --log-format json --root "$ROOT" state nope
	[ "$output" = 'container does not exist' ]
	run -1 "$VIAL" --log=l -log-format=text --root "$ROOT" state nope
	[ "$(wc -l <l)" -eq 2 ]
	[[ "$(tail -n 1 l)" == 'time="'*'" level=error msg="container does not exist"' ]]
	[ "$(stat -c %a l)" = 644 ]
	run -1 "$VIAL" --log none/l --root "$ROOT" state nope
	[[ "$output" == *'msg="open none/l: no such file or directory"' ]]
}

@test "output that cannot be written is an error" {
	run -1 sh -c "'$VIAL' features >/dev/full"
	[[ "$output" == *'write to standard output: no space left on device'* ]]
	run -1 sh -c "'$VIAL' --help >/dev/full"
	# closed descriptors are /dev/null before anything else can get their numbers
	run -1 sh -c "exec '$VIAL' features <&- >&- 2>&-"
	[ -z "$output" ]
	run -0 sh -c "exec '$VIAL' spec <&- >&- 2>&-"
	[ -s config.json ]
}

@test "list: the default root may be missing, a given one not; formats of nothing" {
	run -0 "$VIAL" --root "$ROOT" list
	[ "$output" = 'ID          PID         STATUS      BUNDLE      CREATED     OWNER' ]
	run -0 "$VIAL" --root "$ROOT" list -f json
	[ "$output" = null ]
	run -0 "$VIAL" --root "$ROOT" list -q --format=json
	[ -z "$output" ]
}

@test "spec: writes once, where it is told, what create accepts" {
	mkdir b
	run -0 "$VIAL" spec -b b
	[ -z "$output" ]
	[ "$(jq -r '.ociVersion, .process.args[0], .hostname' b/config.json | xargs)" = '1.3.0 sh vial' ]
	[ "$(jq -c '[.linux.namespaces[].type]' b/config.json | sed 's/,"cgroup"//')" = \
		'["pid","network","ipc","uts","mount"]' ]
	cp b/config.json before
	fails 1 'File config.json exists. Remove it first' spec --bundle b
	cmp before b/config.json
	fails 1 'chdir none: no such file or directory' spec -b none
	ln -s nowhere config.json
	fails 1 'File config.json exists. Remove it first' spec
	rm config.json
	run -0 "$VIAL" spec --rootless
	[ "$(jq -c '.linux.uidMappings' config.json)" = \
		"[{\"containerID\":0,\"hostID\":$(id -u),\"size\":1}]" ]
	[ "$(jq '.linux.resources' config.json)" = null ]
	mkdir b/rootfs
	run -0 "$VIAL" plan --bundle b
	[ -n "$output" ]
}

@test "plan: what is wrong with a bundle, without effects" {
	fails 1 'JSON specification file config.json not found' plan
	"$VIAL" spec
	fails 1 'invalid container ID format' plan bad/id
	mkdir rootfs
	run -0 "$VIAL" plan some-id
	[[ "$output" == *"$WORK/rootfs"* ]]
	[[ "$output" == *some-id* ]]
}

@test "features: one JSON document, in the shape of features.md" {
	run -0 "$VIAL" features
	jq -e '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"' <<<"$output"
	jq -e '.hooks == ["prestart","createRuntime","createContainer","startContainer",
		"poststart","poststop"]' <<<"$output"
	jq -e '.mountOptions == (.mountOptions | sort) and (.mountOptions | index("rro"))' <<<"$output"
	jq -e '.linux.namespaces | length == 8' <<<"$output"
	jq -e '.linux.capabilities | length == 41 and .[0] == "CAP_CHOWN" and
		.[40] == "CAP_CHECKPOINT_RESTORE"' <<<"$output"
	jq -e '.linux.cgroup | .v1 and .v2 and (.systemd | type) == "boolean"' <<<"$output"
	jq -e '.linux.seccomp | .enabled and (.actions | index("SCMP_ACT_ERRNO")) and
		(.archs | index("SCMP_ARCH_X86_64")) and
		(.supportedFlags - .knownFlags == [])' <<<"$output"
	# the parts agree with each other
	jq -e '(.mountOptions | index("idmap") != null) == .linux.mountExtensions.idmap.enabled' <<<"$output"
	jq -e '.annotations["run.oci.vial.version"] and
		(.annotations["run.oci.vial.checkpoint.enabled"] | . == "true" or . == "false")' <<<"$output"
}

@test "an ordinary user's state is below \$XDG_RUNTIME_DIR" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root to become another user'
	cp "$VIAL" ./vial
	mkdir xdg
	chown 65534:65534 xdg
	chmod 755 .

	# no directory yet: nothing to list, and nothing is made
	run -0 env XDG_RUNTIME_DIR="$WORK/xdg" setpriv --reuid 65534 --regid 65534 --clear-groups \
		./vial list -q
	[ ! -e xdg/vial ]
	run -1 env XDG_RUNTIME_DIR="$WORK/xdg" setpriv --reuid 65534 --regid 65534 --clear-groups \
		./vial run id
	[[ "$output" == *'config.json not found'* ]]
	[ "$(stat -c '%a %u' xdg/vial)" = '1700 65534' ]
	# root's own variable does not count
	run -1 env XDG_RUNTIME_DIR="$WORK/xdg2" ./vial run id
	[ ! -e xdg2 ]
}
