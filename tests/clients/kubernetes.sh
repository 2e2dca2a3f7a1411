#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kubernetes.sh [RUNTIME]: deploy/kubernetes as far as it can be tried without a cluster: the
# manifests are what they should be, and the installer does its work in a root of busybox's tools,
# on nodes of each kind. What it writes is given to a real containerd. Speaks TAP. Root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
deploy=$top/deploy/kubernetes
runtime=$(realpath "${1:-$top/build/release/vial}")
work=$(mktemp -d /var/tmp/vial-kubernetes.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
n=0 failed=0

check() {
	n=$((n + 1))
	# In the background, since `set -e` means nothing inside a condition.
	"$1" >"$work/log" 2>&1 &
	if wait $!; then
		echo "ok $n kubernetes: ${1//_/ }"
	else
		failed=1
		echo "not ok $n kubernetes: ${1//_/ }"
		sed 's/^/# /' "$work/log"
	fi
}

# node NAME: the root of a node, as the image of Dockerfile sees it at /host.
node() {
	root=$work/$1
	. "$here/lib.sh"
	image "$root"
	cp "$runtime" "$root/vial"
	cp "$top"/docs/clients/{containerd-config.toml,crio-vial.conf} "$deploy/install.sh" "$root"
	host=$root/host
	mkdir -p "$host/etc/$2"
	printf '#!/bin/sh\necho "$@" >>/host/restarted\n' >"$root/restart"
	chmod 755 "$root/restart"
}
install() { env -i RESTART=/restart HOST=/host PATH=/bin /usr/sbin/chroot "$root" /install.sh "$@"; }
refused() { if install "$@"; then return 1; fi; }
restarts() { [ "$(grep -c "^$1\$" "$host/restarted" 2>/dev/null || true)" = "$2" ]; }
# What containerd itself makes of the file.
dump() { containerd -c "$host/etc/containerd/config.toml" config dump; }
has_handlers() {
	dump >"$work/dump"
	grep 'containerd.runtimes.vial.options\]' "$work/dump"
	grep 'BinaryName = "/usr/local/bin/vial"' "$work/dump"
	grep 'containerd.runtimes.runc\]' "$work/dump"
}

the_manifests_hold_together() {
	/usr/bin/python3 - "$deploy" "$top/docs/clients/containerd-config.toml" <<-'X'
		import sys, yaml
		deploy, config = sys.argv[1:3]
		load = lambda name: yaml.safe_load(open(f"{deploy}/{name}.yaml"))
		rc, ds, pod = load("runtimeclass"), load("daemonset"), load("pod")
		assert (rc["apiVersion"], rc["kind"]) == ("node.k8s.io/v1", "RuntimeClass")
		assert f"containerd.runtimes.{rc['handler']}]" in open(config).read()
		assert pod["spec"]["runtimeClassName"] == rc["metadata"]["name"]
		assert (ds["apiVersion"], ds["kind"]) == ("apps/v1", "DaemonSet")
		spec = ds["spec"]["template"]["spec"]
		labels = ds["spec"]["template"]["metadata"]["labels"]
		assert ds["spec"]["selector"]["matchLabels"].items() <= labels.items()
		volumes = {v["name"]: v["hostPath"]["path"] for v in spec["volumes"]}
		install, = spec["initContainers"]
		assert install["command"] == ["/install.sh", "install"]
		host = {e["name"]: e["value"] for e in install["env"]}["HOST"]
		for mount in install["volumeMounts"]:
		    assert mount["mountPath"] == host + volumes[mount["name"]], mount
		assert {volumes[m["name"]] for m in install["volumeMounts"]} == {"/usr/local/bin", "/etc"}
	X
}
the_image_has_what_the_installer_reads() {
	local file
	for file in vial containerd-config.toml crio-vial.conf install.sh; do
		grep -E "^COPY .*$file" "$deploy/Dockerfile"
	done
}
a_node_with_the_defaults_of_containerd() {
	node defaults containerd
	containerd config default >"$host/etc/containerd/config.toml"
	cp "$host/etc/containerd/config.toml" "$work/before"
	install install
	cmp "$runtime" "$host/usr/local/bin/vial"
	"$host/usr/local/bin/vial" --version
	has_handlers
	restarts containerd 1
	install install
	restarts containerd 1
	install remove
	cmp "$work/before" "$host/etc/containerd/config.toml"
	[ ! -e "$host/usr/local/bin/vial" ]
	restarts containerd 2
}
a_node_without_a_configuration() {
	node none containerd
	install install
	has_handlers
}
a_node_with_a_configuration_of_its_own() {
	node own containerd
	printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.example/pause:1"\n' >"$host/etc/containerd/config.toml"
	chmod 600 "$host/etc/containerd/config.toml"
	install install
	has_handlers
	grep 'sandbox_image = "registry.example/pause:1"' "$work/dump"
	[ "$(stat -c %a "$host/etc/containerd/config.toml")" = 600 ]
}
a_node_with_containerd_2() {
	node two containerd
	printf 'version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]\n  runtime_type = "io.containerd.runc.v2"\n' >"$host/etc/containerd/config.toml"
	install install
	grep -F '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.vial]' "$host/etc/containerd/config.toml"
	[ "$(grep -cF grpc.v1.cri "$host/etc/containerd/config.toml")" = 0 ]
	[ "$(grep -c 'runtimes.runc\]' "$host/etc/containerd/config.toml")" = 1 ]
}
a_node_with_cri_o() {
	node crio crio
	install install
	cmp "$top/docs/clients/crio-vial.conf" "$host/etc/crio/crio.conf.d/10-vial.conf"
	restarts crio 1
	install install
	restarts crio 1
	install remove
	[ ! -e "$host/etc/crio/crio.conf.d/10-vial.conf" ]
}
a_node_with_neither_is_refused() {
	node neither nothing
	refused install
	[ ! -e "$host/usr/local/bin/vial" ]
}
a_wrong_word_is_refused() {
	node word containerd
	refused instal
	[ ! -e "$host/usr/local/bin/vial" ]
}

for test in the_manifests_hold_together the_image_has_what_the_installer_reads \
	a_node_with_the_defaults_of_containerd a_node_without_a_configuration \
	a_node_with_a_configuration_of_its_own a_node_with_containerd_2 a_node_with_cri_o \
	a_node_with_neither_is_refused a_wrong_word_is_refused; do
	check "$test"
done
echo "1..$n"
exit "$failed"
