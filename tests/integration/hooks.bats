#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The six kinds of hooks: order, place, state on standard input, environment, time limit, failure.

load helpers
setup() {
	setup_container
	LOG=$T/hooklog
	cat >"$T/hook" <<HOOK
#!/bin/bash
# args: NAME
{ echo "\$1 \$(cat) cwd=\$PWD mnt=\$(readlink /proc/self/ns/mnt)"; } >>"$LOG"
HOOK
	chmod 755 "$T/hook"
	config '.root.readonly = false'
}
teardown() { teardown_container; }

host_hook() { # KIND [EXTRA-JSON]
	config --arg k "$1" --arg p "$T/hook" --argjson x "${2-"{}"}" \
		'.hooks[$k] += [{path: $p, args: ["hook", $k]} + $x]'
}
sh_hook() { # KIND CODE [EXTRA-JSON]: by the host's shell, or the container's for startContainer
	config --arg k "$1" --arg c "$2" --argjson x "${3-"{}"}" \
		'.hooks[$k] += [{path: "/bin/sh", args: ["sh", "-c", $c]} + $x]'
}
# runc 1.1 does not name the kind
hook_error() { if [ "$PROGRAM" = runc ]; then has "error running hook #$2"; else has "error running $1 hook #$2"; fi; }
state_seen() { sed -n "s/^$1 \({.*}\) cwd=.*/\1/p" "$LOG"; }

@test "all kinds, in order, each in its place" {
	local k
	for k in prestart createRuntime createContainer poststart poststop; do host_hook "$k"; done
	# createContainer runs in the container's mount namespace, before pivot_root: host paths work
	sh_hook startContainer 'echo startContainer >>/data/order; cat >/data/state; pwd >>/data/order'
	set_sh 'echo program >>/data/order; trap "exit 0" TERM; while :; do sleep 0.05; done'
	v create "$ID"
	status_is 0
	# runc runs poststart at create already; the specification says after the start
	[ "$PROGRAM" = runc ] || is "$(cut -d' ' -f1 "$LOG" | tr '\n' ' ')" "prestart createRuntime createContainer "
	[ ! -e "$B/rootfs/data/order" ] || fail "startContainer ran at create"
	v start "$ID"
	status_is 0
	until_true 5 grep -q program "$B/rootfs/data/order"
	is "$(sed -n 1p "$B/rootfs/data/order")" startContainer
	is "$(cut -d' ' -f1 "$LOG" | tr '\n' ' ')" "prestart createRuntime createContainer poststart "
	v kill "$ID" KILL
	wait_state stopped
	v delete "$ID"
	status_is 0
	is "$(cut -d' ' -f1 "$LOG" | tr '\n' ' ')" "prestart createRuntime createContainer poststart poststop "
	local host
	host=$(readlink /proc/self/ns/mnt)
	for k in prestart createRuntime poststart poststop; do
		grep -q "^$k .*mnt=$(printf '%s' "$host" | sed 's/[][]/\\&/g')" "$LOG" || fail "$k is not in the runtime's namespace"
	done
	! grep "^createContainer " "$LOG" | grep -qF "mnt=$host" || fail "createContainer is in the runtime's namespace"
	assert_nothing_left
}

@test "the state on standard input" {
	local k pid
	config '.annotations = {a: "b"}'
	for k in prestart createRuntime createContainer poststart poststop; do host_hook "$k"; done
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.05; done'
	v run -d "$ID"
	status_is 0
	pid=$(pid_of)
	v delete --force "$ID"
	status_is 0
	for k in prestart createRuntime createContainer poststart poststop; do
		is "$(state_seen "$k" | wc -l)" 1 "$k: lines"
		is "$(state_seen "$k" | jq -r .id)" "$ID"
		is "$(state_seen "$k" | jq -r .bundle)" "$B"
		is "$(state_seen "$k" | jq -r .annotations.a)" b
		[ "$(state_seen "$k" | jq -r .ociVersion)" != null ]
	done
	is "$(state_seen prestart | jq -r .status)" creating
	is "$(state_seen createRuntime | jq -r .status)" creating
	is "$(state_seen createRuntime | jq -r .pid)" "$pid"
	is "$(state_seen createContainer | jq -r .status)" creating
	is "$(state_seen poststop | jq -r .status)" stopped
	is "$(state_seen poststop | jq -r '.pid // 0')" 0
}

