#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# podman-rootless.sh RUNTIME RESULTS [ROW...]: Podman as the ordinary user ocitest, see lib.sh. Root.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
isolate "$@"
begin podman-rootless "$1" "$2"
shift 2

export CONTAINERS_CONF=$WORK/containers.conf PODMAN_USER=ocitest
export XDG_RUNTIME_DIR=/run/user/1777
mkdir -m 700 "$XDG_RUNTIME_DIR"
chown 1777:1777 "$XDG_RUNTIME_DIR"
# Where only root may open these (as on a machine without udev), ocitest gets copies.
for device in net/tun fuse; do
	[ -e "/dev/$device" ] || continue
	name=$WORK/${device#*/}
	mknod -m 666 "$name" c $((0x$(stat -c %t "/dev/$device"))) $((0x$(stat -c %T "/dev/$device")))
	mount --bind "$name" "/dev/$device"
done
. "$here/podman-calls.sh"
podman_setup
mkdir -p "$WORK/tmp"
chown 1777:1777 "$WORK/tmp"
export TMPDIR=$WORK/tmp

stop() {
	P rm -af -t 0 >/dev/null 2>&1
	P pod rm -af >/dev/null 2>&1
	P volume prune -f >/dev/null 2>&1
	# The process that holds the user namespace between calls.
	P system migrate >/dev/null 2>&1
	[ ! -e "$XDG_RUNTIME_DIR/libpod/tmp/pause.pid" ] || end_pid "$(cat "$XDG_RUNTIME_DIR/libpod/tmp/pause.pid")" 5
	[ ! -e "$WORK/podman/tmp/pause.pid" ] || end_pid "$(cat "$WORK/podman/tmp/pause.pid")" 5
	umount /dev/net/tun /dev/fuse
}

image "$WORK/image"
tar -C "$WORK/image" -cf "$WORK/image.tar" .
P import -c 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$WORK/image.tar" busybox >/dev/null 2>&1
rows "$here/advice-rows.sh" "$@"
for part in both rootless; do
	rows "$here/podman-rows-$part.sh" "$@"
done
