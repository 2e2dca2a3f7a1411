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

compile() { # OUT FLAG...
	local out=$1 flags
	shift
	read -ra flags < <(PKG_CONFIG_PATH=$work/tree/usr/lib/pkgconfig \
		pkg-config --define-prefix --cflags --libs vial)
	cc -std=gnu11 -Wall -Wextra -Werror "$@" examples/run100.c -o "$out" "${flags[@]}"
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

leaves_nothing() { [ -d "$work/state" ] && [ -z "$(ls -A "$work/state")" ]; }

check 'library installs' install_library
check 'only vial_* is global' only_our_names
check 'it neither prints nor exits' neither_prints_nor_exits
check 'the header is strict C99' header_is_c99
check 'the example builds by pkg-config' compile "$work/run100"
check 'a bundle' make_bundle
check 'a hundred containers, no descriptor and no byte lost' "$work/run100" "$work/state" "$work/bundle"
cat "$log"
check 'the example builds with the leak sanitizer' compile "$work/leak100" -fsanitize=leak
check 'the leak sanitizer finds nothing' "$work/leak100" "$work/state" "$work/bundle" 20
check 'their state is gone' leaves_nothing
check 'a wrong bundle is told' wrong_bundle_is_told
check 'a missing program is told' missing_program_is_told
echo "1..$n"
exit "$failed"