@test "cwd: the bundle; of createContainer the root" {
	local k
	for k in prestart createRuntime createContainer poststart poststop; do host_hook "$k"; done
	v run "$ID"
	status_is 0
	for k in prestart createRuntime poststart poststop; do
		grep -q "^$k .* cwd=$B mnt" "$LOG" || fail "$k: $(grep "^$k" "$LOG")"
	done
}

@test "environment: what is given and no more; without env the runtime's" {
	sh_hook createRuntime "env >$T/env" '{"env": ["ONLY=this", "PATH=/usr/bin:/bin"]}'
	sh_hook prestart "env >$T/env2"
	v run "$ID"
	status_is 0
	grep -qx ONLY=this "$T/env"
	! grep -q "$MARK" "$T/env" || fail "inherited although env is given"
	is "$(grep -cvE '^(ONLY|PATH|PWD|_|SHLVL|OLDPWD)=' "$T/env" || true)" 0
	grep -qx "$MARK" "$T/env2" || fail "not inherited: $(cat "$T/env2")"
}

@test "args are argv as they are; without args the path" {
	cat >"$T/argv" <<HOOK
#!/bin/bash
tr '\0' '|' </proc/\$\$/cmdline >>"$T/argvs"; echo >>"$T/argvs"
HOOK
	chmod 755 "$T/argv"
	config --arg p "$T/argv" '.hooks.createRuntime = [{path: $p, args: ["zero", "one", ""]}, {path: $p}]'
	v run "$ID"
	status_is 0
	is "$(sed -n 1p "$T/argvs")" "/bin/bash|$T/argv|one||"
	is "$(sed -n 2p "$T/argvs")" "/bin/bash|$T/argv|"
}

@test "several hooks of a kind run in order" {
	sh_hook createRuntime "echo 1 >>$T/n"
	sh_hook createRuntime "echo 2 >>$T/n"
	sh_hook createRuntime "echo 3 >>$T/n"
	v run "$ID"
	is "$(tr -d '\n' <"$T/n")" 123
}

@test "a failing hook: named by kind and number, the program does not run, nothing is left" {
	local k
	for k in prestart createRuntime createContainer startContainer; do
		config 'del(.hooks)'
		sh_hook "$k" "true"
		sh_hook "$k" "exit 23"
		sh_hook "$k" "touch /data/third $T/third"
		set_args echo Hello
		v run "$ID"
		status_is 1
	hook_error "$k" 1
		has 'exit status 23'
		lacks Hello
		[ ! -e "$T/third" ] || fail "the hook after the failed one ran"
		assert_nothing_left
	done
}

@test "a failing poststart hook: start fails, nothing is left" {
	sh_hook poststart "exit 1"
	set_sh 'sleep 100'
	v run "$ID"
	status_is 1
	hook_error "poststart" 0
	assert_nothing_left
}

@test "a failing startContainer hook: start says so" {
	sh_hook startContainer "exit 1"
	set_args true
	v create "$ID"
	status_is 0
	vial_only "start of runc returns before"
	v start "$ID"
	status_is 1
	has 'error running startContainer hook #0'
	v delete --force "$ID"
	assert_nothing_left
}

@test "a failing poststop hook is a warning, the rest runs, the container is gone" {
	vial_only "runc 1.1 stops at the first"
	sh_hook poststop "exit 1"
	host_hook poststop
	set_sh 'exit 5'
	v run "$ID"
	status_is 5
	has 'level=warning msg="unable to destroy container: error running poststop hook #0: exit status 1, stdout: , stderr: "'
	grep -q ^poststop "$LOG"
	assert_nothing_left
	start_sleeper
	v delete --force "$ID"
	status_is 0
	has 'level=warning msg="unable to destroy container: error running poststop hook #0: exit status 1, stdout: , stderr: "'
	assert_nothing_left
}

