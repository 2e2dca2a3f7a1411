#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SCMP_ACT_NOTIFY: system calls that an agent answers.

load helpers

setup() {
	setup_container
	AGENT=$BATS_RUN_TMPDIR/seccompagent
	[ -x "$AGENT" ] || cc -D_GNU_SOURCE -o "$AGENT" "$HERE/seccompagent.c"
	SOCK=$T/agent.sock
	AGENT_PID=
}
teardown() {
	stop_agent
	teardown_container
}

start_agent() {
	rm -f "$SOCK" "$T/states"
	"$AGENT" "${1:-$SOCK}" "$T/states" </dev/null 2>"$T/agent.err" 3>&- 4>&- &
	AGENT_PID=$!
	until_true 5 grep -q ready "$T/agent.err"
}
# The agent's processes are in its own group of none: its children end with their listeners.
stop_agent() {
	[ -n "$AGENT_PID" ] || return 0
	kill -9 "$AGENT_PID" $(pgrep -P "$AGENT_PID") 2>/dev/null || true
	wait "$AGENT_PID" 2>/dev/null || true
	AGENT_PID=
}

# notify NO-NEW-PRIVILEGES NAMES-AS-JSON COMMAND
notify() {
	set_sh "$3"
	config --argjson nnp "$1" --argjson names "$2" --arg sock "$SOCK" \
		'.process.noNewPrivileges = $nnp | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		listenerPath: $sock, listenerMetadata: "bar",
		architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_X86_64"],
		syscalls: [{names: $names, action: "SCMP_ACT_NOTIFY"}]}'
}
state_line() { sed -n "${1}p" "$T/states"; }

@test "notify: the agent answers, with and without no_new_privs" {
	start_agent
	for nnp in true false; do
		notify $nnp '["mkdir"]' 'mkdir /tmp/foo && stat -c %n /tmp/foo-bar'
		v run "$ID"
		status_is 0
		has /tmp/foo-bar
		rm -rf "$B/rootfs/tmp/foo-bar"
	done
	assert_nothing_left
}

@test "notify: what the agent is told of run" {
	start_agent
	notify false '["mkdir"]' 'true'
	config '.annotations = {a: "b"}'
	v run --pid-file "$T/pid" "$ID"
	status_is 0
	is "$(wc -l <"$T/states")" 1
	is "$(state_line 1)" "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":$(cat "$T/pid"),\"metadata\":\"bar\",\"state\":{\"ociVersion\":\"$(jq -r .ociVersion "$B/config.json")\",\"id\":\"$ID\",\"status\":\"creating\",\"pid\":$(cat "$T/pid"),\"bundle\":\"$B\",\"annotations\":{\"a\":\"b\"}}}"
}

@test "notify: exec has a listener of its own" {
	start_agent
	for nnp in true false; do
		notify $nnp '["mkdir"]' 'trap "exit 0" TERM; while :; do sleep 0.1; done'
		v run -d "$ID"
		status_is 0
		v exec --pid-file "$T/pid" "$ID" sh -c 'mkdir /tmp/foo && stat -c %n /tmp/foo-bar'
		status_is 0
		has /tmp/foo-bar
		is "$(tail -n 1 "$T/states" | jq -c '[.pid, .state.pid, .state.status]')" \
			"[$(cat "$T/pid"),$(pid_of),\"running\"]"
		rm -rf "$B/rootfs/tmp/foo-bar"
		v delete --force "$ID"
	done
	assert_nothing_left
}

@test "notify: create hands the listener out, start needs nobody" {
	start_agent
	for nnp in true false; do
		notify $nnp '["mkdir"]' 'mkdir /home/foo; stat -c %n /home/foo-bar >/home/out'
		config '.root.readonly = false'
		v create "$ID"
		status_is 0
		is "$(tail -n 1 "$T/states" | jq -r .state.status)" creating
		v start "$ID"
		status_is 0
		wait_state stopped
		is "$(cat "$B/rootfs/home/out")" /home/foo-bar
		v delete "$ID"
		rm -rf "$B/rootfs/home/foo-bar" "$B/rootfs/home/out"
	done
	assert_nothing_left
}

@test "notify: system calls that the runtime needs itself" {
	start_agent
	for nnp in true false; do
		notify $nnp '["execve", "openat", "open", "read", "close", "fcntl", "dup", "sendmsg", "recvmsg",
			"prctl", "capset", "setresuid", "setgroups", "close_range", "clone", "fork", "exit_group"]' 'true'
		v run "$ID"
		status_is 0
	done
	assert_nothing_left
}

