# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# docker-daemon.sh: a dockerd of our own, and the words that the rows of docker are written in.

# daemon NAME [OPTION...]: dockerd with its data below $WORK/NAME and its socket $WORK/NAME.sock.
daemon() {
	local name=$1
	shift
	PATH=$WORK/bin:/usr/sbin:/usr/bin:/sbin:/bin setsid "$DOCKERD" --config-file "${DAEMON_JSON:-$WORK/daemon.json}" \
		--data-root "$WORK/$name/data" --exec-root "$WORK/$name/exec" --pidfile "$WORK/$name.pid" \
		-H "unix://$WORK/$name.sock" --cgroup-parent "/$TAG" "$@" >>"$WORK/$name.log" 2>&1 </dev/null &
	for _ in $(seq 300); do
		! "$DOCKER" -H "unix://$WORK/$name.sock" version >/dev/null 2>&1 || return 0
		kill -0 $! 2>/dev/null || break
		sleep 0.1
	done
	echo "dockerd did not start:"
	tail -n 20 "$WORK/$name.log"
	return 1
}

D() { "$DOCKER" "$@"; }

# run [OPTION...] IMAGE COMMAND...: a container without a network, its output in $out.
run() { capture D run --rm --network none "$@"; }

# up [OPTION...] IMAGE COMMAND...: one that goes on, named $ROW, and removed when the row ends.
up() {
	trap 'D rm -f "$ROW" >/dev/null 2>&1 || true' EXIT
	D run -d --name "$ROW" --network none "$@" >/dev/null || no "docker run -d failed"
}

inside() { capture D exec "$ROW" "$@"; }
inspect() { D inspect -f "$1" "${2:-$ROW}"; }
id_of() { inspect '{{.Id}}'; }
logs_have() { D logs "$ROW" 2>&1 | grep -qF -- "$1"; }
status_is() { [ "$(inspect '{{.State.Status}}')" = "$1" ]; }

# tty COMMAND...: with a terminal of 24x80 of its own.
tty() {
	code=0
	out=$(script -qec "stty rows 24 cols 80; $(printf '%q ' "$@")" /dev/null </dev/null 2>&1) || code=$?
	out=${out//$'\r'/}
}

# cgroup CONTROLLER FILE: a value of the container's cgroup, where this host has it (v1).
cgroup() { cat "/sys/fs/cgroup/$1/$TAG/$(id_of)/$2"; }
