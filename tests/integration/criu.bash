# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# For the tests of checkpoint and restore: a CRIU that works, and containers that count.

# setup_criu [SUITE]: the directory of criu in front of PATH; made by the first test of the machine.
setup_criu() {
	setup_container
	CRIU=$("$TOP/scripts/criu-for-tests.sh" "$@")
	PATH=$CRIU:$PATH
	IMAGES=$T/images
	WORK=$T/work
}

# counter [COMMAND]: a container that counts up in /tmp/n
start_counter() {
	set_sh 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/n.new; mv /tmp/n.new /tmp/n; sleep 0.05; done'
	v run --detach "$@" "$ID"
	status_is 0
	until_true 10 counts
}
# start_task ROLE ARGUMENT: crtask.c in the container
start_task() {
	local tool=$BATS_RUN_TMPDIR/crtask
	[ -x "$tool" ] || { cc -D_GNU_SOURCE -static -o "$tool.$BASHPID" "$HERE/crtask.c" && mv "$tool.$BASHPID" "$tool"; }
	rm -f "$B/rootfs/bin/crtask"
	cp "$tool" "$B/rootfs/bin/crtask"
	set_args crtask "$@"
	v run --detach "$ID"
	status_is 0
	until_true 10 counts || fail "crtask does not work: $(cat "$T/err")"
}
inside() { "$VIAL" --root "$ROOT" exec "$ID" "$@" 3>&-; }
count() { inside cat /tmp/n; }
counts() { [ "$(count 2>/dev/null)" -gt 0 ] 2>/dev/null; }
above() { local n; n=$(count) && [ "$n" -gt "$1" ]; }
# goes_on N: it counts beyond N
goes_on() { until_true 10 above "$1" || fail "stands at $(count), not above $1"; }

save() { v checkpoint --image-path "$IMAGES" --work-path "$WORK" "$@" "$ID"; }
restore() { v restore --detach --image-path "$IMAGES" --work-path "$WORK" "$@" "$ID"; }
works() { [ "$status" -eq 0 ] || fail "$(grep -h 'Error\|Warn' "$WORK"/*.log 2>/dev/null | tail -n 20)"; }
