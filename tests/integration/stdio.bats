#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Standard streams that a user who is not root opens again by name, and whose they stay.

load helpers

setup() { setup_container; }
teardown() { teardown_container; }

# piped ARGUMENTS...: the runtime with pipes of user 7 and group 8 for input, output and error;
# what the two say lies in $T/out and $T/err, owner and mode of all three in $T/pipes afterwards.
piped() {
	status=0
	(
		cd "$B" || exit 125
		exec 5< <(echo in) 6> >(exec cat >"$T/out") 7> >(exec cat >"$T/err")
		chown 7:8 /proc/self/fd/5 /proc/self/fd/6 /proc/self/fd/7
		env "$MARK" timeout -k 5 60 "$VIAL" --root "$ROOT" "$@" <&5 >&6 2>&7 3>&- 5>&- 6>&- 7>&- || status=$?
		stat -L -c %u:%g:%a /proc/self/fd/5 /proc/self/fd/6 /proc/self/fd/7 >"$T/pipes"
		exit "$status"
	) || status=$?
}
pipes_are() { is "$(cat "$T/pipes")" "$(printf '7:8:%s\n' "$@")"; }
says() { # OUT ERR: all that came out of the pipes, whose readers may still be at it
	until_true 10 same "$1" "$T/out" || fail "$(cat "$T/out")"
	until_true 10 same "$2" "$T/err" || fail "$(cat "$T/err")"
}
same() { [ "$(cat "$2")" = "$1" ]; }
user() { config --argjson u "$1" '.process.user = {uid: $u, gid: $u}'; }
ECHO='cat /dev/stdin >/dev/stdout; echo err >/dev/stderr'

@test "run: a user's pipes can be opened by name" {
	user 1000
	set_sh "$ECHO"
	piped run "$ID"
	status_is 0
	says in err
	[ "$PROGRAM" != vial ] || pipes_are 644 622 622
	assert_nothing_left
}

@test "create: a user's pipes can be opened by name" {
	user 1000
	set_sh "$ECHO"
	piped create "$ID"
	status_is 0
	[ "$PROGRAM" != vial ] || pipes_are 644 622 622
	v start "$ID"
	status_is 0
	says in err
	wait_state stopped
}

@test "exec: a user's pipes can be opened by name, also of a container without them" {
	start_sleeper
	piped exec --user 1000:1000 "$ID" sh -c "$ECHO"
	status_is 0
	says in err
	[ "$PROGRAM" != vial ] || pipes_are 644 622 622
}

@test "a program that becomes another user opens the pipes, too" {
	vial_only 'runc gives them to one user'
	config '.process.capabilities[] += ["CAP_SETUID", "CAP_SETGID"]'
	set_args su -s /bin/sh user -c "$ECHO; id -u"
	piped run "$ID"
	status_is 0
	says $'in\n1000' err
	pipes_are 644 622 622
}

@test "user namespace: pipes of an owner without a name there are opened, by root and by a user" {
	vial_only 'runc cannot give them away'
	local u
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	set_sh "$ECHO; id -u"
	for u in 0 1000; do
		user "$u"
		piped run "$ID"
		status_is 0
		says "in"$'\n'"$u" err
		pipes_are 644 622 622
	done
	assert_nothing_left
}

@test "user namespace that names the owner: it stays" {
	vial_only 'runc gives them away'
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	user 1000
	set_sh "$ECHO"
	piped run "$ID"
	status_is 0
	says in err
	pipes_are 644 622 622
	assert_nothing_left
}

@test "an end is opened for what it is for: nobody reads another's output" {
	vial_only 'runc gives the pipes away'
	user 1000
	set_sh '(: </dev/stdout) || (: >/dev/stdin) || exit 3'
	piped run "$ID"
	status_is 3
	says '' $'sh: can\'t open /dev/stdout: Permission denied\nsh: can\'t create /dev/stdin: Permission denied'
}

# lent TYPE ARGUMENTS...: the runtime with three streams of the host's, of user 7 and mode 600, which they keep
lent() {
	status=0
	output=$(cd "$B" && env "$MARK" timeout -k 5 60 python3 - "$T" "$@" 2>&1 3>&- <<'PYTHON'
import os, pty, socket, subprocess, sys
where, kind, command = sys.argv[1], sys.argv[2], sys.argv[3:]
path = lambda n: f"{where}/{kind}{n}"
def stream(n):
    if kind == "socket":
        keep.append(socket.socketpair())
        return keep[-1][0].fileno()
    if kind == "terminal":
        keep.append(pty.openpty())
        return keep[-1][1]
    if kind == "fifo":
        os.mkfifo(path(n))
    return os.open("/dev/null" if kind == "null" else path(n), os.O_RDWR | os.O_CREAT)
keep = []
fds = [stream(n) for n in range(3)]
if kind != "null":
    for fd in fds:
        os.fchown(fd, 7, 8)
        os.fchmod(fd, 0o600)
look = lambda: [(s.st_uid, s.st_gid, oct(s.st_mode)) for s in map(os.fstat, fds)]
before = look()
code = subprocess.run(command, stdin=fds[0], stdout=fds[1], stderr=fds[2]).returncode
if kind in ("file", "fifo"):
    for n in range(3):
        os.unlink(path(n))
print(code if look() == before else f"{before} became {look()}")
PYTHON
	) || status=$?
	output_is 0
}

@test "the host's files, FIFOs, sockets, terminals and devices keep owner and mode" {
	vial_only 'runc gives away all but /dev/null'
	local kind
	config '.process.user = {uid: 1000, gid: 1000}'
	config '.linux.cgroupsPath += "-x"'
	set_args sleep 1000
	v run -d "$ID-x"
	status_is 0
	config '.linux.cgroupsPath |= sub("-x$"; "")'
	set_sh 'echo out; echo err >&2'
	for kind in file fifo socket terminal null; do
		lent "$kind" "$VIAL" --root "$ROOT" run "$ID"
		lent "$kind" "$VIAL" --root "$ROOT" create "$ID"
		v delete --force "$ID"
		lent "$kind" "$VIAL" --root "$ROOT" exec --user 1000:1000 "$ID-x" sh -c 'echo out; echo err >&2'
	done
	v delete --force "$ID-x"
	assert_nothing_left
}
