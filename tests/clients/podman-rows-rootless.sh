# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of podman that are about an ordinary user.
. "$here/podman-calls.sh"

row_root_is_the_user() { run busybox cat /proc/self/uid_map; code_is 0; has 1777; }
row_keep_id() { run --userns keep-id busybox id -u; code_is 0; is 1777; }
row_keep_id_volume() { directory; run --userns keep-id -v "$WORK/$ROW:/v" busybox touch /v/file; code_is 0; [ "$(stat -c %u "$WORK/$ROW/file")" = 1777 ] || no 'not the user'; }
row_userns_auto() { run --userns auto:size=1000 busybox cat /proc/self/uid_map; code_is 0; }
row_userns_nomap() { run --userns nomap busybox cat /proc/self/uid_map; code_is 0; hasnt 1777; }
row_keep_groups() { run --group-add keep-groups busybox id; [ "$code" -eq 0 ] || has keep-groups; }
row_network_slirp() { capture P run --rm --network slirp4netns busybox ip -o addr show tap0; code_is 0; has 'inet 10.0.2.'; }
row_unshare() { capture P unshare cat /proc/self/uid_map; code_is 0; has 1777; }
row_limits_are_refused_or_set() { run --memory 64m busybox true; [ "$code" -eq 0 ] || has cgroup; }
row_after_migrate() { P system migrate; run busybox echo again; code_is 0; has again; }
