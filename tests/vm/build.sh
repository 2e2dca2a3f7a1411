#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh: make the image of the test bed from Debian packages, unless it is there already.
# Needs root, some minutes, 2 GiB; what it calls comes with `scripts/deps.sh full`.
#
#   root/         Debian with systemd: the root of sdctr, and what vm's disk is made of
#   disk.ext4     the same as a disk
#   uml/linux     the kernel as a program, with the C library that it wants beside it
set -euo pipefail
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

suite=trixie
kernel_suite=forky # its user-mode kernel has the fast way of system calls (seccomp=on)
packages=(
	systemd systemd-sysv dbus dbus-user-session libpam-systemd # the subject
	bats jq busybox-static util-linux iproute2 procps kmod file strace uidmap bsdextrautils
	runc crun podman apparmor # for comparison, and a client
)
modules=(
	fs/overlayfs fs/fuse fs/autofs net/ipv4 net/ipv6 net/netfilter net/bridge net/802 net/llc
	net/core net/unix drivers/net/veth.ko drivers/net/tun.ko drivers/net/dummy.ko
	drivers/block/loop.ko lib crypto
)

[ "$(id -u)" -eq 0 ] || die "needs root"
[ "$(dpkg --print-architecture)" = amd64 ] || die "a kernel as a program exists for amd64 only"
mkdir -p "$(dirname "$BED")"
exec 9>"$BED.lock"
flock 9
[ ! -e "$BED/ready" ] || exit 0

new=$BED.new
root=$new/root
rm -rf "$new" "$BED"
mkdir -p "$new/uml" "$new/apt/state" "$new/apt/cache/archives/partial"
tell_failure() {
	[ -d "$new" ] || return
	tail -n 20 "$new"/*.log >&2
	rm -rf "$new"
}
trap tell_failure EXIT

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
[ -n "$MIRROR" ] || die "apt knows no Debian mirror; set MIRROR"

# apt with one suite, away from the host's own lists; it checks the signatures.
suite_apt() {
	apt-get -q -o Dir::Etc::SourceList="$new/apt/sources" -o Dir::Etc::SourceParts=- \
		-o Dir::State="$new/apt/state" -o Dir::State::status="$new/apt/status" \
		-o Dir::Cache="$new/apt/cache" -o APT::Sandbox::User=root "$@"
}

echo "test bed: Debian $suite with systemd ($BED)"
mmdebstrap --quiet --variant=minbase --include="$(
	IFS=,
	echo "${packages[*]}"
)" --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$root" "$MIRROR" >"$new/root.log" 2>&1

echo "test bed: kernel"
echo "deb $MIRROR $kernel_suite main" >"$new/apt/sources"
: >"$new/apt/status"
(
	suite_apt update
	cd "$new/apt"
	suite_apt download user-mode-linux libc6
	for deb in *.deb; do dpkg-deb -x "$deb" "$new/apt/unpacked"; done
) >"$new/kernel.log" 2>&1
cp "$new/apt/unpacked/usr/bin/linux.uml" "$new/uml/linux"
for lib in ld-linux-x86-64.so.2 libc.so.6 libm.so.6; do
	cp -L "$(find "$new/apt/unpacked" -name $lib | head -n 1)" "$new/uml/"
done
patchelf --set-interpreter "$BED/uml/ld-linux-x86-64.so.2" --force-rpath \
	--set-rpath "$BED/uml" "$new/uml/linux"
for dir in "$new"/apt/unpacked/usr/lib/uml/modules/*; do
	version=$(basename "$dir")
	mkdir -p "$root/usr/lib/modules/$version"
	for module in "${modules[@]}"; do
		[ ! -e "$dir/kernel/$module" ] ||
			(cd "$dir" && cp -a --parents "kernel/$module" "$root/usr/lib/modules/$version/")
	done
	cp -a "$dir"/modules.{order,builtin*} "$root/usr/lib/modules/$version/"
	chroot "$root" depmod "$version"
done
rm -rf "$new/apt"

echo "test bed: configuration"
units=$root/etc/systemd/system
install -m 755 "$vm_here/guest/vial-run" "$root/usr/local/sbin/"
install -m 644 "$vm_here"/guest/vial-run.{service,target} "$units/"
ln -sf vial-run.target "$units/default.target"
# What a machine for one command has no need of; it would cost most of the time of a boot.
for unit in "$root"/usr/lib/systemd/system/{sysinit,sockets,timers}.target.wants/* \
	"$units"/{sysinit,sockets,timers}.target.wants/*; do
	case $(basename "$unit") in
	systemd-journald* | systemd-tmpfiles-setup.service | systemd-tmpfiles-setup-dev.service | \
		dbus.socket | dev-mqueue.mount) ;;
	*) ln -sf /dev/null "$units/$(basename "$unit")" ;;
	esac
done
mkdir -p "$units/user@.service.d" "$root/etc/systemd/journald.conf.d" "$root/host"
printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >"$units/user@.service.d/delegate.conf"
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n' >"$root/etc/systemd/journald.conf.d/v.conf"
echo testbed >"$root/etc/hostname"
printf '127.0.0.1 localhost testbed\n' >"$root/etc/hosts"
echo 00000000000000000000000000000a1a >"$root/etc/machine-id"
: >"$root/etc/fstab"
# Whoever has no rights: the first with a manager of units of her own, the second without.
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 tester
chroot "$root" useradd --create-home --shell /bin/bash --uid 1001 loner
printf 'tester:100000:65536\nloner:200000:65536\n' | tee "$root/etc/subuid" >"$root/etc/subgid"
mkdir -p "$root/var/lib/systemd/linger"
touch "$root/var/lib/systemd/linger/tester"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

truncate -s 3G "$new/disk.ext4"
mke2fs -q -t ext4 -O '^has_journal' -E lazy_itable_init=1 -d "$root" "$new/disk.ext4" \
	>"$new/disk.log" 2>&1
rm -f "$new"/*.log
touch "$new/ready"
mv "$new" "$BED"
# Those of older recipes, which nobody will ask for again.
for old in /var/cache/vial-testbed-*; do
	[[ $old == "$BED"* ]] || [ -n "$(find "$old" -maxdepth 0 -mtime -2)" ] || rm -rf --one-file-system "$old"
done
echo "test bed: ready, $(du -sh "$BED" | cut -f1)"
