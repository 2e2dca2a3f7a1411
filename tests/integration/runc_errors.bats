#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What runc 1.5.1 answers, word by word: exit code, standard output, and the fields of the log line.
# Called as `runc`, we say the same.

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	ln -s "$VIAL" "$T/runc" # PROGRAM keeps the real name
	VIAL=$T/runc
	cd "$B" || return 1
}
teardown() { teardown_container; }

# r ARGUMENT...: as v, without a state root where the arguments bring their own
r() { v "$@"; }

# answers CODE [MESSAGE]: exit code, and one log line at level error with exactly this message on
# standard error; without MESSAGE nothing at all.
answers() {
	local msg
	status_is "$1"
	if [ $# -eq 1 ]; then
		[ ! -s "$T/err" ] || fail "standard error: $(cat "$T/err")"
		return 0
	fi
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "lines: $(cat "$T/err")"
	[[ $(cat "$T/err") =~ ^time=\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\"\ level=error\ msg=(.*)$ ]] ||
		fail "fields: $(cat "$T/err")"
	msg=${BASH_REMATCH[1]}
	[ "$msg" = "\"$2\"" ] || fail "message: expected <\"$2\">, got <$msg>"
}
# usage FIRST-LINE COMMAND: standard output is that line and the help of the command
usage() {
	is "$(sed -n 1p "$T/out")" "$1"
	is "$(sed -n 2,3p "$T/out")" "
NAME:"
	grep -q "^   runc $2 - " "$T/out"
	grep -q '^USAGE:$' "$T/out"
	grep -q "^   runc $2 " "$T/out"
}

@test "a container that does not exist" {
	r state nope; answers 1 'container does not exist'
	r kill nope KILL; answers 1 'container does not exist'
	r start nope; answers 1 'container does not exist'
	r delete nope; answers 1 'container does not exist'
	r delete -f nope; answers 0
	r exec nope true; answers 255 'exec failed: container does not exist'
	r ps nope; answers 1 'container does not exist'
	r pause nope; answers 1 'container does not exist'
	r resume nope; answers 1 'container does not exist'
	r events nope; answers 1 'container does not exist'
	r update nope --pids-limit 5; answers 1 'container does not exist'
}

@test "a command that does not exist" {
	r foo; answers 3 "No help topic for 'foo'\\n"
	[ ! -s "$T/out" ]
	r foo -h; answers 3 "No help topic for 'foo'\\n"
}

@test "no command: the help, in the form that people and scripts know" {
	r
	answers 0
	is "$(sed -n 1p "$T/out")" 'NAME:'
	grep -q '^   runc - ' "$T/out"
	local heading
	for heading in USAGE: VERSION: COMMANDS: 'GLOBAL OPTIONS:'; do
		grep -qx "$heading" "$T/out"
	done
	grep -qx '   runc \[global options\] command \[command options\] \[arguments...\]' "$T/out"
}

@test "wrong numbers of arguments" {
	local c
	for c in run create; do
		r $c; answers 1 "$T/runc: \\\"$c\\\" requires exactly 1 argument(s)"
		usage 'Incorrect Usage.' $c
	done
	r run a b; answers 1 "$T/runc: \\\"run\\\" requires exactly 1 argument(s)"
	usage 'Incorrect Usage.' run
	r exec; answers 1 "$T/runc: \\\"exec\\\" requires a minimum of 1 argument(s)"
	usage 'Incorrect Usage.' exec
	r kill; answers 1 "$T/runc: \\\"kill\\\" requires a minimum of 1 argument(s)"
	usage 'Incorrect Usage.' kill
	for c in state start delete pause resume; do
		r $c; answers 1 "$T/runc: \\\"$c\\\" requires exactly 1 argument(s)"
		usage 'Incorrect Usage.' $c
	done
}

@test "flags and values that are wrong" {
	r run --nosuch x; answers 1 'flag provided but not defined: -nosuch'
	usage 'Incorrect Usage: flag provided but not defined: -nosuch' run
	r --log-format xyz list; answers 1 'invalid log-format: xyz'
	r --root /nonexist list; answers 1 'open /nonexist: no such file or directory'
	r run -b /nonexistent x; answers 1 'runc run failed: chdir /nonexistent: no such file or directory'
	r run bad/id; answers 1 'runc run failed: invalid container ID format'
	r run ''; answers 1 'runc run failed: container id cannot be empty'
}

@test "a program that is not there" {
	set_args /no/such
	local why='unable to start container process: error during container init: exec: \"/no/such\": stat /no/such: no such file or directory'
	r run "$ID"; answers 1 "runc run failed: $why"
	r create "$ID"; answers 1 "runc create failed: $why"
	r start "$ID"; answers 1 'container does not exist'
	r delete -f "$ID"; answers 0
	assert_nothing_left
}

@test "the states of a container, and what each command says in them" {
	set_args sleep 200
	r run -d "$ID"; answers 0
	r run -d "$ID"; answers 1 'runc run failed: container with given ID already exists'
	r kill "$ID" NOSUCH; answers 1 'unknown signal \"NOSUCH\"'
	r kill "$ID" 0; answers 0
	r delete "$ID"; answers 1 "cannot delete container $ID that is not stopped: running"
	r exec "$ID" /no/such
	answers 255 'exec failed: unable to start container process: exec: \"/no/such\": stat /no/such: no such file or directory'
	r exec "$ID" sh -c 'exit 7'; answers 7
	r exec "$ID" sh -c 'kill -9 $$'; answers 137
	r start "$ID"; answers 1 'cannot start an already running container'
	r pause "$ID"; answers 0
	r pause "$ID"; answers 1 'container not running'
	r exec "$ID" true
	answers 255 'exec failed: cannot exec in a paused container (use --ignore-paused to override)'
	r resume "$ID"; answers 0
	r resume "$ID"; answers 1 'container not paused'
	r update "$ID" --memory 1x; answers 1 "invalid value for memory: invalid suffix: 'x'"
	r kill "$ID" KILL; answers 0
	wait_state stopped
	r exec "$ID" true; answers 255 'exec failed: cannot exec in a stopped container'
	r kill "$ID" TERM; answers 1 'container not running'
	r pause "$ID"; answers 1 'container not running'
	r start "$ID"; answers 1 'cannot start a container that has stopped'
	r ps "$ID"; answers 0
	[ "$(wc -l <"$T/out")" -eq 1 ]
	grep -Eq '^UID +PID +PPID +C +STIME +TTY +TIME +CMD$' "$T/out"
	r delete "$ID"; answers 0
	assert_nothing_left
}

@test "a terminal without somebody to take it" {
	config '.process.terminal = true'
	local why='cannot allocate tty if runc will detach without setting console socket'
	r run -d "$ID"; answers 1 "runc run failed: $why"
	r create "$ID"; answers 1 "runc create failed: $why"
}

@test "configurations that are wrong" {
	cp config.json good.json
	config 'del(.process)'
	r create "$ID"; answers 1 'runc create failed: process property must not be empty'
	r delete -f "$ID"; answers 0
	echo '{bad' >config.json
	r run "$ID"
	status_is 1
	[ "$(wc -l <"$T/err")" -eq 1 ]
	# ours says where, too
	has "invalid character 'b' looking for beginning of object key string"
	[ "$PROGRAM" = runc ] || has "runc run failed: config.json:1:2: invalid character 'b'"
	rm config.json
	r run "$ID"; answers 1 'runc run failed: JSON specification file config.json not found'
	jq '.root.path = "nope"' good.json >config.json
	r run "$ID"; answers 1 "runc run failed: invalid rootfs: stat $B/nope: no such file or directory"
	jq '.process.cwd = "relative"' good.json >config.json
	r run "$ID"; answers 1 'runc run failed: Cwd must be an absolute path'
	jq '.process.cwd = "/missing/dir" | .root.readonly = false | .process.args = ["pwd"]' good.json >config.json
	r run "$ID"; answers 0
	is "$(cat "$T/out")" /missing/dir
	jq '.process.args = []' good.json >config.json
	r run "$ID"; answers 1 'runc run failed: args must not be empty'
}

@test "configurations that are not JSON: the words of Go's encoding/json" {
	local -A said=(
		['{"a" 1}']="invalid character '1' after object key"
		['{"a":1 2}']="invalid character '2' after object key:value pair"
		['{"a":[1 2]}']="invalid character '2' after array element"
		['{"a":}']="invalid character '}' looking for beginning of value"
		['{"a":nulx}']="invalid character 'x' in literal null (expecting 'l')"
		['{"a":-x}']="invalid character 'x' in numeric literal"
		['{"a":1.x}']="invalid character 'x' after decimal point in numeric literal"
		['{"a":1ex}']="invalid character 'x' in exponent of numeric literal"
		['{"a":"\q"}']="invalid character 'q' in string escape code"
		['{"a":"\u1g"}']='u hexadecimal character escape'
		['{"a":01}']="invalid character '1' after object key:value pair"
		['{"a":']='unexpected EOF'
		[' ']=EOF
	)
	local text
	for text in "${!said[@]}"; do
		printf '%s' "$text" >config.json
		r run "$ID"
		status_is 1
		has "${said[$text]}"
	done
	assert_nothing_left
}

@test "JSON: the same words in the log, plain on standard error" {
	r --log "$T/log" --log-format json run -b /nonexistent x
	status_is 1
	is "$(cat "$T/err")" 'runc run failed: chdir /nonexistent: no such file or directory'
	[[ $(cat "$T/log") =~ ^'{"level":"error","msg":"runc run failed: chdir /nonexistent: no such file or directory","time":"'[-0-9T:]+'Z"}'$ ]]
}

@test "the version: what clients take from it" {
	r --version
	status_is 0
	[[ $(sed -n 1p "$T/out") =~ ^runc\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	[[ $(sed -n 2p "$T/out") =~ ^commit:\ . ]]
	[[ $(sed -n 3p "$T/out") =~ ^spec:\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	grep -q '^libseccomp: ' "$T/out"
	ln -s "$VIAL" "$T/docker-runc"
	[[ $("$T/docker-runc" -v) == 'docker-runc version '* ]]
}

# offers COMMAND LEFT-SIDE...: its help has these options in this form
offers() {
	local c=$1 left
	shift
	v ${c:+"$c"} --help
	status_is 0
	is "$(sed -n 1p "$T/out")" 'NAME:'
	[ "$c" = '' ] || [[ $(sed -n 2p "$T/out") == "   runc $c - "* ]]
	for left; do
		grep -qE -- "^   $left( |\$)" "$T/out" || fail "$c: no $left"
	done
}

@test "every option of runc is there, in its form" {
	offers '' --debug '--log value' '--log-format value' '--root value' --systemd-cgroup \
		'--rootless value' '--help, -h' '--version, -v'
	offers create '--bundle value, -b value' '--console-socket value' '--pidfd-socket value' \
		'--pid-file value' --no-pivot --no-new-keyring '--preserve-fds value'
	offers run '--bundle value, -b value' '--console-socket value' '--pidfd-socket value' \
		'--detach, -d' --keep '--pid-file value' --no-subreaper --no-pivot --no-new-keyring \
		'--preserve-fds value'
	offers delete '--force, -f'
	offers events '--interval value' --stats
	offers exec '--console-socket value' '--pidfd-socket value' '--cwd value' \
		'--env value, -e value' '--tty, -t' '--user value, -u value' \
		'--additional-gids value, -g value' '--process value, -p value' '--detach, -d' \
		'--pid-file value' '--process-label value' '--apparmor value' --no-new-privs \
		'--cap value, -c value' '--preserve-fds value' '--cgroup value' --ignore-paused
	offers list '--format value, -f value' '--quiet, -q'
	offers ps '--format value, -f value'
	offers spec '--bundle value, -b value' --rootless
	offers update '--resources value, -r value' '--blkio-weight value' '--cpu-period value' \
		'--cpu-quota value' '--cpu-burst value' '--cpu-share value' '--cpu-rt-period value' \
		'--cpu-rt-runtime value' '--cpuset-cpus value' '--cpuset-mems value' '--memory value' \
		'--cpu-idle value' '--memory-reservation value' '--memory-swap value' \
		'--pids-limit value' '--l3-cache-schema value' '--mem-bw-schema value'
	local c
	for c in kill pause resume start state features; do offers $c; done
}
