# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of the CRI: what a kubelet asks of a RuntimeClass handler.
. "$here/containerd-calls.sh"

cri() { /usr/bin/python3 "$here/cri.py" "$SOCKET" "$@"; }

# pod [JSON]: a sandbox named after the row, with JSON put over its configuration; $POD.
pod() {
	local extra=${1:-{\}}
	SANDBOX=$(jq -cn --arg n "$ROW" --arg d "$WORK/logs/$ROW" --arg g "/$TAG" --argjson x "$extra" \
		'{metadata: {name: $n, uid: $n, namespace: "test"}, hostname: "pod", log_directory: $d,
		  linux: {cgroup_parent: $g, security_context: {namespace_options: {pid: "CONTAINER"}}}} * $x')
	trap unpod EXIT
	POD=
	POD=$(cri RunPodSandbox "$(jq -cn --argjson c "$SANDBOX" '{config: $c, runtime_handler: "vial"}')" | jq -r .pod_sandbox_id)
}
unpod() {
	[ -z "$POD" ] || cri StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	[ -z "$POD" ] || cri RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
}

# create JSON COMMAND...: a container in the pod, with JSON put over its configuration; $CTR.
create() {
	local extra=$1 config
	shift
	config=$(jq -cn --arg n "${NAME:-main}" --arg i "$IMAGE" --argjson x "$extra" '{metadata: {name: $n}, image: {image: $i},
		log_path: ($n + ".log"), command: $ARGS.positional} * $x' --args -- "$@")
	CTR=$(cri CreateContainer "$(jq -cn --arg p "$POD" --argjson c "$config" --argjson s "$SANDBOX" \
		'{pod_sandbox_id: $p, config: $c, sandbox_config: $s}')" | jq -r .container_id)
}
start() { capture cri StartContainer "{\"container_id\": \"$CTR\"}"; }
up() { create "$@" && start && code_is 0; }
state_is() { [ "$(cri ContainerStatus "{\"container_id\": \"$CTR\"}" | jq -r '.status.state // "CONTAINER_CREATED"')" = "CONTAINER_$1" ]; }
exit_code_is() { [ "$(cri ContainerStatus "{\"container_id\": \"$CTR\"}" | jq -r '.status.exit_code // 0')" = "$1" ]; }
log_has() { grep -F -- "$1" "$WORK/logs/$ROW/${NAME:-main}.log"; }

# inside COMMAND...: ExecSync, its output in $out, its exit code in $code.
inside() {
	local answer
	answer=$(cri ExecSync "$(jq -cn --arg c "$CTR" '{container_id: $c, cmd: $ARGS.positional, timeout: 30}' --args -- "$@")") || no "ExecSync: $answer"
	code=$(jq -r '.exit_code // 0' <<<"$answer")
	out=$(jq -r '.stdout // ""' <<<"$answer" | base64 -d)
	out+=$(jq -r '.stderr // ""' <<<"$answer" | base64 -d)
}
cgroup() { cat "/sys/fs/cgroup/$1/$TAG/$CTR/$2"; }

row_handler_is_known() { cri Status '{"verbose": true}' | jq -r .info.config | jq -e '.containerd.runtimes.vial.options.BinaryName'; }
row_handler_unknown() { capture cri RunPodSandbox '{"config": {"metadata": {"name": "x", "uid": "x", "namespace": "x"}}, "runtime_handler": "none"}'; [ "$code" -ne 0 ] || no accepted; has none; }
row_sandbox() { pod; [ "$(cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}" | jq -r '.status.runtime_handler')" = vial ] || no 'another handler'; }
row_sandbox_has_an_address() { pod; cri PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}" | jq -re .status.network.ip | grep '^10\.99\.'; }
row_container() { pod; up '{}' sh -c 'echo hello; exit 7'; until_true 20 state_is EXITED; exit_code_is 7 || no 'not 7'; log_has hello; }
row_container_missing_program() { pod; create '{}' no-such-program; start; [ "$code" -ne 0 ] || no started; has 'exec: "no-such-program": executable file not found in $PATH'; }
row_container_not_executable() { pod; create '{}' /etc/passwd; start; [ "$code" -ne 0 ] || no started; has 'permission denied'; }
row_container_created_then_removed() { pod; create '{}' sleep 100; state_is CREATED || no 'not created'; cri RemoveContainer "{\"container_id\": \"$CTR\"}"; }
row_exec() { pod; up '{}' sleep 100; inside sh -c 'echo inside; echo err >&2; exit 5'; code_is 5; is $'insideerr'; }
row_exec_missing_program() { pod; up '{}' sleep 100; capture cri ExecSync "{\"container_id\": \"$CTR\", \"cmd\": [\"no-such\"]}"; [ "$code" -ne 0 ] || no accepted; has 'executable file not found'; }
row_exec_with_a_timeout() { pod; up '{}' sleep 100; capture cri ExecSync "{\"container_id\": \"$CTR\", \"cmd\": [\"sleep\", \"100\"], \"timeout\": 1}"; [ "$code" -ne 0 ] || no accepted; has 'timeout 1s exceeded'; inside true; code_is 0; }
row_exec_of_ten() {
	local i pids=()
	pod
	up '{}' sleep 100
	for i in $(seq 10); do cri ExecSync "{\"container_id\": \"$CTR\", \"cmd\": [\"true\"]}" & pids+=($!); done
	for i in "${pids[@]}"; do wait "$i" || no 'one failed'; done
}
row_stats() { pod; up '{}' sleep 100; cri ContainerStats "{\"container_id\": \"$CTR\"}" | jq -e '.stats.cpu.usage_core_nano_seconds.value and .stats.memory.working_set_bytes.value'; }
row_limits() { pod; up '{"linux": {"resources": {"memory_limit_in_bytes": 67108864, "cpu_quota": 50000, "cpu_period": 100000, "cpu_shares": 512, "cpuset_cpus": "0"}}}' sleep 100; out=$(cgroup memory memory.limit_in_bytes; cgroup cpu cpu.cfs_quota_us; cgroup cpu cpu.shares; cgroup cpuset cpuset.cpus); is $'67108864\n50000\n512\n0'; }
row_update() {
	pod
	up '{"linux": {"resources": {"memory_limit_in_bytes": 67108864, "cpu_shares": 512}}}' sleep 100
	cri UpdateContainerResources "{\"container_id\": \"$CTR\", \"linux\": {\"memory_limit_in_bytes\": 33554432, \"cpu_quota\": 30000}}"
	out=$(cgroup memory memory.limit_in_bytes; cgroup cpu cpu.cfs_quota_us; cgroup cpu cpu.shares)
	is $'33554432\n30000\n512'
}
row_out_of_memory() { pod; up '{"linux": {"resources": {"memory_limit_in_bytes": 16777216}}}' sh -c 'exec tail /dev/zero'; until_true 30 state_is EXITED; exit_code_is 137 || no 'not 137'; cri ContainerStatus "{\"container_id\": \"$CTR\"}" | jq -e '.status.reason == "OOMKilled"'; }
row_stop() { pod; up '{}' sh -c 'trap "exit 4" TERM; echo ready; while :; do sleep 0.1; done'; until_true 10 log_has ready; cri StopContainer "{\"container_id\": \"$CTR\", \"timeout\": 20}"; exit_code_is 4 || no 'not 4'; }
row_stop_by_force() { pod; up '{}' sh -c 'trap "" TERM; sleep 100'; cri StopContainer "{\"container_id\": \"$CTR\", \"timeout\": 1}"; exit_code_is 137 || no 'not 137'; cri RemoveContainer "{\"container_id\": \"$CTR\"}"; }
namespaces() { inside sh -c 'for n in net ipc uts; do readlink /proc/self/ns/$n; done'; }
row_namespaces_of_the_pod() {
	pod
	NAME=one up '{}' sh -c 'echo there >/dev/shm/x; sleep 100'
	namespaces
	local first=$out
	hasnt "$(readlink /proc/self/ns/net)"
	NAME=two up '{}' sleep 100
	namespaces
	is "$first"
	inside cat /dev/shm/x
	is there
	inside hostname
	is pod
}
row_processes_of_the_pod_shared() {
	pod '{"linux": {"security_context": {"namespace_options": {"pid": "POD"}}}}'
	up '{"linux": {"security_context": {"namespace_options": {"pid": "POD"}}}}' sleep 4321
	inside ps
	has 'sleep 100000'
	has 'sleep 4321'
}
row_namespaces_of_the_node() {
	pod '{"hostname": "", "linux": {"security_context": {"namespace_options": {"network": "NODE", "pid": "NODE", "ipc": "NODE"}}}}'
	up '{"linux": {"security_context": {"namespace_options": {"network": "NODE", "pid": "NODE", "ipc": "NODE"}}}}' sleep 100
	namespaces
	has "$(readlink /proc/self/ns/net)"
	has "$(readlink /proc/self/ns/ipc)"
}
row_process_namespace_of_another() {
	pod
	NAME=one up '{}' sleep 4321
	NAME=two up "{\"linux\": {\"security_context\": {\"namespace_options\": {\"pid\": \"TARGET\", \"target_id\": \"$CTR\"}}}}" sleep 100
	inside ps
	has 'sleep 4321'
}
row_security_context() {
	pod
	up '{"linux": {"security_context": {"run_as_user": {"value": 1000}, "run_as_group": {"value": 1000}, "supplemental_groups": [555], "readonly_rootfs": true, "no_new_privs": true,
		"seccomp": {"profile_type": "RuntimeDefault"},
		"capabilities": {"drop_capabilities": ["ALL"], "add_capabilities": ["NET_BIND_SERVICE"]}}}}' sleep 100
	inside sh -c 'id -u; id -G; touch /x; grep -E "NoNewPrivs|CapBnd|Seccomp:" /proc/self/status'
	has 1000
	has 555
	has 'Read-only'
	has $'NoNewPrivs:\t1'
	has $'CapBnd:\t0000000000000400'
	has $'Seccomp:\t2'
}
row_seccomp_unconfined() { pod; up '{"linux": {"security_context": {"seccomp": {"profile_type": "Unconfined"}}}}' sleep 100; inside grep ^Seccomp: /proc/self/status; has 0; }
row_seccomp_of_a_file() {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' >"$WORK/$ROW"
	pod
	up "{\"linux\": {\"security_context\": {\"seccomp\": {\"profile_type\": \"Localhost\", \"localhost_ref\": \"$WORK/$ROW\"}}}}" sleep 100
	inside mkdir /x
	has 'not permitted'
}
row_masked_and_read_only_paths() {
	pod
	up '{"linux": {"security_context": {"masked_paths": ["/proc/keys", "/proc/acpi"], "readonly_paths": ["/proc/sys"]}}}' sleep 100
	inside sh -c 'wc -c </proc/keys; echo x >/proc/sys/kernel/hostname'
	has 0
	has 'Read-only'
}
row_privileged() {
	pod '{"linux": {"security_context": {"privileged": true}}}'
	up '{"linux": {"security_context": {"privileged": true}}}' sleep 100
	inside sh -c 'mkdir /m && mount -t tmpfs t /m && echo mounted'
	is mounted
}
row_sysctls() { pod '{"linux": {"sysctls": {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}}}'; up '{}' sleep 100; inside cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced; is $'1\n1'; }
row_mounts() {
	mkdir "$WORK/$ROW"
	echo kept >"$WORK/$ROW/file"
	pod
	up "{\"mounts\": [{\"container_path\": \"/v\", \"host_path\": \"$WORK/$ROW\", \"readonly\": true}]}" sleep 100
	inside sh -c 'cat /v/file; touch /v/x'
	has kept
	has 'Read-only'
}
row_absent_directory_to_mount() { pod; capture create "{\"mounts\": [{\"container_path\": \"/v\", \"host_path\": \"/proc/no-such\"}]}" true; [ "$code" -ne 0 ] || start; [ "$code" -ne 0 ] || no accepted; has /proc/no-such; }
row_device() { pod; up '{"devices": [{"container_path": "/dev/mine", "host_path": "/dev/fuse", "permissions": "r"}]}' sleep 100; inside sh -c 'stat -c %t:%T /dev/mine; true </dev/mine && true >/dev/mine'; has a:e5; has 'not permitted'; }
row_environment_and_directory() { pod; up '{"envs": [{"key": "A", "value": "b"}], "working_dir": "/tmp"}' sleep 100; inside sh -c 'echo $A; pwd'; is $'b\n/tmp'; }
row_terminal() { pod; up '{"tty": true}' sh -c 'tty; sleep 100'; until_true 10 log_has /dev/pts/0; }
row_pod_goes_with_its_containers() {
	pod
	up '{}' sleep 8642
	cri StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	state_is EXITED || no 'the container goes on'
	cri RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	POD=
	! find /sys/fs/cgroup -path "*$TAG/$CTR" | grep . || no 'a cgroup is left'
}
