# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# containerd-calls.sh: a containerd of our own, for ctr and for the CRI.

SOCKET=$WORK/containerd.sock
# ctr's containers are in the cgroup /NAMESPACE/ID.
export CONTAINERD_NAMESPACE=$TAG

# containerd_start NAME: its configuration is that of docs/clients and where a test keeps things.
containerd_start() {
	rm -rf /etc/cni/net.d
	mkdir -p /etc/cni/net.d
	cat >/etc/cni/net.d/10-test.conflist <<-X
		{"cniVersion": "1.0.0", "name": "test", "plugins": [
		 {"type": "bridge", "bridge": "test0", "isGateway": true, "ipMasq": false,
		  "ipam": {"type": "host-local", "dataDir": "$WORK/ipam", "ranges": [[{"subnet": "10.99.0.0/24"}]]}},
		 {"type": "portmap", "capabilities": {"portMappings": true}}]}
	X
	{
		echo "root = '$WORK/root'"
		echo "state = '$WORK/state'"
		config containerd-config.toml
		cat <<-X

			[grpc]
			  address = "$SOCKET"
			[plugins."io.containerd.internal.v1.opt"]
			  path = "$WORK/opt"
			[plugins."io.containerd.grpc.v1.cri"]
			  sandbox_image = "docker.io/library/pause:latest"
			  restrict_oom_score_adj = true
			  disable_apparmor = true
			  enable_unprivileged_ports = false
			  [plugins."io.containerd.grpc.v1.cri".cni]
			    bin_dir = "/usr/lib/cni"
			    conf_dir = "/etc/cni/net.d"
		X
	} >"$WORK/config.toml"
	PATH=$WORK/bin:/usr/sbin:/usr/bin:/sbin:/bin setsid containerd -c "$WORK/config.toml" >"$WORK/containerd.log" 2>&1 </dev/null &
	echo $! >"$WORK/containerd.pid"
	until_true 30 C version
}

# containerd_image NAME DIR [CONFIG]: an image in Docker's format, without a Docker.
containerd_image() {
	local dir=$WORK/image-$1 layer
	mkdir -p "$dir"
	tar -C "$2" -cf "$dir/layer.tar" .
	layer=$(sha256sum "$dir/layer.tar" | cut -d' ' -f1)
	jq -n --arg layer "sha256:$layer" --argjson config "${3:-{\}}" '{architecture: "amd64", os: "linux",
		config: ({Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"]} + $config),
		rootfs: {type: "layers", diff_ids: [$layer]}}' >"$dir/config.json"
	jq -n --arg tag "docker.io/library/$1:latest" \
		'[{Config: "config.json", RepoTags: [$tag], Layers: ["layer.tar"]}]' >"$dir/manifest.json"
	tar -C "$dir" -cf "$WORK/$1.tar" manifest.json config.json layer.tar
	C images import "$WORK/$1.tar" >/dev/null
	C -n k8s.io images import "$WORK/$1.tar" >/dev/null
}

C() { ctr -a "$SOCKET" "$@"; }
IMAGE=docker.io/library/busybox:latest
runtime=(--runtime io.containerd.runc.v2 --runc-binary "$RUNTIME")

run() { # [OPTION...] -- COMMAND...
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	capture C run --rm "${runtime[@]}" "${options[@]}" "$IMAGE" "$ROW" "$@"
}
up() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	trap down EXIT
	C run -d "${runtime[@]}" "${options[@]}" "$IMAGE" "$ROW" "$@"
}
down() {
	C task kill -s 9 "$ROW" >/dev/null 2>&1 || true
	until_true 10 sh -c "ctr -a $SOCKET task rm -f $ROW || ! ctr -a $SOCKET task ls -q | grep -x $ROW" || true
	C c rm "$ROW" >/dev/null 2>&1 || true
}
inside() { capture C task exec --exec-id "$ROW-$RANDOM" "$ROW" "$@"; }
status_is() { C task ls | grep -E "^$ROW +[0-9]+ +$1" >/dev/null; }
tty() {
	code=0
	out=$(script -qec "stty rows 24 cols 80; ctr -a $SOCKET $(printf '%q ' "$@")" /dev/null </dev/null 2>&1) || code=$?
	out=${out//$'\r'/}
}
