#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/migration.md: each row of its tables, run with Debian's runc and crun and with vial. A test is
# called as the row's first cell; the last test compares the two lists.

# shellcheck disable=SC2016,SC2034,SC2030,SC2031 # the shells in the containers; helpers' variables

bats_require_minimum_version 1.5.0

setup() {
	load helpers
	setup_container
	vial_only "compares with the others itself"
	config 'del(.linux.cgroupsPath) | del(.linux.resources)'
}
teardown() {
	local name c
	for name in runc crun; do
		for c in "$T/$name"/*/; do
			[ ! -d "$c" ] || "$name" --root "$T/$name" delete --force "$(basename "$c")" >/dev/null 2>&1 3>&- || true
		done
	done
	ROOT=$T/vial
	teardown_container
}

# by NAME ARGUMENT...: with a state root of its own; fills status and output. LIMIT: seconds.
# Before it go the words of WRAP, a command that calls its arguments.
by() {
	local program=$1
	shift
	status=0
	case $program in
	vial) set -- "$VIAL" --root "$T/vial" "$@" ;;
	# Debian's crun refuses a hybrid layout
	crun) set -- unshare -m --propagation private sh -c 'mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' \
		sh "${AS[@]}" crun --root "$T/crun" --cgroup-manager=disabled "$@" ;;
	*) set -- "$program" --root "$T/$program" "$@" ;;
	esac
	(cd "$B" && exec env "$MARK" timeout --foreground -k 2 "${LIMIT:-60}" "${WRAP[@]}" "$@" \
		</dev/null >"$T/out" 2>"$T/err" 3>&- 4>&-) || status=$?
	output=$(sed 's/\\"/"/g' "$T/out" "$T/err")
}
WRAP=() AS=()
# says NAME CODE TEXT ARGUMENT...
says() {
	by "$1" "${@:4}"
	status_is "$2" && has "$3"
}
waits() { set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'; }

@test "runc: a program that cannot be executed" {
	printf '#!/no/such\n' >"$B/rootfs/data/s"
	chmod 755 "$B/rootfs/data/s"
	set_args /data/s
	says runc 0 '' create "$ID-r"
	says runc 0 '' start "$ID-r"
	says vial 0 '' create "$ID"
	says vial 1 'exec /data/s: no such file or directory (' start "$ID"
}

@test "runc: advice" {
	config '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "x", options: []}]'
	says runc 1 'no such device' run "$ID"
	lacks '(this kernel'
	says vial 1 'no such device (this kernel does not know this file system' run "$ID"
}

@test "runc: \`ociVersion\`, unknown fields" {
	config '.ociVersion = "nonsense" | .nosuch = 1 | .process.args = ["true"]'
	says runc 0 '' run "$ID"
	says vial 0 '' run "$ID"
	by vial --strict run "$ID"
	status_is 1
	has nosuch
}

@test "runc: a capability that we do not hold" {
	WRAP=(setpriv --bounding-set -sys_time)
	config '.process.args = ["true"] | .process.capabilities |= (.bounding += ["CAP_SYS_TIME"] | .effective += ["CAP_SYS_TIME"] | .permitted += ["CAP_SYS_TIME"])'
	says runc 1 'unable to apply caps: operation not permitted' run "$ID"
	says vial 0 'ignoring unknown or unavailable capabilities: [CAP_SYS_TIME' run "$ID"
}

@test "runc: a program in an environment without \`PATH\`" {
	config --arg m "$MARK" '.process.env = [$m] | .process.args = ["true"]'
	says runc 1 'executable file not found in $PATH' run "$ID"
	says vial 0 '' run "$ID"
}

@test "runc: several seccomp rules for one system call" {
	set_sh 'kill -10 1; true'
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 5, args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}]},
		{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 2, args: [{index: 1, value: 10, op: "SCMP_CMP_EQ"}]}]}'
	says runc 0 'No such file or directory' run "$ID" # the second, in either order
	says vial 0 'Input/output error' run "$ID"
	config '.linux.seccomp.syscalls |= reverse'
	says runc 0 'No such file or directory' run "$ID"
	says vial 0 'No such file or directory' run "$ID"
}

@test "runc: a log that nobody reads" {
	# A pipe that is full
	cat >"$T/full.py" <<-'X'
		import os, subprocess, sys
		_, end = os.pipe()
		os.set_blocking(end, False)
		try:
		    while True: os.write(end, b"x" * 4096)
		except BlockingIOError:
		    os.set_blocking(end, True)
		sys.exit(subprocess.run(sys.argv[1:], stderr=end).returncode)
	X
	WRAP=(python3 "$T/full.py")
	by vial state nope
	status_is 1
	LIMIT=2
	by runc state nope
	status_is 124
}

# closed NAME ARGUMENT...: with a closed standard output
closed() {
	WRAP=(sh -c 'exec "$@" >&-' sh)
	by "$@"
	WRAP=()
}
@test "runc: \`state\` with a closed standard output" {
	waits
	says runc 0 '' run -d "$ID-r"
	says vial 0 '' run -d "$ID"
	closed runc state "$ID-r"
	status_is 0
	closed vial state "$ID"
	status_is 1
	has 'standard output'
}

forced() { # NAME
	mkdir -p "$T/$1/$ID"
	touch "$T/$1/$ID/file"
	by "$1" delete --force "$ID"
}
@test "runc: \`delete --force\` of a directory that is no container" {
	forced runc
	status_is 0
	[ ! -e "$T/runc/$ID" ] || fail "it is there"
	forced vial
	status_is 1
	has 'holds no state of a container'
	[ -e "$T/vial/$ID/file" ] || fail "it is gone"
}
@test "crun: \`delete --force\` of a directory that is no container" {
	forced crun
	status_is 0
	[ ! -e "$T/crun/$ID" ] || fail "it is there"
}

@test "runc: \`create\` after a killed \`create\` of that id" {
	# shellcheck disable=SC2016
	config '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "kill -9 $PPID"]}]}'
	by runc create "$ID"
	by vial create "$ID"
	config 'del(.hooks) | .process.args = ["true"]'
	says runc 1 'container with given ID already exists' create "$ID"
	says vial 0 '' create "$ID"
}

@test "runc: \`exec\`" {
	waits
	says runc 0 '' run -d "$ID-r"
	says vial 0 '' run -d "$ID"
	config '.process.env += ["LATER=yes"]'
	says runc 0 'later: yes' exec "$ID-r" sh -c 'echo later: $LATER'
	says vial 0 'later: no' exec "$ID" sh -c 'echo later: ${LATER-no}'
	jq '.process | .args = ["sh", "-c", "echo from $X"] | .env += ["X=file"]' "$B/config.json" >"$B/p.json"
	says runc 0 'from file' exec --process p.json --env X=option "$ID-r"
	says vial 0 'from option' exec --process p.json --env X=option "$ID"
}

@test "runc: \`LISTEN_FDS\` in \`exec\`" {
	waits
	says runc 0 '' run -d "$ID-r"
	says vial 0 '' run -d "$ID"
	# shellcheck disable=SC2016
	WRAP=(sh -c 'exec 3</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"' sh)
	# timeout(1) and env(1) are this process by then
	says runc 0 'none' exec "$ID-r" sh -c 'echo ${LISTEN_FDS-none}'
	says vial 0 'right' exec "$ID" sh -c '[ "$LISTEN_FDS,$LISTEN_PID" = "1,$$" ] && [ -e /proc/self/fd/3 ] && echo right'
}

given() { # NAME: the owner of the file that is its standard output
	rm -f "$T/stream"
	: >"$T/stream"
	WRAP=(sh -c 'file=$1; shift; exec "$@" >"$file" 2>&1' sh "$T/stream")
	by "$1" create "$ID"
	WRAP=()
	status_is 0
	is "$(stat -c %u "$T/stream")" "$2"
	by "$1" delete --force "$ID"
}
@test "runc: standard streams" {
	config '.process.user = {uid: 1000, gid: 1000} | .process.args = ["true"]'
	given runc 1000
	given vial 0
}

@test "runc: a file in the place of a device" {
	rm -f "$B/rootfs/dev/null"
	echo x >"$B/rootfs/dev/null"
	config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .process.args = ["true"]
		| .root.readonly = false'
	says runc 0 '' run "$ID"
	[ -f "$B/rootfs/dev/null" ] || fail "it was replaced"
	says vial 1 '/dev/null: what is there already is not that device' run "$ID"
}

@test "runc: \`NOTIFY_SOCKET\` and a container that ends first" {
	set_args true
	local socket=$T/host.sock
	start_dgram host "$socket"
	WRAP=(env NOTIFY_SOCKET="$socket")
	says vial 0 '' run "$ID"
	stop_dgram
	rm "$socket"
	start_dgram host "$socket"
	LIMIT=2
	by runc run "$ID"
	[ "$status" -eq 124 ] || [ "$status" -eq 137 ] || fail "it did not wait"
	stop_dgram
}

@test "runc: \`features\`" {
	by runc features
	has '"org.opencontainers.runc.version": "1.'
	by vial features
	has '"run.oci.vial.version": "0.'
	has '"org.opencontainers.runc.version": "0.'
}

@test "runc: JSON syntax errors" {
	local words="invalid character '}' looking for beginning of object key string"
	printf '{"ociVersion": "1.0.2",}' >"$B/config.json"
	says runc 1 "run failed: $words" run "$ID"
	says vial 1 "run failed: config.json:1:24: $words" run "$ID"
}

@test "runc: config.json: bytes after the document, keys given twice, U+0000" {
	local wrong plain
	config '.process.args = ["true"]'
	plain=$(cat "$B/config.json")
	for wrong in "$plain }" "{\"hostname\": \"x\", \"hostname\": \"y\", ${plain#*\{}" \
		"{\"annotations\": {\"a\": \"\\u0000\"}, ${plain#*\{}"; do
		printf '%s' "$wrong" >"$B/config.json"
		says runc 0 '' run "$ID"
		says vial 1 'config.json:' run "$ID"
	done
}

@test "crun: an ordinary user's configuration without a user namespace" {
	config '.process.args = ["id"]'
	chmod 755 "$T" "$B"
	mkdir "$T"/{crun,vial}
	chown 12345:12345 "$T"/{crun,vial}
	cp "$VIAL" "$T/program"
	AS=(setpriv --reuid 12345 --regid 12345 --clear-groups)
	find "$B/rootfs" -type d -exec chown 12345:12345 {} + # for the nodes in /dev
	# gid=5 is not mapped
	config '.linux.namespaces |= map(select(.type != "network")) | .mounts |= map(select(.destination | IN("/proc", "/tmp")))
		| .process.args = ["cat", "/proc/self/uid_map"]'
	says crun 0 '12345          1' run "$ID"
	WRAP=("${AS[@]}")
	VIAL=$T/program
	says vial 1 'new namespaces need CAP_SYS_ADMIN or a new user namespace' run "$ID"
}

@test "crun: \`run.oci.seccomp.plugins\`" {
	config '.process.args = ["true"]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["bpf"], action: "SCMP_ACT_NOTIFY"}]}'
	# It need not be a plugin to be loaded
	echo '#include <fcntl.h>
		__attribute__((constructor)) static void loaded(void) { (void)creat("'"$T/loaded"'", 0644); }' |
		cc -shared -fPIC -o "$T/plugin.so" -x c -
	config --arg so "$T/plugin.so" '.annotations["run.oci.seccomp.plugins"] = $so'
	says vial 1 'use listenerPath' run "$ID"
	[ ! -e "$T/loaded" ] || fail "vial loaded it"
	# It is loaded by a process of crun's that may end with the container, before it gets there.
	for _ in $(seq 20); do
		by crun run "$ID"
		[ ! -e "$T/loaded" ] || return 0
	done
	fail "crun did not load it"
}

@test "crun: failures of \`delete --regex\` and \`kill --regex\`" {
	waits
	says crun 0 '' run -d "$ID-c"
	says vial 0 '' run -d "$ID"
	by crun kill --regex '.*' NOSUCH
	status_is 0
	by vial kill --regex '.*' NOSUCH
	status_is 1
	says crun 0 'is not in' delete --regex '.*'
	says vial 1 'containers could not be deleted' delete --regex '.*'
	is_running
}
is_running() {
	by vial state "$ID"
	has running
	by crun state "$ID-c"
	has running
}

@test "each row of docs/migration.md has its test, or says that it has none" {
	awk -F ' *[|] *' '/^## Different from/ { who = $0; sub(/.* /, "", who) } /^## Only/ { who = "" }
		who && /^[|]/ && $2 != "where" && $2 !~ /^-*$/ { print who ": " $2 }' "$TOP/docs/migration.md" |
		grep -v ' †$' | sort >"$T/rows"
	sed -n 's/^@test "\(crun\|runc\): \(.*\)" {$/\1: \2/p' "$BATS_TEST_FILENAME" | sed 's/\\`/`/g' | sort >"$T/tests"
	[ "$(wc -l <"$T/rows")" -gt 15 ] || fail "rows: $(cat "$T/rows")"
	diff "$T/rows" "$T/tests"
}
