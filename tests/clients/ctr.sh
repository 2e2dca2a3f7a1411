#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ctr.sh RUNTIME RESULTS [ROW...]: containerd with its own client, see lib.sh. Root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
isolate "$@"
begin ctr "$1" "$2"
shift 2
. "$here/containerd-calls.sh"

stop() {
	[ ! -e "$WORK/containerd.pid" ] || end_pid "$(cat "$WORK/containerd.pid")" 20
	find /sys/fs/cgroup -mindepth 2 -depth -path "*/$TAG*" -type d -exec rmdir {} + 2>/dev/null
	cp "$WORK/containerd.log" "$LOGS" 2>/dev/null
}

containerd_start
image "$WORK/image"
containerd_image busybox "$WORK/image"
rows "$here/ctr-rows.sh" "$@"
