#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docker.sh RUNTIME RESULTS [ROW...]: Debian's Docker, see lib.sh. Root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
isolate "$@"
begin docker "$1" "$2"
shift 2

# BuildKit calls `runc` from the daemon's PATH, whatever daemon.json says.
ln -s "$RUNTIME" "$WORK/bin/runc"
config docker-daemon.json | jq '.experimental = true' >"$WORK/daemon.json" # for checkpoints

export DOCKER=/usr/bin/docker DOCKER_CONFIG=$WORK/client
export DOCKER_HOST=unix://$WORK/docker.sock
DOCKERD=$(PATH=/usr/sbin:/usr/bin command -v dockerd)
export DOCKERD
mkdir "$DOCKER_CONFIG"

stop() {
	local pid
	for pid in "$WORK"/*.pid; do
		[ ! -e "$pid" ] || end_pid "$(cat "$pid")" 30
	done
	# The daemon leaves its last network namespace mounted, and its own cgroup directories.
	umount /run/docker/netns/* "$WORK"/*/exec/netns/* 2>/dev/null
	rmdir /sys/fs/cgroup/*/"$TAG"/* /sys/fs/cgroup/*/"$TAG" /sys/fs/cgroup/*/docker/buildkit /sys/fs/cgroup/*/docker 2>/dev/null
	cp "$WORK"/*.log "$LOGS" 2>/dev/null
}

. "$here/docker-daemon.sh"
daemon docker
image "$WORK/image"
tar -C "$WORK/image" -cf "$WORK/image.tar" .
"$DOCKER" import -c 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$WORK/image.tar" busybox >/dev/null
rows "$here/advice-rows.sh" "$@"
for part in run limits manage build; do
	rows "$here/docker-rows-$part.sh" "$@"
done
ROW_JOBS=1 # daemons that start at once disturb each other's firewall rules
rows "$here/docker-rows-daemon.sh" "$@"
