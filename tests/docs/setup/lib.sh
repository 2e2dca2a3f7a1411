# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For what a document takes for granted; runs as root in the box.

# bundle DIR PROGRAM...: a bundle of busybox, called as its directory
bundle() {
	local dir=$1 applet
	shift
	rm -rf "$dir"
	mkdir -p "$dir"/rootfs/{bin,proc,sys,dev,etc,tmp,data}
	cp /bin/busybox "$dir/rootfs/bin/"
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -sf busybox "$dir/rootfs/bin/$applet"
	done
	vial spec --bundle "$dir"
	jq --arg name "$(basename "$dir")" '.hostname = $name | .process.terminal = false | .process.args = $ARGS.positional' \
		"$dir/config.json" --args -- "$@" >"$dir/new"
	mv "$dir/new" "$dir/config.json"
}

# web_runs: the container `web` that man pages speak of
web_runs() {
	bundle /srv/web sleep 1000
	vial run -d --bundle /srv/web web >/dev/null 2>&1 </dev/null
}
