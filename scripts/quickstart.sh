#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh: from a bare Debian 12 machine to a container that speaks. What is there already
# is not made again.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
	exec sudo "$0" "$@" # a container with its own cgroup needs root
fi

scripts/deps.sh quickstart
# A build folder of another C library, or of an older musl.sh, is not taken over.
grep -qs "CMAKE_C_COMPILER:.*=$(scripts/musl.sh)/bin/musl-cc" build/release/CMakeCache.txt ||
	cmake --preset release --fresh >/dev/null
cmake --build --preset release
vial=$PWD/build/release/vial

bundle=$PWD/build/quickstart
if [ ! -d "$bundle" ]; then
	rm -rf "$bundle.new"
	mkdir -p "$bundle.new/rootfs/bin"
	cp /bin/busybox "$bundle.new/rootfs/bin/busybox"
	for tool in sh hostname; do
		ln -s busybox "$bundle.new/rootfs/bin/$tool"
	done
	cat >"$bundle.new/rootfs/speak" <<'SPEAK'
#!/bin/sh
echo "my hostname is $(hostname)"
echo "my PID is $$"
echo "writing to /proc/sys says: $( { echo x >/proc/sys/kernel/hostname; } 2>&1)"
SPEAK
	chmod 755 "$bundle.new/rootfs/speak"
	"$vial" spec --bundle "$bundle.new"
	sed -i -e 's/"terminal": true/"terminal": false/' -e 's/"sh"$/"\/speak"/' \
		"$bundle.new/config.json"
	mv "$bundle.new" "$bundle"
fi

echo "== $vial run --bundle $bundle quickstart"
"$vial" run --bundle "$bundle" quickstart </dev/null

cat <<END

It works. To use it from Docker, register it in /etc/docker/daemon.json

    { "runtimes": { "vial": { "path": "$vial" } } }

restart the daemon, and: docker run --rm --runtime vial busybox echo hello
\`cmake --install build/release\` puts it into /usr/local; see README.md.
END
