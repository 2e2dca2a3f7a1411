#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docker.sh [RUNTIME]: Debian's Docker with a daemon of our own in a directory of our own, RUNTIME
# registered under the name vial, an image made locally; runs docker.bats (or, with -- COMMAND,
# that) and ends the daemon by its pid. Root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
runtime=${1:-$here/../../build/release/vial}
runtime=$(realpath "$runtime")
shift || true
[ "${1-}" != -- ] || shift
[ $# -gt 0 ] || set -- bats --tap "$here/docker.bats"

work=$(mktemp -d /tmp/vial-docker.XXXXXX)
dockerd_pid=
had_cgroup=$(find /sys/fs/cgroup -maxdepth 2 -type d -name docker)

cleanup() {
	local status=$? pid
	trap - EXIT
	set +e
	if [ -n "$dockerd_pid" ]; then
		kill "$dockerd_pid" 2>/dev/null || true
		for _ in $(seq 100); do
			kill -0 "$dockerd_pid" 2>/dev/null || break
			sleep 0.2
		done
		kill -9 "$dockerd_pid" 2>/dev/null || true
	fi
	# A containerd or shim that outlived its daemon names our directory in its arguments.
	grep -lsF "$work" /proc/[0-9]*/cmdline | cut -d/ -f3 | while read -r pid; do
		[ "$pid" = $$ ] || kill "$pid" 2>/dev/null
	done
	cut -d' ' -f5 /proc/self/mountinfo | grep "^$work/" | sort -r | while read -r dir; do
		umount -l "$dir" 2>/dev/null || true
	done
	[ "$status" -eq 0 ] || tail -n 40 "$work/dockerd.log" | sed 's/^/# dockerd: /'
	rm -rf --one-file-system "$work"
	[ -n "$had_cgroup" ] || rmdir /sys/fs/cgroup/*/docker /sys/fs/cgroup/docker 2>/dev/null
	exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

dockerd=/usr/sbin/dockerd
[ -x $dockerd ] || dockerd=/usr/bin/dockerd
jq -n --arg r "$runtime" '{runtimes: {vial: {path: $r}, "vial-debug": {path: $r, runtimeArgs: ["--debug"]}}}' \
	>"$work/daemon.json"
# A bridge of its own, so that a Docker of this host is not disturbed, nor its rules changed.
setsid "$dockerd" --config-file "$work/daemon.json" --data-root "$work/data" --exec-root "$work/exec" \
	--pidfile "$work/pid" -H "unix://$work/sock" --bridge none --iptables=false \
	>"$work/dockerd.log" 2>&1 </dev/null &
dockerd_pid=$!
export DOCKER_HOST=unix://$work/sock DOCKER_CONFIG=$work/client DOCKER=/usr/bin/docker
mkdir "$DOCKER_CONFIG"
for _ in $(seq 100); do
	"$DOCKER" version >/dev/null 2>&1 && break
	kill -0 "$dockerd_pid" 2>/dev/null || { echo "dockerd did not start"; exit 1; }
	sleep 0.2
done

mkdir -p "$work/image"/{bin,etc,tmp,proc,sys,dev,root}
cp /bin/busybox "$work/image/bin/busybox"
for applet in $(/bin/busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$work/image/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' >"$work/image/etc/passwd"
printf 'root:x:0:\nuser:x:1000:\n' >"$work/image/etc/group"
tar -C "$work/image" -c . | "$DOCKER" import -c 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' - busybox >/dev/null

"$@"
