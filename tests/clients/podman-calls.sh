# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# podman-calls.sh: how Podman is called, and the words that its rows are written in.

# Its configuration is that of docs/clients and what a test needs besides: everything below $WORK,
# cgroups without systemd, and limits that may be set without CAP_SYS_RESOURCE.
podman_setup() {
	{
		config podman-containers.conf
		cat <<-X

			[containers]
			default_ulimits = ["nofile=1024:1024", "nproc=20000:20000"]
		X
	} >"$CONTAINERS_CONF"
	sed -i '/^\[engine\]/a cgroup_manager = "cgroupfs"\nevents_logger = "file"' "$CONTAINERS_CONF"
	mkdir -p "$WORK/podman"
	chown "$PODMAN_USER" "$WORK/podman"
	printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$WORK/policy.json"
}

as_user() {
	if [ "$PODMAN_USER" = root ]; then
		"$@"
	else
		(cd "$WORK/home" && HOME=$WORK/home USER=$PODMAN_USER exec setpriv --reuid 1777 --regid 1777 --clear-groups "$@")
	fi
}
P() {
	as_user podman --storage-driver overlay --root "$WORK/podman/root" --runroot "$WORK/podman/run" --tmpdir "$WORK/podman/tmp" "$@"
}

run() { capture P run --rm --network none "$@"; }
up() {
	trap 'P rm -f -t 0 "$ROW" >/dev/null 2>&1 || true' EXIT
	P run -d --name "$ROW" --network none "$@" >/dev/null || no "podman run -d failed"
}
inside() { capture P exec "$ROW" "$@"; }
inspect() { P inspect -f "$1" "${2:-$ROW}"; }
logs_have() { P logs "$ROW" 2>&1 | grep -F -- "$1" >/dev/null; }
status_is() { [ "$(inspect '{{.State.Status}}')" = "$1" ]; }
health_is() { [ "$(inspect '{{.State.Healthcheck.Status}}')" = "$1" ]; }

# tty COMMAND...: P COMMAND with a terminal of 24x80 of its own.
tty() {
	export -f P as_user
	code=0
	out=$(SHELL=/bin/bash script -qec "stty rows 24 cols 80; P $(printf '%q ' "$@")" /dev/null </dev/null 2>&1) || code=$?
	out=${out//$'\r'/}
}
directory() {
	mkdir -p "$WORK/$ROW"
	chown "$PODMAN_USER:" "$WORK/$ROW"
}
# A value of the container's cgroup (v1).
cgroup() {
	local path
	path=$(awk -F: -v c="$1" '$2 == c { print $3 }' "/proc/$(inspect '{{.State.Pid}}')/cgroup")
	cat "/sys/fs/cgroup/$1$path/$2"
}
