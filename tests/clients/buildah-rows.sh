# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of buildah.

B() { buildah --root "$WORK/root" --runroot "$WORK/runroot" "$@"; }

# container: a working container named after the row, of the busybox root.
container() {
	trap 'B rm "$ROW" >/dev/null 2>&1 || true' EXIT
	B from --name "$ROW" scratch >/dev/null
	B add -q "$ROW" "$WORK/image" / >/dev/null
	B config --env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$ROW"
}
run() { capture B run --isolation oci "$ROW" -- "$@"; }

# said VALUE: $out without the runtime's warnings: Buildah asks for ambient capabilities that it
# does not make inheritable, and runc since 1.3 says so, as we do.
said() {
	out=$(grep -v 'level=warning' <<<"$out" || true)
	is "$1"
}

row_run() { container; run echo hello; code_is 0; said hello; }
row_run_by_the_option() { container; unset BUILDAH_RUNTIME; capture B run --isolation oci --runtime "$RUNTIME" "$ROW" -- echo hello; code_is 0; said hello; }
row_exit_code_7() { container; run sh -c 'exit 7'; [ "$code" -ne 0 ] || no 'no failure'; has 'exit status 7'; }
row_missing_program() { container; run no-such-program; [ "$code" -ne 0 ] || no 'no failure'; has no-such-program; has 'executable file not found'; }
row_not_executable() { container; run /etc/passwd; [ "$code" -ne 0 ] || no 'no failure'; has 'permission denied'; }
row_standard_input() { container; out=$(echo through | B run --isolation oci "$ROW" -- cat); is through; }
row_terminal() {
	container
	code=0
	out=$(script -qec "stty rows 24 cols 80; buildah --root $WORK/root --runroot $WORK/runroot run -t --isolation oci $ROW -- tty" /dev/null </dev/null) || code=$?
	code_is 0
	has /dev/pts/
}
row_user() { container; capture B run --isolation oci --user user "$ROW" -- id -u; code_is 0; said 1000; }
row_volume() { container; mkdir "$WORK/$ROW"; capture B run --isolation oci -v "$WORK/$ROW:/v" "$ROW" -- sh -c 'echo x >/v/file'; code_is 0; test -s "$WORK/$ROW/file"; }
row_working_directory() { container; B config --workingdir /tmp "$ROW"; run pwd; code_is 0; said /tmp; }
row_hostname() { container; capture B run --isolation oci --hostname box "$ROW" -- hostname; code_is 0; said box; }
row_capabilities() { container; capture B run --isolation oci --cap-drop CHOWN "$ROW" -- chown 1 /tmp; [ "$code" -ne 0 ] || no 'chown worked'; }
row_network_none() { container; capture B run --isolation oci --network none "$ROW" -- ls /sys/class/net; code_is 0; said lo; }
row_namespaces_of_the_host() { container; capture B run --isolation oci --pid host --ipc host "$ROW" -- readlink /proc/self/ns/pid; code_is 0; said "$(readlink /proc/self/ns/pid)"; }
row_changes_stay() { container; run sh -c 'echo kept >/file'; run cat /file; code_is 0; said kept; }
row_rootless_isolation() { container; capture B run --isolation rootless "$ROW" -- echo rootless; code_is 0; has rootless; }
row_build() {
	container
	B commit -q "$ROW" "$ROW-base" >/dev/null
	mkdir "$WORK/$ROW"
	printf 'FROM localhost/%s-base\nRUN echo built >/what\nUSER user\nWORKDIR /w\nRUN id -u >/tmp/uid && pwd >/tmp/cwd\nRUN cat /what /tmp/uid /tmp/cwd\n' "$ROW" >"$WORK/$ROW/Containerfile"
	capture B bud --isolation oci --network none -t "$ROW" "$WORK/$ROW"
	code_is 0
	has $'built\n1000\n/w'
}
row_build_with_limits() {
	container
	B commit -q "$ROW" "$ROW-base" >/dev/null
	mkdir "$WORK/$ROW"
	printf 'FROM localhost/%s-base\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes; ulimit -n\n' "$ROW" >"$WORK/$ROW/Containerfile"
	capture B bud --isolation oci --network none --memory 64m --memory-swap 128m --cpu-shares 512 --ulimit nofile=100:100 "$WORK/$ROW"
	code_is 0
	has 100
}
row_build_that_fails() {
	container
	B commit -q "$ROW" "$ROW-base" >/dev/null
	mkdir "$WORK/$ROW"
	printf 'FROM localhost/%s-base\nRUN exit 17\n' "$ROW" >"$WORK/$ROW/Containerfile"
	capture B bud --isolation oci --network none "$WORK/$ROW"
	[ "$code" -ne 0 ] || no built
	has 'exit status 17'
}
