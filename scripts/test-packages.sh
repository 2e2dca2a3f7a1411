#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test-packages.sh: make the packages, look into them, and install, upgrade, use, remove and purge
# them in bare Debian trees (tests/packages). Speaks TAP. Needs root and `scripts/deps.sh full`.
# shellcheck disable=SC2317 # functions are called by check()
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/packages/tap.sh
. tests/packages/tap.sh

out=build/packages
rm -rf "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

reproducible() {
	local before
	before=$(cd "$out" && sha256sum ./*) && scripts/package.sh && (cd "$out" && sha256sum -c <<<"$before")
}

# listing FILE: of `dpkg-deb -c`; says what is not as it should be, and fails then.
listing() {
	! awk '$2 != "root/root" { print "owner: " $0 }
		!/^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx)/ { print "mode: " $0 }
		/^-rwx/ && $6 !~ /^\.\/usr\/(bin|libexec\/vial)\// && $6 !~ /install\.sh$/ { print "executable: " $0 }
		$6 !~ /^\.\/(usr\/((bin|include|lib|libexec|share)\/.*)?)?$/ { print "place: " $0 }' "$1" | grep .
}
clean_listings() {
	local deb
	for deb in "$out"/*.deb; do
		dpkg-deb -c "$deb" >"$work/list" && [ -s "$work/list" ] && listing "$work/list" || return
	done
}
listing_finds_planted() {
	local line
	while read -r line; do
		echo "$line" >"$work/planted"
		! listing "$work/planted" >/dev/null || { echo "not found: $line" && return 1; }
	done <<-'END'
		-rw-rw-rw- root/root 1 2026-01-01 00:00 ./usr/share/doc/vial/README.md
		-rwsr-xr-x root/root 1 2026-01-01 00:00 ./usr/bin/vial
		-rw-r--r-- nobody/root 1 2026-01-01 00:00 ./usr/bin/vial
		-rw-r--r-- root/root 1 2026-01-01 00:00 ./usr/local/bin/vial
	END
}

unpacked() {
	local file
	for file in "$out"/*.deb; do dpkg-deb -R "$file" "$work/$(basename "$file")" || return; done
	mkdir -p "$work/tar" && tar -C "$work/tar" -xf "$out"/vial-0.1*.tar.xz
}
no_build_paths() {
	local path
	echo "$PWD/x" >"$work/planted"
	for path in "$PWD" "$HOME/.cache" "$(scripts/musl.sh)"; do
		! grep -rlF "$path" "$work"/*.deb "$work/tar" || { echo "hold $path" && return 1; }
	done
	grep -rlqF "$PWD" "$work/planted"
}
the_binary_tested() {
	cmp build/release/vial "$work"/vial_0.1*.deb/usr/bin/vial &&
		cmp build/release/vial "$work"/tar/*/bin/vial &&
		cp build/release/vial.debug "$work/vial.debug" && cp build/release/vial "$work/vial" &&
		scripts/check-binary.sh "$work/vial"
}
# in_tree TREE SCRIPT: its tests are counted here.
in_tree() {
	local line
	while IFS= read -r line; do
		case $line in
		'ok '*) tap_n=$((tap_n + 1)) && echo "ok $tap_n ${line#ok * }" ;;
		'not ok '*) tap_n=$((tap_n + 1)) && tap_failed=1 && echo "not ok $tap_n ${line#not ok * }" ;;
		'1..'*) complete=yes ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <(tests/packages/box "$trees/$1" "$work/host" bash "/host/$2" 2>&1)
}

check 'an older version is made' scripts/package.sh 0.0.9
mkdir "$work/host"
mv "$out"/vial_0.0.9* "$work/host/"
rm -f "$out"/*0.0.9*
check 'they are made' scripts/package.sh
check 'the same commit gives the same bytes' reproducible
check 'owners, modes and places are right' clean_listings
check 'wrong owners, modes and places would be found' listing_finds_planted
check 'they unpack' unpacked
check 'no path of the build is in them' no_build_paths
check 'the program is the one of the tests, and hardened' the_binary_tested
cp "$out"/* tests/packages/*.sh "$work/host/"
if trees=$(tests/packages/tree.sh); then
	for row in bare:inside.sh tools:develop.sh; do
		complete=no
		in_tree "${row%:*}" "${row#*:}"
		check "all of ${row#*:} was run" [ $complete = yes ]
	done
else
	check 'the Debian trees are made' false
fi
done_testing
