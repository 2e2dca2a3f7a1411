#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The table of bad input: every broken bundle, root and option has its message and exit code, and
# leaves no process, mount, cgroup or directory behind.

load helpers
setup() {
	setup_container
	set_args true
}
teardown() { teardown_container; }

# bad TEXT [ARGUMENTS...]: run and create both fail with code 1 and TEXT, and leave nothing.
bad() {
	local text=$1 command
	shift
	for command in run create; do
		v "$command" "$@" "$ID"
		fails_with 1 "$text"
		assert_nothing_left
	done
}
# ours TEXT-OF-VIAL TEXT-OF-RUNC
ours() { if [ "$PROGRAM" = runc ]; then echo "$2"; else echo "$1"; fi; }

# --- bundle -------------------------------------------------------------------------------

@test "bundle: missing" {
	bad "no such file or directory" --bundle "$T/nosuch"
	has "$PROGRAM create failed: "
	has "$T/nosuch"
}

@test "bundle: a file" {
	bad "not a directory" --bundle "$B/config.json"
}

@test "bundle: no config.json" {
	rm "$B/config.json"
	bad "JSON specification file config.json not found"
}

@test "config.json: empty" {
	: >"$B/config.json"
	bad "$(ours config.json EOF)"
}

@test "config.json: a directory" {
	rm "$B/config.json"
	mkdir "$B/config.json"
	bad "$(ours config.json directory)"
}

@test "config.json: a FIFO does not hang" {
	vial_only "runc waits for a writer"
	rm "$B/config.json"
	mkfifo "$B/config.json"
	V_TIMEOUT=5 bad config.json
}

@test "config.json: not JSON, with line and column" {
	printf '{\n  "ociVersion": "1.0.2",\n  bad\n}\n' >"$B/config.json"
	bad "$(ours 'config.json:3:' 'invalid character')"
}

@test "config.json: cut short" {
	head -c 500 "$B/config.json" >"$B/c" && mv "$B/c" "$B/config.json"
	bad "$(ours config.json 'unexpected EOF')"
}

@test "config.json: a second document, a comment, a duplicate key" {
	vial_only "runc accepts some"
	cp "$B/config.json" "$T/good"
	echo '{}' >>"$B/config.json"
	bad 'config.json:'
	{
		echo '/* comment */'
		cat "$T/good"
	} >"$B/config.json"
	bad 'config.json:1:'
	sed 's/"hostname"/"hostname": "a", "hostname"/' "$T/good" >"$B/config.json"
	bad 'config.json:'
	has hostname
}

@test "config.json: NUL, bad UTF-8, too deep" {
	vial_only "runc accepts some"
	cp "$B/config.json" "$T/good"
	sed 's/"hostname": "box"/"hostname": "b\\u0000x"/' "$T/good" >"$B/config.json"
	grep -q u0000 "$B/config.json"
	bad 'config.json:'
	sed 's/"hostname": "box"/"hostname": "b\xff"/' "$T/good" >"$B/config.json"
	bad 'config.json:'
	{
		printf '{"ociVersion":"1.0.2","x":'
		printf '[%.0s' {1..5000}
		printf ']%.0s' {1..5000}
		printf '}'
	} >"$B/config.json"
	bad 'config.json:'
}

# row JQ TEXT-OF-VIAL TEXT-OF-RUNC: one edit of the configuration; an empty text of runc: it
# accepts or is not asked.
row() {
	local edit=$1
	cp "$B/config.json" "$T/good.json"
	config "$edit"
	if [ "$PROGRAM" = vial ]; then
		bad "$2"
	elif [ -n "$3" ]; then
		bad "$3"
	fi
	cp "$T/good.json" "$B/config.json"
}

