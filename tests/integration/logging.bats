#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The log: where it goes, what it looks like, and that nobody who reads it can stop us.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	T=$BATS_TEST_TMPDIR
	ROOT=$T/state
	mkdir "$ROOT"
	cd "$T" || return 1
	# shellcheck disable=SC2034 # of helpers.bash
	DGRAM_PID=
}
teardown() { stop_dgram; }

# bats does not see a failure behind `!`
lacking() { ! LC_ALL=C grep "$@"; }

# l ARGUMENT...: our program with the state root; standard output and error apart in files
l() {
	status=0
	timeout --foreground -k 5 60 "$VIAL" --root "$ROOT" "$@" >out 2>err </dev/null 3>&- 4>&- ||
		status=$?
	output=$(cat out err)
}

# in a mount namespace of its own: SCRIPT with /dev/log and the journal's socket replaced by ours
with_daemon() {
	unshare -m --propagation private sh -ec "$1" sh "$VIAL" "$ROOT" "$T" >out 2>err 3>&- 4>&-
}

stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z'

@test "text: a line as logrus writes it, nothing on standard output" {
	l state nope
	status_is 1
	[ ! -s out ]
	[[ $(cat err) =~ ^time=\"$stamp\"\ level=error\ msg=\"container\ does\ not\ exist\"$ ]]
}

@test "text: quotes, escapes and bytes that are no text" {
	vial_only "the name in a message"
	l kill nope "$(printf 'a"b\\c\033[31m\007\177\nlevel=error msg=forged\303\374')"
	# the id is looked at first, as by the reference
	has 'container does not exist'
	l --log-format "$(printf 'x"\033[2J\007\177\nlevel=debug msg=forged\374')" list
	status_is 1
	[ "$(wc -l <err)" -eq 1 ]
	[[ $(cat err) == *'msg="invalid log-format: x\"\x1b[2J\a\x7f\nlevel=debug msg=forged\xfc"' ]]
}

@test "JSON: one object a line, keys sorted, nothing that is not escaped" {
	l --log log --log-format json --rootless "$(printf 'x\033\007\177\n{"level":"info"}\374')" list
	status_is 1
	[ "$(wc -l <log)" -eq 1 ]
	[ "$(jq -c 'keys_unsorted' log)" = '["level","msg","time"]' ]
	[ "$(jq -r .level log)" = error ]
	jq -e '.msg | contains("\u001b\u0007\u007f\n{\"level\":\"info\"}\ufffd")' log
	[[ $(jq -r .time log) =~ ^$stamp$ ]]
	lacking -q '[^ -~]' log
}

@test "standard error beside a log: nothing that steers a terminal" {
	vial_only "bytes go through as they are"
	l --log log --log-format "$(printf 'x\033]0;t\007\177\302\2331m\374')" list
	status_is 1
	[ "$(cat err)" = 'invalid log-format: x\x1b]0;t\a\x7f\u009b1m\xfc' ]
	lacking -q "$(printf '\033')" err
}

@test "a file is appended to, is 0644, and the error is plain on standard error too" {
	umask 022
	l --log log state nope
	[ "$(cat err)" = 'container does not exist' ]
	l --log=log -log-format=json state nope
	[ "$(cat err)" = 'container does not exist' ]
	l --log file:log state nope
	[ "$(wc -l <log)" -eq 3 ]
	[ "$(stat -c %a log)" = 644 ]
	l --log "file:$T/none/log" state nope
	fails_with 1 "open $T/none/log: no such file or directory"
	l --log . state nope
	fails_with 1 'open .: is a directory'
}

@test "--debug: debug messages, in the file only" {
	"$VIAL" spec 2>/dev/null || true
	mkdir -p rootfs
	jq '.process.terminal = false | .process.args = ["/nope"] | .nosuch = 1' config.json >c &&
		mv c config.json
	l --debug run id
	grep -q 'level=debug msg=.*nosuch' err
	l --debug --log log --log-format json run id
	status_is 1
	[ "$(jq -r 'select(.level == "debug") | .msg' log | grep -c nosuch)" -eq 1 ]
	[ "$(wc -l <err)" -eq 1 ]
	lacking -q debug err
	l run id
	lacking -q debug err
	l --debug=false run id
	lacking -q debug err
}

@test "--log-level" {
	vial_only "an option of crun"
	"$VIAL" spec
	mkdir rootfs
	jq '.process.terminal = false | .process.args = ["/nope"] | .nosuch = 1 |
		.process.capabilities.bounding += ["CAP_NOSUCH"]' config.json >c && mv c config.json
	l --log-level=debug run id
	grep -q level=debug err
	grep -q level=warning err
	l --log-level warning run id
	grep -q level=warning err
	lacking -q level=debug err
	l --log-level=error run id
	[ "$(wc -l <err)" -eq 1 ]
	grep -q level=error err
	l --debug --log-level error run id
	lacking -q level=debug err
	l --log-level loud list
	fails_with 1 'invalid log-level: loud: expected error, warning or debug'
	l --log-level
	fails_with 1 'flag needs an argument: -log-level'
}

@test "a FIFO that nobody reads does not stop us" {
	mkfifo fifo
	l --log fifo --log-format json state nope
	fails_with 1 'container does not exist'
	l --log fifo list
	status_is 0
}

@test "a FIFO that is full does not stop us" {
	vial_only "the reference hangs"
	mkfifo fifo
	exec 8<>fifo
	dd if=/dev/zero of=fifo bs=4096 count=16 oflag=nonblock status=none || true
	SECONDS=0
	l --log fifo --log-format json state nope
	[ "$SECONDS" -lt 30 ]
	fails_with 1 'container does not exist'
	has '1 messages for the log were dropped: nobody took them'
	exec 8>&-
}

@test "standard error that is full does not stop us" {
	vial_only "the reference hangs"
	mkfifo fifo
	exec 8<>fifo
	dd if=/dev/zero of=fifo bs=4096 count=16 oflag=nonblock status=none || true
	status=0
	timeout -k 5 60 "$VIAL" --root "$ROOT" state nope 2>&8 3>&- 4>&- || status=$?
	status_is 1
	status=0
	timeout -k 5 60 "$VIAL" --root "$ROOT" --log log state nope 2>&8 3>&- 4>&- || status=$?
	status_is 1
	grep -q 'container does not exist' log
	exec 8>&-
}

@test "standard error whose reader is gone does not kill us" {
	mkfifo fifo
	# shellcheck disable=SC2094 # both ends are wanted
	exec 8<>fifo 9>fifo
	exec 8>&-
	status=0
	"$VIAL" --root "$ROOT" state nope 2>&9 3>&- 4>&- || status=$?
	status_is 1
	exec 9>&-
}

@test "a log on a full disk: the error is told on standard error, once" {
	l --log /dev/full state nope
	status_is 1
	[ "$(cat err)" = 'container does not exist' ]
}

@test "standard output that is full, closed or whose reader is gone is an error" {
	local cmd
	for cmd in 'features' '--help' 'list' 'run --help' '--version'; do
		status=0
		# shellcheck disable=SC2086 # words
		"$VIAL" --root "$ROOT" $cmd >/dev/full 2>err || status=$?
		output=$(cat err)
		fails_with 1 'write to standard output: no space left on device'
	done
	status=0
	mkfifo fifo
	# shellcheck disable=SC2094 # both ends are wanted
	exec 8<>fifo 9>fifo
	exec 8>&-
	"$VIAL" --root "$ROOT" features >&9 2>err 3>&- 4>&- || status=$?
	exec 9>&-
	output=$(cat err)
	fails_with 1 'write to standard output: broken pipe'
	status=0
	"$VIAL" --root "$ROOT" features >&- 2>err || status=$?
	output=$(cat err)
	fails_with 1 'write to standard output: bad file descriptor'
	# what has nothing to tell needs no output
	mkdir b
	"$VIAL" spec -b b >&- 2>&- <&-
	[ -s b/config.json ]
}

@test "on a terminal: the short form in colour" {
	script -qec "$VIAL --root $ROOT state nope" /dev/null >out 2>&1 </dev/null || true
	grep -q "$(printf '\033\\[31mERRO\033\\[0m\\[0000\\] container does not exist')" out
}

@test "journald: fields of the native protocol" {
	vial_only "a target of crun"
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_dgram journal "$T/journal.sock"
	with_daemon 'mkdir -p /run/systemd; mount -t tmpfs none /run/systemd
		mkdir /run/systemd/journal; touch /run/systemd/journal/socket
		mount --bind "$3/journal.sock" /run/systemd/journal/socket
		"$1" --root "$2" --log journald:c1 state nope || echo "status $?"'
	[ "$(cat out)" = 'status 1' ]
	[ "$(cat err)" = 'container does not exist' ]
	until_true 5 grep -q MESSAGE journal
	[ "$(sed '/^$/d' journal)" = 'PRIORITY=3
ID=c1
SYSLOG_IDENTIFIER=c1
MESSAGE=container does not exist' ]
}

@test "syslog: as syslog(3) writes it" {
	vial_only "a target of crun"
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_dgram syslog "$T/syslog.sock"
	# /dev gets a file system of its own, so that nothing is made on the host's
	with_daemon 'mkdir "$3/dev"; mount -t tmpfs none "$3/dev"; touch "$3/dev/log" "$3/dev/null"
		mount --bind /dev/null "$3/dev/null"; mount --bind "$3/syslog.sock" "$3/dev/log"
		mount --rbind "$3/dev" /dev
		"$1" --root "$2" --log=syslog:c1 state nope </dev/null || echo "status $?"'
	[ "$(cat out)" = 'status 1' ] || { cat out err; false; }
	until_true 5 grep -q exist syslog
	grep -Eq '^<11>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} c1\[[0-9]+\]: container does not exist$' syslog
}

@test "journald and syslog that are not there" {
	vial_only "targets of crun"
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	with_daemon 'mkdir -p /run/systemd; mount -t tmpfs none /run/systemd
		"$1" --root "$2" --log journald:c1 list || echo "status $?"'
	[ "$(cat out)" = 'status 1' ]
	grep -q 'connect the log to /run/systemd/journal/socket: no such file or directory' err
	l --log journald: list
	fails_with 1 'invalid log target: an id is needed behind the colon'
}

@test "what a container is called cannot forge a log line" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	"$VIAL" spec
	mkdir rootfs
	jq --arg a "$(printf '/x\033[31m\007\n{"level":"error","msg":"forged"}')" \
		'.process.terminal = false | .process.args = [$a]' config.json >c && mv c config.json
	l --log log --log-format json run id
	status_is 1
	[ "$(wc -l <log)" -eq 1 ]
	jq -e '.msg | contains("forged")' log
	lacking -q '[^ -~]' log
	l run id
	[ "$(grep -c . err)" -eq 1 ]
	lacking -q "$(printf '\033')" err
}
