#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# buildah.sh RUNTIME RESULTS [ROW...]: Buildah, see lib.sh. Root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
isolate "$@"
begin buildah "$1" "$2"
shift 2
mkdir "$WORK/tmp"
export TMPDIR=$WORK/tmp
# What docs/clients/buildah.env says: both the variable and the option lead to the runtime.
eval "$(config buildah.env)"

stop() {
	buildah --root "$WORK/root" --runroot "$WORK/runroot" rm -a >/dev/null 2>&1
	umount "$WORK/root/overlay" 2>/dev/null
	find /sys/fs/cgroup -mindepth 2 -depth -path '*/buildah-*' -type d -exec rmdir {} + 2>/dev/null
}

image "$WORK/image"
rows "$here/buildah-rows.sh" "$@"
