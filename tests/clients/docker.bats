#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Debian's Docker with --runtime vial; started by docker.sh, which sets DOCKER and DOCKER_HOST.

setup() { [ -n "${DOCKER-}" ] || skip "start me by tests/clients/docker.sh"; }

fail() {
	printf 'FAILED: %s\nstatus: %s\noutput: %s\n' "$*" "${status-}" "${output-}" >&2
	return 1
}
docker_run() {
	status=0
	output=$(timeout 60 "$DOCKER" run --rm --runtime "${RUNTIME:-vial}" "$@" 2>&1 </dev/null 3>&-) || status=$?
}
status_is() { [ "$status" -eq "$1" ] || fail "expected exit code $1"; }
output_is() { [ "$output" = "$1" ] || fail "expected <$1>"; }
has() { [[ $output == *"$1"* ]] || fail "expected <$1>"; }

@test "docker: the runtime is registered" {
	"$DOCKER" info --format '{{json .Runtimes}}' | jq -e 'has("vial")'
}

@test "docker run echo hello" {
	docker_run busybox echo hello
	status_is 0
	output_is hello
}

@test "docker run with runtimeArgs" {
	RUNTIME=vial-debug docker_run busybox echo hello
	status_is 0
	output_is hello
}

@test "docker run -it" {
	status=0
	output=$(timeout 60 script -qec \
		"$DOCKER run --rm -it --runtime vial busybox sh -c 'tty; test -t 0 && echo is a tty; exit 9'" \
		/dev/null </dev/null 3>&- | tr -d '\r'; exit "${PIPESTATUS[0]}") || status=$?
	status_is 9
	has /dev/pts/0
	has 'is a tty'
}

@test "docker run -i: standard input" {
	output=$(echo through | timeout 60 "$DOCKER" run --rm -i --runtime vial busybox cat 3>&-)
	output_is through
}

@test "docker run: limits are visible in the cgroup" {
	[ -d /sys/fs/cgroup/memory ] || skip "no cgroup v1 here"
	docker_run --memory 64m --pids-limit 20 --cpus 0.5 busybox sh -c 'cd /sys/fs/cgroup &&
		cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us'
	status_is 0
	output_is "67108864
20
50000
100000"
}

@test "docker run: exit codes 0, 7, 137" {
	docker_run busybox true
	status_is 0
	docker_run busybox sh -c 'exit 7'
	status_is 7
	docker_run --init busybox sh -c 'kill -9 $$'
	status_is 137
}

@test "docker run: 125 for the daemon's own refusal" {
	docker_run --memory 1k busybox true
	status_is 125
	docker_run --no-such-option busybox true
	status_is 125
}

@test "docker run: 126 for what is not executable" {
	docker_run busybox /etc/passwd
	status_is 126
	docker_run busybox /etc
	status_is 126
}

@test "docker run: 127 for what is not there" {
	docker_run busybox no-such-program
	status_is 127
	docker_run busybox /no/such/program
	status_is 127
}

@test "docker: detached, logs, stop, wait" {
	local id
	id=$("$DOCKER" run -d --runtime vial busybox sh -c 'echo up; trap "exit 4" TERM; while :; do sleep 0.1; done' 3>&-)
	for _ in $(seq 50); do
		output=$("$DOCKER" logs "$id")
		[ "$output" != up ] || break
		sleep 0.1
	done
	output_is up
	"$DOCKER" stop -t 5 "$id" >/dev/null
	[ "$("$DOCKER" wait "$id")" = 4 ]
	"$DOCKER" rm "$id" >/dev/null
}

@test "docker kill and rm --force" {
	local id
	id=$("$DOCKER" run -d --runtime vial busybox sleep 1000 3>&-)
	"$DOCKER" kill "$id" >/dev/null
	[ "$("$DOCKER" wait "$id")" = 137 ]
	"$DOCKER" rm "$id" >/dev/null
	id=$("$DOCKER" run -d --runtime vial busybox sleep 1000 3>&-)
	"$DOCKER" rm --force "$id" >/dev/null
}

@test "docker run: user, env, workdir, hostname, read-only, tmpfs, volume, caps" {
	local dir=$BATS_TEST_TMPDIR/volume
	mkdir "$dir"
	chmod 777 "$dir"
	docker_run --user 1000:1000 -e A=b -w /tmp -h box --read-only --tmpfs /run -v "$dir:/v" --cap-drop ALL \
		busybox sh -c 'id -u; echo $A; pwd; hostname; touch /x 2>/dev/null || echo ro; touch /run/t /v/t && echo rw; grep CapBnd /proc/self/status'
	status_is 0
	output_is "1000
b
/tmp
box
ro
rw
CapBnd:	0000000000000000"
	[ -e "$dir/t" ]
}

@test "docker run: a seccomp filter, no new privileges, /proc/sys read-only" {
	docker_run --security-opt no-new-privileges busybox sh -c 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status; echo x 2>&1 >/proc/sys/kernel/hostname; :'
	has 'Seccomp:	2'
	has 'NoNewPrivs:	1'
	has 'Read-only file system'
}

@test "docker: twenty at once" {
	local i pids=() dir=$BATS_TEST_TMPDIR
	for i in $(seq 20); do
		(timeout 120 "$DOCKER" run --rm --network none --runtime vial busybox echo "up $i" >"$dir/$i" 2>&1 </dev/null 3>&-) &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in $(seq 20); do
		[ "$(cat "$dir/$i")" = "up $i" ] || fail "$i: $(cat "$dir/$i")"
	done
}

@test "docker: nothing is left" {
	[ -z "$("$DOCKER" ps -aq)" ]
	[ -z "$(find /sys/fs/cgroup/*/docker -mindepth 1 -maxdepth 1 -type d 2>/dev/null)" ]
}
