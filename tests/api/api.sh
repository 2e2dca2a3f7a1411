#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# api.sh: the C library as a program of others sees it: built, installed below a DESTDIR, found by
# pkg-config, and a hundred containers run from one process. Speaks TAP. Needs root.
# shellcheck disable=SC2317 # functions are called by check()
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
failed=0
n=0
check() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$log" 2>&1; then
		echo "ok $n api: $name"
	else
		sed 's/^/# /' "$log"
		echo "not ok $n api: $name"
		failed=1
	fi
}

install_library() {
	cmake --preset library && cmake --build --preset library &&
		DESTDIR=$work/tree cmake --install build/library --component dev
}

# Nothing but vial_* is to be seen from outside, so that it collides with no program.
only_our_names() {
	local names
	names=$(nm -g --defined-only "$work/tree/usr/lib/libvial.a" | awk 'NF == 3 { print $3 }')
	grep -qx vial_create <<<"$names" && ! grep -v '^vial_' <<<"$names"
}

neither_prints_nor_exits() {
	local wanted
	wanted=$(nm -u "$work/tree/usr/lib/libvial.a") && grep -qw waitid <<<"$wanted" &&
		! grep -wE 'printf|puts|perror|exit' <<<"$wanted"
}

compile() { # EXAMPLE OUT FLAG...
	local example=$1 out=$2 flags
	shift 2
	read -ra flags < <(PKG_CONFIG_PATH=$work/tree/usr/lib/pkgconfig \
		pkg-config --define-prefix --cflags --libs vial)
	cc -std=gnu11 -Wall -Wextra -Werror "$@" "examples/$example.c" -o "$out" "${flags[@]}"
}

header_is_c99() {
	echo '#include <vial/vial.h>' |
		cc -std=c99 -pedantic -Wall -Werror -I"$work/tree/usr/include" -xc -fsyntax-only -
}

make_bundle() {
	local b=$work/bundle applet
	mkdir -p "$b/rootfs"/{bin,etc,proc,sys,dev,tmp} && cp /bin/busybox "$b/rootfs/bin/busybox" || return
	for applet in sh sleep true; do ln -s busybox "$b/rootfs/bin/$applet"; done
	jq '.process.args = ["/bin/sleep", "100"] | .process.terminal = false
		| .linux.cgroupsPath = "/vial-tests/api"' tests/integration/config.json >"$b/config.json"
}

wrong_bundle_is_told() {
	local said
	mkdir -p "$work/wrong"
	echo '{ "ociVersion": 1 }' >"$work/wrong/config.json"
	said=$("$work/run100" "$work/state" "$work/wrong" 2>&1) && return 1
	echo "$said"
	grep -q ociVersion <<<"$said"
}

missing_program_is_told() {
	local said
	cp -r "$work/bundle" "$work/missing"
	jq '.process.args = ["/bin/none"]' "$work/bundle/config.json" >"$work/missing/config.json"
	said=$("$work/run100" "$work/state" "$work/missing" 2>&1) && return 1
	echo "$said"
	grep -q '/bin/none.*no such file or directory' <<<"$said" && [ -z "$(ls -A "$work/state")" ]
}

# A terminal, cgroups and an ordinary user, by the other example.
terminal_bundle() { # DIR JQ-FILTER
	cp -r "$work/bundle" "$work/$1" || return
	jq '.process.terminal = true | del(.linux.cgroupsPath)
		| .process.args = ["sh", "-c", "tty; id -u; cat /proc/self/cgroup; exit 7"] | '"$2" \
		tests/integration/config.json >"$work/$1/config.json"
}
in_terminal() { # COMMAND...: exit code 7, and what the program shows in a terminal
	local status=0
	"$@" >"$work/shown" || status=$?
	cat "$work/shown"
	[ "$status" -eq 7 ] && sed -n 1,2p "$work/shown" | tr -d '\r' | diff - <(printf '/dev/pts/0\n0\n')
}
by_root() {
	in_terminal "$work/terminal" "$work/state" "$work/terminals" && grep -q ':/terminal-[0-9]*' "$work/shown" && leaves_nothing
}
terminal_fails() {
	local said status=0
	said=$("$work/terminal" "$work/state" "$work/bundle" 2>&1) || status=$?
	echo "$said, $status"
	[ "$status" -eq 125 ] && grep -q 'console socket' <<<"$said" && leaves_nothing
}
by_a_user() {
	chmod 755 "$work" && install -d -o 12345 -g 12345 "$work/of-a-user" &&
		terminal_bundle user '.linux.namespaces += [{type: "user"}] | del(.linux.resources) |
			.linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] | .linux.gidMappings = .linux.uidMappings |
			.mounts |= map(.options = ((.options // []) | map(select(. != "gid=5"))))' &&
		in_terminal setpriv --reuid 12345 --regid 12345 --clear-groups "$work/terminal" "$work/of-a-user/state" "$work/user" &&
		[ -z "$(ls -A "$work/of-a-user/state")" ]
}
by_systemd() {
	# shellcheck disable=SC2016
	in_terminal tests/vm/sdctr -s "$work" 'cp -r /host/terminals /tmp/bundle && /host/terminal --systemd /run/t /tmp/bundle
		status=$?; [ -z "$(ls -A /run/t)" ] || exit 1; [ -z "$(systemctl list-units -q --all "vial-terminal-*")" ] || exit 1; exit $status' &&
		grep -q '/system.slice/vial-terminal-[0-9]*.scope' "$work/shown"
}

leaves_nothing() { [ -d "$work/state" ] && [ -z "$(ls -A "$work/state")" ]; }

check 'library installs' install_library
check 'only vial_* is global' only_our_names
check 'it neither prints nor exits' neither_prints_nor_exits
check 'the header is strict C99' header_is_c99
check 'the example builds by pkg-config' compile run100 "$work/run100"
check 'a bundle' make_bundle
check 'a hundred containers, no descriptor and no byte lost' "$work/run100" "$work/state" "$work/bundle"
cat "$log"
check 'the example builds with the leak sanitizer' compile run100 "$work/leak100" -fsanitize=leak
check 'the leak sanitizer finds nothing' "$work/leak100" "$work/state" "$work/bundle" 20
check 'their state is gone' leaves_nothing
check 'the example with a terminal builds' compile terminal "$work/terminal" -D_GNU_SOURCE
check 'a bundle with a terminal' terminal_bundle terminals .
check 'a terminal, as root' by_root
check 'a bundle without one is told' terminal_fails
check 'a terminal, as an ordinary user' by_a_user
check 'a terminal, in a scope of systemd' by_systemd
check 'a wrong bundle is told' wrong_bundle_is_told
check 'a missing program is told' missing_program_is_told
echo "1..$n"
exit "$failed"