@test "notify: every system call but write, by listenerPath; write, too, by the annotation" {
	vial_only "runc has no annotation"
	start_agent
	all=$(jq -n '[inputs.linux.seccomp.syscalls[]?.names[]?] | unique | map(select(. != "write"))' \
		"$TOP/tests/golden/configs/docker20-default.json")
	for nnp in true false; do
		notify $nnp "$all" 'mkdir /tmp/foo && echo fine; rmdir /tmp/foo-bar'
		v run "$ID"
		status_is 0
		has fine
		config --arg sock "$SOCK" 'del(.linux.seccomp.listenerPath) |
			.linux.seccomp.syscalls[0].names += ["write"] |
			.annotations["run.oci.seccomp.receiver"] = $sock'
		v run "$ID"
		status_is 0
		has fine
	done
	assert_nothing_left
}

@test "notify: the receiver by annotation and by the environment" {
	vial_only "runc has neither"
	start_agent
	notify false '["mkdir"]' 'mkdir /tmp/foo && stat -c %n /tmp/foo-bar && rmdir /tmp/foo-bar'
	config 'del(.linux.seccomp.listenerPath)'
	RUN_OCI_SECCOMP_RECEIVER=$SOCK v run "$ID"
	status_is 0
	has /tmp/foo-bar
	config --arg sock "$SOCK" '.annotations["run.oci.seccomp.receiver"] = $sock'
	RUN_OCI_SECCOMP_RECEIVER=/nonexistent v run "$ID"
	status_is 0
	has /tmp/foo-bar
	config '.annotations["run.oci.seccomp.receiver"] = "relative"'
	v run "$ID"
	fails_with 1 'the seccomp receiver relative is not an absolute path'
	config '.annotations = {"run.oci.seccomp.plugins": "x.so"}'
	v run "$ID"
	fails_with 1 'run.oci.seccomp.plugins'
	assert_nothing_left
}

@test "notify: an abstract socket" {
	start_agent "@vial-agent-$$"
	SOCK=@vial-agent-$$ notify false '["mkdir"]' 'mkdir /tmp/foo && stat -c %n /tmp/foo-bar'
	v run "$ID"
	status_is 0
	has /tmp/foo-bar
}

@test "notify: nobody listens" {
	for nnp in true false; do
		notify $nnp '["mkdir"]' 'true'
		v run "$ID"
		fails_with 1 'failed to connect with seccomp agent'
		v create "$ID"
		fails_with 1 'failed to connect with seccomp agent'
		config '.linux.seccomp.listenerPath = "@nobody-is-here"'
		v run "$ID"
		fails_with 1 'failed to connect with seccomp agent'
	done
	config '.linux.seccomp.listenerPath = ""'
	v run "$ID"
	status_is 1
	config 'del(.linux.seccomp.listenerPath)'
	v run "$ID"
	fails_with 1 'listenerPath is not set'
	assert_nothing_left
}

@test "notify: nobody listens to exec" {
	start_agent
	notify false '["mkdir"]' 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	v run -d "$ID"
	status_is 0
	stop_agent
	v exec "$ID" true
	fails_with 255 'failed to connect with seccomp agent'
	is_state running
}

@test "notify: the agent dies, and calls get ENOSYS" {
	start_agent
	notify false '["mkdir"]' 'while [ ! -e /home/go ]; do sleep 0.1; done; mkdir /tmp/foo'
	v run -d "$ID"
	status_is 0
	stop_agent
	: >"$B/rootfs/home/go"
	wait_state stopped
	grep -q 'Function not implemented' "$T/out" "$T/err"
}

@test "notify: the agent's error" {
	start_agent
	notify false '["chmod", "fchmod", "fchmodat"]' 'touch /tmp/foo && chmod 777 /tmp/foo'
	v run "$ID"
	[ "$status" -ne 0 ]
	has 'No medium found'
}

@test "notify: not for write, not by default" {
	start_agent
	notify false '["write"]' true
	v run "$ID"
	fails_with 1 'SCMP_ACT_NOTIFY cannot be used for the write syscall'
	config '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
	v run "$ID"
	fails_with 1 'SCMP_ACT_NOTIFY'
	[ ! -e "$T/states" ]
	assert_nothing_left
}

@test "notify: a listenerPath that no rule needs" {
	notify false '["mkdir"]' 'mkdir /tmp/foo'
	config '.linux.seccomp.syscalls = []'
	v run "$ID"
	status_is 0
}

@test "notify: a startContainer hook gets no descriptor of it" {
	start_agent
	notify true '["mkdir"]' true
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c",
		"[ $(ls /proc/self/fd | wc -l) -eq 4 ]"]}]'
	v run "$ID"
	status_is 0
}

@test "notify: flags" {
	vial_only "words of the log"
	start_agent
	notify false '["mkdir"]' true
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_LOG"]'
	v --debug run "$ID"
	status_is 0
	has 'seccomp filter flags: 42'
	config 'del(.linux.seccomp.flags)'
	v --debug run "$ID"
	has 'seccomp filter flags: 12'
}
