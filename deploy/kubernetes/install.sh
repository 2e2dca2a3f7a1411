#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC3043 # busybox has `local`
# install.sh install|remove: put vial and the handler `vial` on the node whose root is at $HOST, or
# take them away. Runs in the image of Dockerfile, with the tools of busybox. A second run changes
# nothing and restarts nothing.
set -eu

HOST=${HOST-/host}
FROM=${FROM-}
# What restarts the engine; the node's own systemctl, in the namespaces of its init.
RESTART=${RESTART-nsenter -t 1 -m -u -i -n -p -- systemctl restart}
begin='# BEGIN vial' end='# END vial'

say() { echo "install.sh: $*"; }

# put FILE < content: in one step, and only if it differs. Returns 1 if nothing had to be done.
put() {
	cat >"$1.vial-new"
	if [ -f "$1" ] && cmp -s "$1" "$1.vial-new"; then
		rm "$1.vial-new"
		return 1
	fi
	[ ! -f "$1" ] || chmod "$(stat -c %a "$1")" "$1.vial-new"
	mv "$1.vial-new" "$1"
	say "wrote $1"
}

binary() {
	mkdir -p "$HOST/usr/local/bin"
	cp "$FROM/vial" "$HOST/usr/local/bin/.vial-new"
	chmod 755 "$HOST/usr/local/bin/.vial-new"
	# By rename: a vial that is running keeps its file.
	mv "$HOST/usr/local/bin/.vial-new" "$HOST/usr/local/bin/vial"
	say "installed $("$FROM/vial" --version | head -n 1)"
}

without_ours() { sed "/^$begin\$/,/^$end\$/d" "$1"; }

# The tables of the handler, in the words of the version that the file is written in.
handlers() {
	local plugin='"io.containerd.grpc.v1.cri"'
	! grep -Eq '^version *= *3' "$1" || plugin='"io.containerd.cri.v1.runtime"'
	# A configuration that names any runtime must name the default one, too.
	if without_ours "$1" | grep -Eq 'runtimes\.("?)runc("?)\]'; then
		sed -n '/runtimes\.vial\]/,$p' "$FROM/containerd-config.toml"
	else
		sed -n '/runtimes\.runc\]/,$p' "$FROM/containerd-config.toml"
	fi | sed "s/\"io.containerd.grpc.v1.cri\"/$plugin/"
}

containerd() {
	local file="$HOST/etc/containerd/config.toml" made
	[ -d "$HOST/etc/containerd" ] || return 0
	[ "$1" = remove ] || [ -f "$file" ] || echo 'version = 2' >"$file"
	[ -f "$file" ] || return 0
	made=$(
		without_ours "$file"
		[ "$1" = remove ] || { echo "$begin" && handlers "$file" && echo "$end"; }
	)
	printf '%s\n' "$made" | put "$file" || return 0
	$RESTART containerd
}

crio() {
	local file="$HOST/etc/crio/crio.conf.d/10-vial.conf"
	[ -d "$HOST/etc/crio" ] || return 0
	if [ "$1" = remove ]; then
		[ -f "$file" ] || return 0
		rm "$file"
	else
		mkdir -p "$HOST/etc/crio/crio.conf.d"
		put "$file" <"$FROM/crio-vial.conf" || return 0
	fi
	$RESTART crio
}

case ${1-} in
install)
	[ -d "$HOST/etc/containerd" ] || [ -d "$HOST/etc/crio" ] || {
		say "neither $HOST/etc/containerd nor $HOST/etc/crio is there" >&2
		exit 1
	}
	binary
	containerd install
	crio install
	;;
remove)
	containerd remove
	crio remove
	rm -f "$HOST/usr/local/bin/vial"
	;;
*)
	echo "usage: $0 install|remove" >&2
	exit 2
	;;
esac
