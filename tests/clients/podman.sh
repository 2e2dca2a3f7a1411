#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# podman.sh RUNTIME RESULTS [ROW...]: Podman as root, see lib.sh. Root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
isolate "$@"
begin podman "$1" "$2"
shift 2

export CONTAINERS_CONF=$WORK/containers.conf PODMAN_USER=root
. "$here/podman-calls.sh"
podman_setup
mkdir -p "$WORK/tmp"
export TMPDIR=$WORK/tmp

stop() {
	P rm -af -t 0 >/dev/null 2>&1
	P pod rm -af >/dev/null 2>&1
	P volume prune -f >/dev/null 2>&1
	P unshare true 2>/dev/null
	umount -R /run/netns 2>/dev/null
	umount "$WORK"/podman/root/overlay 2>/dev/null
	# Podman makes directories of controllers that are not mounted, and keeps its parent cgroup.
	for dir in hugetlb net_cls net_prio perf_event; do
		mountpoint -q /sys/fs/cgroup/$dir || rm -rf --one-file-system /sys/fs/cgroup/$dir
	done
	find /sys/fs/cgroup -mindepth 2 -depth \( -path '*/libpod_parent*' -o -path "*/$TAG*" \) -type d -exec rmdir {} + 2>/dev/null
}

image "$WORK/image"
tar -C "$WORK/image" -cf "$WORK/image.tar" .
P import -c 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$WORK/image.tar" busybox >/dev/null 2>&1
rows "$here/advice-rows.sh" "$@"
for part in both root; do
	rows "$here/podman-rows-$part.sh" "$@"
done