@test "config.json: wrong types name line, column and path" {
	row '.linux.resources.memory.limit = "1g"' \
		'linux.resources.memory.limit: expected an integer, found the string "1g"' 'cannot unmarshal'
	row '.process.args = "sh"' 'process.args: expected an array' 'cannot unmarshal'
	row '.process.noNewPrivileges = "true"' 'process.noNewPrivileges: expected' 'cannot unmarshal'
	row '.process.user.uid = -1' 'process.user.uid' 'cannot unmarshal'
	row '.process.user.uid = 4294967296' 'process.user.uid' 'cannot unmarshal'
	row '.process.user.uid = 1.5' 'process.user.uid' 'cannot unmarshal'
	row '.process.user.uid = "0"' 'process.user.uid' 'cannot unmarshal'
	row '.mounts = {}' 'mounts: expected an array' 'cannot unmarshal'
	row '.mounts[1].options[2] = 7' 'mounts[1].options[2]: expected a string' 'cannot unmarshal'
	row '.linux.resources.cpu.shares = -5' 'linux.resources.cpu.shares' 'cannot unmarshal'
	row '.root = []' 'root: expected an object' 'cannot unmarshal'
	row '.annotations = {a: 1}' 'annotations.a: expected a string' 'cannot unmarshal'
}

@test "config.json: what is required" {
	row 'del(.process)' 'process property must not be empty' 'process property must not be empty'
	row 'del(.process.args)' 'args must not be empty' 'args must not be empty'
	row '.process.args = []' 'args must not be empty' 'args must not be empty'
	row '.process.cwd = "relative"' 'Cwd must be an absolute path' 'Cwd must be an absolute path'
	row 'del(.process.cwd)' 'wd' 'Cwd property must not be empty'
	row 'del(.root)' 'root' 'root'
	row 'del(.mounts[0].destination)' 'mounts[0].destination' ''
	row '.hooks.prestart = [{"args": ["x"]}]' 'hooks.prestart[0].path' ''
	row '.hooks.prestart = [{"path": "relative"}]' 'hooks.prestart[0].path' ''
}

@test "config.json: values out of range" {
	row '.process.rlimits[0].type = "RLIMIT_TEST"' 'wrong rlimit value: RLIMIT_TEST' 'wrong rlimit value: RLIMIT_TEST'
	row '.process.rlimits[0] |= (.soft = 9 | .hard = 8)' 'RLIMIT_NOFILE' 'error setting rlimit'
	row '.process.rlimits += [.process.rlimits[0]]' 'RLIMIT_NOFILE' ''
	row '.process.oomScoreAdj = 5000' 'oomScoreAdj' 'oom_score_adj'
	row '.linux.namespaces += [{"type": "bogus"}]' 'namespace {"bogus" ""} does not exist' 'does not exist'
	row '.linux.namespaces += [{"type": "pid"}]' 'malformed spec file: duplicated ns' 'malformed spec file: duplicated ns'
	row '.linux.timeOffsets = {"monotonic": {"secs": 1}}' "time namespace offsets specified, but time namespace isn't enabled in the config" ''
	row '.linux.seccomp = {"defaultAction": "SCMP_ACT_X"}' 'string SCMP_ACT_X is not a valid action for seccomp' 'string SCMP_ACT_X is not a valid action for seccomp'
	row '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 9, "value": 1, "op": "SCMP_CMP_EQ"}]}]}' 'index' ''
	row '.linux.rootfsPropagation = "sideways"' 'rootfsPropagation' 'rootfsPropagation=sideways is not supported'
	row '.linux.devices = [{"path": "/dev/x", "type": "z", "major": 1, "minor": 1}]' 'linux.devices[0]' 'invalid'
}

@test "config.json: sysctls outside the container's namespaces" {
	row '.linux.sysctl = {"kernel.foo": "1"}' 'sysctl "kernel.foo" is not in a separate kernel namespace' 'sysctl "kernel.foo" is not in a separate kernel namespace'
	row '.linux.sysctl = {"vm.swappiness": "1"}' 'vm.swappiness' 'vm.swappiness'
	row '.linux.sysctl = {"net/../vm/swappiness": "1"}' 'net/../vm/swappiness' ''
	row '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))' 'net.ipv4.ip_forward' 'net.ipv4.ip_forward'
	row '.linux.sysctl = {"kernel.hostname": "x"}' 'kernel.hostname' 'kernel.hostname'
}

@test "config.json: hostname without a uts namespace" {
	row '.linux.namespaces |= map(select(.type != "uts"))' 'UTS namespace' 'unable to set hostname without a private UTS namespace'
}

