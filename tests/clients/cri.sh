#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cri.sh RUNTIME RESULTS [ROW...]: containerd's CRI with the handler `vial`, see lib.sh. Root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
isolate "$@"
begin cri "$1" "$2"
shift 2
. "$here/containerd-calls.sh"

stop() {
	[ ! -e "$WORK/containerd.pid" ] || end_pid "$(cat "$WORK/containerd.pid")" 20
	umount /run/netns/* 2>/dev/null
	find /sys/fs/cgroup -mindepth 2 -depth \( -path "*/$TAG*" -o -path '*/k8s.io*' \) -type d -exec rmdir {} + 2>/dev/null
	cp "$WORK/containerd.log" "$LOGS" 2>/dev/null
}

protoc -I "$here" --python_out="$WORK" cri.proto
export PYTHONPATH=$WORK PYTHONDONTWRITEBYTECODE=1
containerd_start
image "$WORK/image"
containerd_image busybox "$WORK/image"
# The program of the sandbox needs only wait.
containerd_image pause "$WORK/image" '{"Entrypoint": ["/bin/sleep", "100000"], "Cmd": []}'
rows "$here/cri-rows.sh" "$@"
