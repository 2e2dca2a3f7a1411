#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# How long configurations take that are far larger than any engine writes: CPU time to read and
# decide 25,000, 50,000 and 100,000 mounts, environment variables and devices. Twice as many
# should take twice as long, 100,000 less than 0.2 s on an idle machine. A sysctl that is refused
# last ends `vial plan` before it prints.
#
#   VIAL=build/release/vial bench/spec_scale.sh
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
vial=${VIAL:-$top/build/release/vial}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/rootfs"
TIMEFORMAT='%U %S'

# make KIND COUNT: a config.json with so many of them
make() {
	local base=$dir/base.json
	jq '.linux.sysctl = {"no.such": "1"}' "$top/tests/integration/config.json" >"$base"
	case $1 in
	mounts) jq -c --argjson n "$2" '.mounts += [range($n) | {destination: "/d/\(.)", type: "tmpfs",
			source: "tmpfs", options: ["nosuid", "nodev", "size=1m"]}]' "$base" ;;
	binds) jq -c --argjson n "$2" '.mounts += [range($n) | {destination: "d/\(.)", source: "src",
			options: ["rbind", "ro", "rprivate"]}]' "$base" ;;
	idmaps) jq -c --argjson n "$2" '.mounts += [range($n) | {destination: "/d/\(.)", source: "/src",
			options: ["bind", "idmap=uids=0-1-2#4-5-6;gids=0-0-1"]}]' "$base" ;;
	env) jq -c --argjson n "$2" '.process.env += [range($n) | "NAME_\(.)=value \(.)"]' "$base" ;;
	devices) jq -c --argjson n "$2" '.linux.devices = [range($n) | {path: "/dev/d\(.)", type: "c",
			major: 1, minor: 3}]' "$base" ;;
	esac
}

# cpu: the best of five, in milliseconds
cpu() {
	local best=999999 t
	for _ in 1 2 3 4 5; do
		t=$( { time "$vial" plan --bundle "$dir" >/dev/null 2>&1; } 2>&1 |
			awk '{ printf "%d", ($1 + $2) * 1000 }')
		((t < best)) && best=$t
	done
	echo "$best"
}

printf '%-8s %8s %8s %8s  ms of CPU\n' kind 25000 50000 100000
for kind in mounts binds idmaps env devices; do
	printf '%-8s' "$kind"
	for n in 25000 50000 100000; do
		make "$kind" "$n" >"$dir/config.json"
		printf ' %8s' "$(cpu)"
	done
	echo
done