@test "a failed create runs the poststop hooks of what was made" {
	vial_only "runc runs them in some cases"
	host_hook poststop
	sh_hook createRuntime "exit 1"
	v create "$ID"
	status_is 1
	assert_nothing_left
}

@test "a hook that is missing or not executable" {
	config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	v run "$ID"
	status_is 1
	hook_error "createRuntime" 0
	has 'no such file or directory'
	assert_nothing_left
	chmod 644 "$T/hook"
	config --arg p "$T/hook" '.hooks.createRuntime = [{path: $p}]'
	v run "$ID"
	status_is 1
	hook_error "createRuntime" 0
	has 'permission denied'
	assert_nothing_left
}

@test "a hook killed by a signal" {
	sh_hook createRuntime 'kill -9 $$'
	v run "$ID"
	status_is 1
	hook_error "createRuntime" 0
	has 'signal: killed'
	assert_nothing_left
}

@test "timeout: the hook and all it started die, the error says after how long" {
	vial_only "runc leaves the children"
	sh_hook prestart 'sleep 1000 & sleep 1000' '{"timeout": 1}'
	local start=$SECONDS
	v run "$ID"
	fails_with 1 'error running prestart hook #0: hook ran past specified timeout of 1.0s'
	[ $((SECONDS - start)) -le 4 ] || fail "took $((SECONDS - start)) s"
	assert_nothing_left
}

@test "timeout: one that is not reached changes nothing" {
	sh_hook prestart 'cat >/dev/null' '{"timeout": 5}'
	v run "$ID"
	status_is 0
}

@test "a hook that does not read its standard input" {
	config '.annotations = {big: ("x" * 100000)}'
	sh_hook createRuntime true
	sh_hook createRuntime 'exec <&-; true'
	v run "$ID"
	status_is 0
}

@test "a hook's output reaches the error message" {
	sh_hook createRuntime 'echo said-out; echo said-err >&2; exit 4'
	v run "$ID"
	status_is 1
	has said-err
}

@test "hooks see no descriptor of the runtime but 0, 1 and 2" {
	vial_only
	sh_hook createRuntime "ls /proc/self/fd >$T/fds"
	v run "$ID"
	is "$(tr '\n' ' ' <"$T/fds")" "0 1 2 3 "
}

@test "run.oci.hooks.stdout and .stderr: every kind of hook appends to the files" {
	vial_only "crun's annotations"
	local k
	for k in prestart createRuntime createContainer startContainer poststart poststop; do
		sh_hook "$k" "echo out-$k; echo err-$k >&2"
	done
	echo before >"$T/out-file"
	config --arg o "$T/out-file" --arg e "$T/err-file" \
		'.annotations = {"run.oci.hooks.stdout": $o, "run.oci.hooks.stderr": $e}'
	set_sh 'ls /proc/self/fd'
	v run "$ID"
	status_is 0
	output_is "0
1
2
3"
	is "$(tr '\n' ' ' <"$T/out-file")" "before out-prestart out-createRuntime out-createContainer out-startContainer out-poststart out-poststop "
	is "$(tr '\n' ' ' <"$T/err-file")" "err-prestart err-createRuntime err-createContainer err-startContainer err-poststart err-poststop "
}

@test "run.oci.hooks.stdout: a file that cannot be opened fails the create, nothing is left" {
	vial_only "crun's annotations"
	sh_hook createRuntime true
	config '.annotations = {"run.oci.hooks.stdout": "/no/such/dir/file"}'
	v run "$ID"
	fails_with 1 'annotation run.oci.hooks.stdout: open /no/such/dir/file: no such file or directory'
	config '.annotations = {"run.oci.hooks.stdout": "relative"}'
	v run "$ID"
	fails_with 1 'must be absolute'
	assert_nothing_left
}
