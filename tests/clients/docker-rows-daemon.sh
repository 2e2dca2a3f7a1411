# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of docker: other ways to start the daemon. Each starts and ends one of its own.
. "$here/docker-daemon.sh"

# another NAME [OPTION...]: a second daemon on a bridge of its own, ended with the row.
another() {
	local name=$1
	shift
	ip link add "$name" type bridge
	ip addr add "172.31.$((RANDOM % 250)).1/24" dev "$name"
	ip link set "$name" up
	daemon "$name" --bridge "$name" "$@"
	export DOCKER_HOST=unix://$WORK/$name.sock
	[ -n "$(D images -q busybox)" ] ||
		D import -c 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$WORK/image.tar" busybox >/dev/null
}

ended() {
	[ ! -e "$WORK/$1.pid" ] || end_pid "$(cat "$WORK/$1.pid")" 30
	[ -z "${2-}" ] || end_pid "$2"
	umount "$WORK/$1"/exec/netns/* "$WORK/$1/data" 2>/dev/null || true
	ip link del "$1" || true
}

row_user_namespaces() {
	trap 'ended remap' EXIT
	another remap --userns-remap ocitest
	run busybox sh -c 'id -u; cat /proc/self/uid_map'
	code_is 0
	has $'0\n'
	has 300000
	capture D run --rm busybox ip -o addr show eth0
	code_is 0
	up -v /v busybox sleep 100
	capture D exec "$ROW" sh -c 'touch /v/x && stat -c %u /v/x'
	is 0
	[ "$(ps -o uid= -p "$(inspect '{{.State.Pid}}')" | tr -d ' ')" = 300000 ] || no 'not uid 300000'
	run --userns host busybox cat /proc/self/uid_map
	has 4294967295
	D rm -f "$ROW"
}
row_live_restore() {
	local pid
	mkdir -p "$WORK/lr"
	printf 'version = 2\nroot = "%s/root"\nstate = "%s/state"\n[grpc]\naddress = "%s/containerd.sock"\n' \
		"$WORK/lr" "$WORK/lr" "$WORK/lr" >"$WORK/lr/config.toml"
	PATH=$WORK/bin:$PATH setsid containerd -c "$WORK/lr/config.toml" >"$WORK/lr-containerd.log" 2>&1 </dev/null &
	containerd=$!
	until_true 20 test -S "$WORK/lr/containerd.sock"
	trap 'ended live $containerd' EXIT
	another live --containerd "$WORK/lr/containerd.sock" --live-restore
	D run -d --name "$ROW" --network none busybox sleep 100
	pid=$(inspect '{{.State.Pid}}')
	kill -9 "$(cat "$WORK/live.pid")"
	sleep 0.5
	rm -f "$WORK/live.pid"
	kill -0 "$pid" || no 'the container died with the daemon'
	daemon live --bridge live --containerd "$WORK/lr/containerd.sock" --live-restore
	capture D exec "$ROW" echo restored
	code_is 0
	is restored
	D rm -f "$ROW"
}
row_restart_of_the_daemon() {
	trap 'ended plain' EXIT
	another plain
	D run -d --name "$ROW" --restart always --network none busybox sleep 100
	end_pid "$(cat "$WORK/plain.pid")" 30
	daemon plain --bridge plain
	until_true 20 status_is running
	capture D exec "$ROW" echo again
	is again
	D rm -f "$ROW"
}
row_configuration_of_iechor() {
	trap 'ended iechor' EXIT
	config iechor-daemon.json >"$WORK/iechor.json"
	DAEMON_JSON=$WORK/iechor.json another iechor
	[ "$(D info -f '{{.DefaultRuntime}}')" = runc ] || no 'another default'
	run --runtime vial busybox echo hello
	code_is 0
	is hello
}
