#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tree.sh: make, once, the bare Debian trees that packages and documents are tested in, and print
# their directory: outside of the checkout, named after this script's content.
#
#   bare/    the least that Debian calls a system; what the package needs lies in apt's cache
#   tools/   the same with a compiler, a user and what the documents ask for
#
# Needs root; what it calls comes with `scripts/deps.sh full`.
set -euo pipefail
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
hash=$({
	cat "$0"
	echo "$suite"
} | sha256sum | cut -c1-12)
trees=${VIAL_PACKAGE_TREES:-/var/cache/vial-package-trees-$hash}
needed=(libmnl0 uidmap)
# iptables and ip are called by CRIU.
tools=(libmnl0 busybox-static uidmap jq sudo procps gcc libc6-dev pkg-config libyajl-dev libdbus-1-dev lintian iptables iproute2)

mkdir -p "$(dirname "$trees")"
exec 3>&2 9>"$trees.lock"
flock 9
if [ -e "$trees/ready" ]; then
	echo "$trees"
	exit 0
fi
new=$trees.new
rm -rf "$new" "$trees"
mkdir -p "$new"
log=$new/log
trap '[ ! -d "$new" ] || { tail -n 20 "$log" >&3; rm -rf "$new"; }' EXIT
echo "tree.sh: making $trees" >&2

# The mirror that apt itself uses.
# shellcheck disable=SC2016 # the variables are apt's
mirror() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk '$1 == "Debian" { print $2; exit }'
}
MIRROR=${MIRROR:-$(mirror)}
if [ -z "$MIRROR" ]; then
	apt-get -q update >&2
	MIRROR=$(mirror)
fi
[ -n "$MIRROR" ] || {
	echo "tree.sh: apt knows no Debian mirror; set MIRROR" >"$log"
	exit 1
}

{
	mmdebstrap --variant=minbase --skip=cleanup/apt "$suite" "$new/bare" "$MIRROR"
	cp -a "$new/bare" "$new/tools"
	in_tree() { chroot "$new/$1" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"; }
	for tree in bare tools; do cp -L /etc/resolv.conf "$new/$tree/etc/resolv.conf"; done
	in_tree bare apt-get -q -y install --no-install-recommends --download-only "${needed[@]}"
	in_tree tools apt-get -q -y install --no-install-recommends "${tools[@]}"
	in_tree tools apt-get clean
	in_tree tools useradd --create-home --shell /bin/bash --uid 1000 alice
	echo 'alice ALL=(ALL) NOPASSWD: ALL' >"$new/tools/etc/sudoers.d/alice"
	for tree in bare tools; do
		: >"$new/$tree/etc/resolv.conf"
		echo tree >"$new/$tree/etc/hostname"
		echo '127.0.0.1 localhost tree' >"$new/$tree/etc/hosts"
		mkdir -p "$new/$tree/host"
	done
} >"$log" 2>&1
rm "$log"
touch "$new/ready"
mv "$new" "$trees"
# Those of older recipes, which nobody will ask for again.
for old in /var/cache/vial-package-trees-*; do
	[[ $old == "$trees"* ]] || [ -n "$(find "$old" -maxdepth 0 -mtime -2)" ] || rm -rf --one-file-system "$old"
done
echo "$trees"
