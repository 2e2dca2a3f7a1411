#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# deps.sh build|quickstart|bench|test|full: install the Debian packages of that purpose. Each includes
# the one before. When nothing is missing, apt is not called at all.
set -euo pipefail

case ${1-} in
build | quickstart | bench | test | full) purpose=$1 ;;
*)
	echo "usage: $0 build|quickstart|bench|test|full" >&2
	exit 2
	;;
esac

# For the release: a compiler, and what scripts/musl.sh needs for the libraries' source packages.
packages=(gcc libc6-dev cmake make ninja-build pkg-config binutils dpkg-dev patch xz-utils
	libmnl-dev) # vial-netdev
[ "$purpose" = build ] || packages+=(busybox-static)
case $purpose in
bench) packages+=(crun runc gnuplot-nox jq util-linux) ;; # what vial is compared with
test | full)
	packages+=(libseccomp-dev libyajl-dev libdbus-1-dev # of the distribution, for the dev builds
		libcmocka-dev bats jq python3 crun runc shellcheck codespell clang-format uidmap bsdutils util-linux procps iproute2 iptables strace
		python3-jsonschema golang-github-opencontainers-specs-dev) # tests/integration/schemas.bats
	;;
esac
[ "$purpose" != full ] || packages+=(clang clang-tidy cppcheck valgrind libclang-rt-14-dev docker.io iptables zsh fish man-db groff-base
	mmdebstrap patchelf e2fsprogs iproute2 # this line: tests/vm; the next two: tests/clients
	containerd runc podman conmon buildah docker-compose catatonit slirp4netns fuse-overlayfs netavark aardvark-dns
	containernetworking-plugins nftables python3-grpcio python3-protobuf protobuf-compiler python3-yaml)

missing=()
for package in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
if [ "$(id -u)" -ne 0 ]; then
	exec sudo "$0" "$purpose"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update
# cgroupfs-mount- : its init script would mount over the cgroups that there are.
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" cgroupfs-mount-