@test "config.json: what is read but not acted on yet is refused, not ignored" {
	row '.linux.mountLabel = "system_u:object_r:x_t:s0"' 'linux.mountLabel' ''
	row '.mounts += [{"destination": "/x", "type": "bind", "source": "/tmp", "options": ["bind", "idmap"]}]' 'mounts[8]' ''
}

@test "config.json: unknown fields are accepted" {
	config '.unknown = {"a": [1, 2]} | .linux.unknown = 1 | .process.user.x = null'
	v run "$ID"
	status_is 0
	output_is ''
}

@test "ociVersion: whatever it says" {
	local x
	for x in 1.0.0 1.0.2-dev 1.2.0 1.3.0 invalid 0.1 9.9.9 ""; do
		config --arg x "$x" '.ociVersion = $x'
		v run "$ID"
		status_is 0
	done
}

# --- root ---------------------------------------------------------------------------------

@test "root: missing, a file" {
	row '.root.path = "nosuch"' 'invalid rootfs: stat' 'invalid rootfs: stat'
	has "$([ "$PROGRAM" = runc ] && echo nosuch || echo 'no such file or directory')"
	row '.root.path = "config.json"' 'config.json' 'ot a directory'
}

@test "root: the host's own" {
	row '.root.path = "/"' 'root' ''
	[ ! -e /nosuch ]
}

@test "root: an empty directory has no program" {
	mkdir "$B/empty"
	config '.root.path = "empty"'
	bad 'executable file not found in $PATH'
}

# --- mounts -------------------------------------------------------------------------------

@test "mounts: a source that is missing names itself" {
	row '.mounts += [{"destination": "/data", "type": "bind", "source": "/no/such/source", "options": ["bind"]}]' \
		'/no/such/source' '/no/such/source'
}

@test "mounts: an unknown file system, a bad option" {
	row '.mounts += [{"destination": "/data", "type": "nosuchfs", "source": "x"}]' nosuchfs 'no such device'
	row '.mounts += [{"destination": "/data", "type": "tmpfs", "source": "x", "options": ["size=lots"]}]' \
		size /data
	row '.mounts += [{"destination": "/data", "type": "tmpfs", "source": "x", "options": ["nosuchoption"]}]' \
		nosuchoption /data
}

@test "mounts: a directory over a file, a file over a directory" {
	mkdir "$B/d"
	touch "$B/f"
	row '.mounts += [{"destination": "/etc/passwd", "type": "bind", "source": "d", "options": ["bind"]}]' /etc/passwd /etc/passwd
	row '.mounts += [{"destination": "/etc", "type": "bind", "source": "f", "options": ["bind"]}]' /etc /etc
	row '.mounts += [{"destination": "/etc/passwd/sub", "type": "tmpfs", "source": "tmpfs"}]' /etc/passwd /etc/passwd
}

@test "namespaces: a path that is missing, is no namespace, is of another kind" {
	row '.linux.namespaces |= map(if .type == "network" then .path = "/no/such/ns" else . end)' /no/such/ns /no/such/ns
	row '.linux.namespaces |= map(if .type == "network" then .path = "/etc/passwd" else . end)' /etc/passwd ''
	row '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/uts" else . end)' /proc/self/ns/uts ''
}

@test "user namespace: mappings no kernel takes" {
	row '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 0}] | .linux.gidMappings = [{"containerID": 0, "hostID": 0, "size": 1}]' \
		'linux.uidMappings' ''
	row '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 10}, {"containerID": 5, "hostID": 5000, "size": 10}] | .linux.gidMappings = [{"containerID": 0, "hostID": 0, "size": 1}]' \
		'uid' ''
}

# --- arguments ----------------------------------------------------------------------------

@test "ids: the bad ones, before anything is touched" {
	vial_only "runc accepts .hidden and long ones"
	local x
	mkdir -p "$T/victim"
	for x in '' . .. ../victim /abs a/b 'a b' .hidden $'a\nb' "$(printf 'x%.0s' {1..300})"; do
		v run "$x"
		status_is 1
		if [ -z "$x" ]; then has 'container id cannot be empty'; fi
		v create "$x"
		status_is 1
		v state "$x"
		status_is 1
		v delete --force "$x"
		[ -d "$T/victim" ] || fail "delete --force '$x' removed a stranger"
		assert_nothing_left
	done
	v run 'a/b'
	fails_with 1 'invalid container ID format'
}

