#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-reproducible.sh [--toolchain]: build the working tree twice, in directories of different
# length, with different locale, time zone and umask and without a compiler cache; the release
# and the library must have the same bytes. With --toolchain scripts/musl.sh, too, works twice, in
# two caches (minutes). Speaks TAP.
set -euo pipefail
cd "$(dirname "$0")/.."

toolchain=
case ${1-} in
'') ;;
--toolchain) toolchain=yes ;;
*)
	echo "usage: $0 [--toolchain]" >&2
	exit 2
	;;
esac
[ -n "$toolchain" ] || scripts/musl.sh >/dev/null # once, for both

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CMAKE_C_COMPILER_LAUNCHER CCACHE_PREFIX
export CCACHE_DISABLE=1 # also where cc is a link to it

# build DIRECTORY PRESET LOCALE ZONE
build() {
	(cd "$1" && export LC_ALL="$3" TZ="$4" && cmake --preset "$2" && cmake --build --preset "$2") \
		>"$1/log" 2>&1 && return
	tail -n 40 "$1/log" >&2
	echo "check-reproducible.sh: $2 in $1 failed" >&2
	return 1
}

# build_all DIRECTORY LOCALE ZONE
build_all() {
	mkdir -p "$1"
	tar -c --exclude=./build --exclude=./.git . | tar -xC "$1"
	[ -z "$toolchain" ] || export VIAL_MUSL_CACHE="$1/cache"
	build "$1" release "$2" "$3"
	build "$1" library "$2" "$3"
}

one=$work/a two=$work/another/and-a-longer-one
umask 022
build_all "$one" C UTC
umask 077
build_all "$two" C.UTF-8 Asia/Kathmandu

n=0
status=0
for file in release/vial release/vial.debug release/vial-netdev library/libvial.a; do
	n=$((n + 1))
	if difference=$(cmp "$one/build/$file" "$two/build/$file" 2>&1); then
		echo "ok $n - $file: sha256 $(sha256sum <"$one/build/$file" | cut -c1-16)"
	else
		echo "not ok $n - $file differs between two builds: $difference"
		status=1
	fi
done
echo "1..$n"
exit $status
