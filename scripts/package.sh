#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# package.sh [VERSION]: make packages in build/packages from the release build and the library's:
# vial_*.deb, libvial-dev_*.deb and vial-*-linux-ARCH.tar.xz, the static program with what belongs
# to it. VERSION: another than the project's, for tests. The same commit gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1-}
out=$PWD/build/packages
log=$out/log
mkdir -p "$out"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
umask 022

quietly() {
	"$@" >"$log" 2>&1 || {
		cat "$log" >&2
		echo "package.sh: failed: $*" >&2
		exit 1
	}
}

for preset in release library; do
	[ -f "build/$preset/build.ninja" ] || quietly cmake --preset "$preset"
	quietly cmake --build --preset "$preset"
	quietly cpack --config "build/$preset/CPackConfig.cmake" -B "$out" \
		${version:+-D "CPACK_PACKAGE_VERSION=$version"}
done
rm -rf "$out/_CPack_Packages"

version=${version:-$(sed -n 's/^set(CPACK_PACKAGE_VERSION "\(.*\)")/\1/p' build/release/CPackConfig.cmake)}
name=vial-$version-linux-$(dpkg --print-architecture)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
quietly cmake --install build/release --strip --prefix "$tree/$name"
strip --strip-all "$tree/$name/libexec/vial/vial-netdev"
cp packaging/INSTALL packaging/copyright LICENSE CHANGELOG.md "$tree/$name/"
chmod -R u=rwX,go=rX "$tree/$name"
tar -C "$tree" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
	-cJf "$out/$name.tar.xz" "$name"
rm -f "$log"
ls "$out"/*"$version"*
