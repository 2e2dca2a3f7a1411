#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# newer.sh SUITE [CLIENT...]: compare.sh with the clients, and the runc, of a newer Debian: trixie has
# Docker 26, containerd 1.7 and Podman 5.4, forky Docker 28, containerd 2.1 and Podman 5.8. The static
# build/release/vial is tried; results and logs are in build/clients-SUITE. Root.
#
# The suite lives in a tree of its own, made once, outside of the checkout and named after this
# script's content: ${VIAL_CLIENTS_CACHE:-~/.cache/vial}/clients-SUITE-HASH (1.2 GB). It is entered by
# pivot_root(2): under chroot(2) "/" is no mount point, which no daemon of containers can bear.
set -euo pipefail
me=$(realpath "$0")
repo=$(dirname "$me")/../..
repo=$(realpath "$repo")
suite=${1:?usage: newer.sh SUITE [CLIENT...]}
shift
[ $# -gt 0 ] || set -- docker cri podman podman-rootless ctr
cache=${VIAL_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vial}
tree=$cache/clients-$suite-$(sha256sum "$me" | cut -c1-16)

packages=(docker.io docker-cli docker-buildx docker-compose containerd podman buildah runc conmon catatonit
	containernetworking-plugins netavark aardvark-dns nftables iptables iproute2 passt slirp4netns
	fuse-overlayfs uidmap dbus busybox-static bsdutils util-linux util-linux-extra procps jq
	python3 python3-grpcio python3-protobuf protobuf-compiler)

# shellcheck disable=SC2016 # the variables are apt's
mirror() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk '$1 == "Debian" { print $2; exit }'
}

# A suite in testing may be older than its own date of expiry on a mirror that lags.
make_tree() {
	local url
	url=$(mirror)
	[ -n "$url" ] || { echo "newer.sh: apt knows no Debian mirror: apt-get update?" >&2; exit 1; }
	rm -rf --one-file-system "$tree.new"
	mmdebstrap --quiet --variant=minbase --include="$(IFS=, && echo "${packages[*]}")" \
		--aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$tree.new" "$url"
	mkdir -p "$tree.new/opt/cni"
	ln -s /usr/lib/cni "$tree.new/opt/cni/bin" # where newer containerds look
	mv "$tree.new" "$tree"
}

mkdir -p "$cache"
exec 9>"$tree.lock"
flock 9
[ -e "$tree" ] || make_tree
exec 9>&-
mkdir -p "$repo/build/clients-$suite" "$tree/repo" "$tree/old" "$tree/root/.cache/vial"
"$repo/scripts/criu-for-tests.sh" >/dev/null # the tree's apt cannot make it

# Podman 5 warns about cgroup v1 on stderr, where the rows look at what a container prints.
# shellcheck disable=SC2016 # read by the inner shell
exec unshare --mount --propagation private env PODMAN_IGNORE_CGROUPSV1_WARNING=1 HOME=/root sh -c '
	set -e
	tree=$1 repo=$2 cache=$3
	shift 3
	mount --bind "$tree" "$tree"
	cd "$tree"
	mount --rbind /sys sys
	mount --rbind /dev dev
	mount -t proc proc proc
	mount --bind "$repo" repo
	mount --bind "$cache" root/.cache/vial
	pivot_root . old
	umount -l old
	cd /repo
	exec "$@"
' sh "$tree" "$repo" "$cache" tests/clients/compare.sh -r /usr/sbin/runc -o "build/clients-$suite" build/release/vial "$@"