@test "arguments: none, too many, unknown options and commands" {
	local c
	for c in run create start state kill delete; do
		v "$c"
		status_is 1
		has 'Incorrect Usage'
		has "\"$c\" requires"
	done
	v run a b
	fails_with 1 'requires exactly 1 argument'
	v run --nosuch x
	fails_with 1 'flag provided but not defined: -nosuch'
	v frobnicate
	fails_with 3 "No help topic for 'frobnicate'"
	v --log-format xyz list
	fails_with 1 'invalid log-format: xyz'
	assert_nothing_left
}

@test "missing containers" {
	local c
	for c in state start kill delete; do
		v "$c" nosuch
		fails_with 1 'container does not exist'
	done
	assert_nothing_left
}

@test "the state root cannot be made" {
	touch "$T/file"
	status=0
	output=$(cd "$B" && "$VIAL" --root "$T/file/root" run "$ID" 2>&1 3>&-) || status=$?
	fails_with 1 'ot a directory'
	assert_nothing_left
}

@test "the state root is full" {
	mkdir "$ROOT"
	mount -t tmpfs -o size=4k,nr_inodes=4 tmpfs "$ROOT"
	snapshot >"$T/before"
	v create "$ID"
	status_is 1
	assert_nothing_left
	umount "$ROOT"
}

@test "few descriptors: works or fails, no hang, nothing left" {
	local n
	for n in 6 8 10 12 16 24 32; do
		status=0
		output=$(cd "$B" && ulimit -n $n && exec timeout 20 env "$MARK" "$VIAL" --root "$ROOT" run "$ID" \
			</dev/null 2>&1 3>&- 4>&-) || status=$?
		[ "$status" -ne 124 ] || fail "hangs with $n descriptors"
		[ "$status" -lt 128 ] || [ "$PROGRAM" = runc ] || fail "crashed with $n descriptors"
		if [ "$PROGRAM" = vial ]; then
			v list # sweeps what could not even be removed
			assert_nothing_left
		fi
	done
}

@test "stdin, stdout and stderr closed" {
	set_sh 'exit 6'
	status=0
	(cd "$B" && exec env "$MARK" timeout 20 "$VIAL" --root "$ROOT" run "$ID" <&- >&- 2>&- 3>&- 4>&-) || status=$?
	[ "$status" -ne 124 ] || fail hangs
	assert_nothing_left
}

# --- --strict -----------------------------------------------------------------------------

@test "--strict: refuses unknown fields and versions, and names each of them" {
	vial_only
	config '.ociVersion = "9.9.9" | .one = 1 | .linux.two = {} | .process.user.three = null'
	v --strict run "$ID"
	fails_with 1 'refused by --strict'
	has 'ociVersion "9.9.9" is not supported'
	has 'unknown field one'
	has 'unknown field linux.two'
	has 'unknown field process.user.three'
	v --strict create "$ID"
	status_is 1
	assert_nothing_left
}

@test "--strict: accepts what is known, also for exec and update" {
	vial_only
	set_sh 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	v --strict run -d "$ID"
	status_is 0
	jq '.process | .args = ["true"] | .extra = 1' "$B/config.json" >"$T/process.json"
	v exec -p "$T/process.json" "$ID"
	status_is 0
	v --strict exec -p "$T/process.json" "$ID"
	status_is 255
	has 'unknown field extra'
	echo '{"pids": {"limit": 20}, "more": 1}' >"$T/resources.json"
	v --strict update -r "$T/resources.json" "$ID"
	fails_with 1 'unknown field more'
	v update -r "$T/resources.json" "$ID"
	status_is 0
}

@test "update: schemata of Intel RDT for a container without a group" {
	vial_only
	start_sleeper
	v update --l3-cache-schema 'L3:0=f' "$ID"
	fails_with 1 'Intel RDT/CAT: l3 cache schema is not enabled'
	v update --mem-bw-schema 'MB:0=20' "$ID"
	fails_with 1 'Intel RDT/MBA: memory bandwidth schema is not enabled'
}
