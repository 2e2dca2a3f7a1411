#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# develop.sh: libvial-dev, lintian and the tarball, in a Debian tree with a compiler; run by box.
# shellcheck disable=SC2317 # functions are called by check()
set -uo pipefail
# shellcheck source=tests/packages/tap.sh
. /host/tap.sh


make_bundle() { # VIAL
	local applet
	rm -rf /tmp/bundle
	mkdir -p /tmp/bundle/rootfs/{bin,proc,sys,dev} && cp /bin/busybox /tmp/bundle/rootfs/bin/ || return
	for applet in sh sleep true; do ln -s busybox "/tmp/bundle/rootfs/bin/$applet"; done
	"$1" spec --bundle /tmp/bundle && sed -i -e 's/"terminal": true/"terminal": false/' \
		-e 's/"sh"$/"sleep", "100"/' /tmp/bundle/config.json
}
# Nobody uploads them to Debian; one that is compiled for another machine is no aim.
lint() {
	lintian --suppress-tags initial-upload-closes-no-bugs,pkg-config-unavailable-for-cross-compilation \
		--allow-root --fail-on error,warning "$@"
}
lint_finds() { # a package with files where none belong
	mkdir -p /tmp/bad/DEBIAN /tmp/bad/usr/local/bin && touch /tmp/bad/usr/local/bin/x &&
		printf 'Package: bad\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n' >/tmp/bad/DEBIAN/control &&
		dpkg-deb -b /tmp/bad /tmp/bad.deb && ! lint /tmp/bad.deb
}
install_dev() { apt-get -q -y install /host/libvial-dev_*.deb && [ "$(pkg-config --modversion vial)" = 0.1.0 ]; }
build_example() {
	# shellcheck disable=SC2046 # words
	cc -Wall -Wextra -Werror /usr/share/doc/libvial-dev/examples/run100.c -o /tmp/run100 \
		$(pkg-config --cflags --libs vial)
}
run_example() { /tmp/run100 /tmp/state /tmp/bundle 20 && [ -z "$(ls -A /tmp/state)" ]; }
example_says_what_is_wrong() {
	local said
	said=$(/tmp/run100 /tmp/state /nowhere 2>&1) && return 1
	echo "$said"
	grep -q /nowhere <<<"$said"
}
remove_dev() { apt-get -q -y purge libvial-dev && ! find /usr -name '*vial*' | grep .; }

# The commands of the note, as they stand there.
note() { awk -v n="$1" '/^    / { if (!in_block) block++; in_block = 1; if (block == n) print; next } { in_block = 0 }' INSTALL; }
from_tarball() { cd /tmp && tar -xf /host/vial-0.1*.tar.xz && cd vial-* && bash -ec "$(note 1)" && [ "$(command -v vial)" = /usr/local/bin/vial ]; }
runs_from_tarball() {
	make_bundle vial && sed -i 's/"sleep", "100"/"sh", "-c", "echo hello"/' /tmp/bundle/config.json &&
		[ "$(cd /tmp && vial run --bundle bundle NAME)" = hello ]
}
helper_of_tarball() { grep -q usage <<<"$(/usr/local/libexec/vial/vial-netdev 2>&1)"; }
removed_tarball() { cd /tmp/vial-* && bash -ec "$(note 4)" && ! find /usr/local -name '*vial*' | grep .; }

check 'lintian finds nothing' lint /host/vial_0.1*.deb /host/libvial-dev_*.deb
check 'lintian finds what is wrong' lint_finds
check 'libvial-dev installs, pkg-config knows it' install_dev
check 'the example builds against it' build_example
check 'from the tarball, by its note' from_tarball
check 'it runs a container' runs_from_tarball
check 'vial-netdev of the tarball' helper_of_tarball
check 'a bundle' make_bundle vial
check 'the example runs 20 containers' run_example
check 'the example says what is wrong' example_says_what_is_wrong
check 'removed by its note, nothing is left' removed_tarball
check 'libvial-dev is purged, nothing is left' remove_dev
done_testing
