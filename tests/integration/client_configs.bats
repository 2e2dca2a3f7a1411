#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What real clients wrote, run with its sources adapted: one config of each client at least.

load helpers
CONFIGS=$HERE/../golden/configs
setup() { setup_container; }
teardown() { teardown_container; }

# adapt NAME: take golden/configs/NAME.json, point what this host does not have at what it has:
# the root, sources of binds (an empty file or directory of the test), namespaces to join, hooks
# that do not exist; drop what this machine's kernel or bounding set cannot do for any runtime.
adapt() {
	local src i type
	[ -r "$CONFIGS/$1.json" ] || skip "no $1.json"
	cp "$CONFIGS/$1.json" "$B/config.json"
	mkdir -p "$T/empty"
	config --arg m "$MARK" --arg cg "/vial-tests/$ID" '
		.root.path = "rootfs" | .process.args = ["/bin/sh", "-c", "export PATH=/bin; echo adapted; id -u; cat /proc/self/status"]
		| .process.env += [$m] | .process.env |= map(select(startswith("LISTEN_") | not))
		| .process.terminal = false | .process.cwd = "/"
		| .linux.cgroupsPath = $cg
		| .linux.namespaces |= map(del(.path))
		| del(.process.apparmorProfile) | del(.process.selinuxLabel) | del(.linux.mountLabel)
		| .process.rlimits = [(.process.rlimits // [])[] | select(.hard <= 20000)]
		| if .process.oomScoreAdj then .process.oomScoreAdj |= (if . < 0 then 0 else . end) else . end
		| del(.linux.resources.hugepageLimits) | del(.linux.resources.blockIO.weight)
		| del(.linux.resources.unified) | del(.linux.resources.network)'
	# hooks whose program is not here
	for type in $(jq -r '.hooks // {} | keys[]' "$B/config.json"); do
		for src in $(jq -r --arg t "$type" '.hooks[$t][]?.path' "$B/config.json"); do
			[ -x "$src" ] || config --arg t "$type" --arg p "$src" '.hooks[$t] |= map(select(.path != $p))'
			# a process that is gone, as /proc/PID/exe of the daemon
			[[ $src != /proc/* ]] || config --arg t "$type" --arg p "$src" '.hooks[$t] |= map(select(.path != $p))'
		done
	done
	i=0
	while IFS= read -r src; do
		if [ -n "$src" ] && [[ $src != /sys/* && $src != /proc/* && $src != /dev/* ]]; then
			case $(jq -r ".mounts[$i].destination" "$B/config.json") in
			/etc/* | */.containerenv | */resolv.conf | */hosts | */hostname | */termination-log | */run/secrets/*)
				: >"$T/empty-file"
				src=$T/empty-file
				;;
			*) src=$T/empty ;;
			esac
			config --argjson i "$i" --arg s "$src" '.mounts[$i].source = $s'
		elif [ -n "$src" ] && [ ! -e "$src" ]; then
			config --argjson i "$i" '.mounts[$i] |= {destination, type: "tmpfs", source: "tmpfs"}'
		fi
		i=$((i + 1))
	done < <(jq -r '.mounts[] | if (.type == "bind" or .type == "none" or ((.options // []) | any(. == "bind" or . == "rbind"))) then .source else "" end' "$B/config.json")
	# the image belongs to the mapped root, and the mapped root may reach it
	if jq -e '.linux.namespaces | any(.type == "user")' "$B/config.json" >/dev/null; then
		config 'if (.linux.uidMappings // []) == [] then .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] else . end
			| if (.linux.gidMappings // []) == [] then .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}] else . end'
		find "$B/rootfs" -type d -exec chown "$(jq '.linux.uidMappings[0].hostID' "$B/config.json")" {} +
	fi
}

runs() {
	adapt "$1"
	v run "$ID"
	status_is 0
	has adapted
	assert_nothing_left
	# and as the clients do it
	v --log "$T/log.json" --log-format json create --bundle "$B" --pid-file "$B/init.pid" "$ID"
	status_is 0
	v --log "$T/log.json" --log-format json start "$ID"
	status_is 0
	wait_state stopped
	v --log "$T/log.json" --log-format json kill --all "$ID" 9
	status_is 0
	v --log "$T/log.json" --log-format json delete "$ID"
	status_is 0
	v --log "$T/log.json" --log-format json delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "docker 20, default" { runs docker20-default; }
@test "docker 20, limits" { runs docker20-limits; }
@test "docker 20, security options" { runs docker20-security; }
@test "docker 20, devices and volumes" { runs docker20-device-volumes; }
@test "docker 20, private cgroup namespace" { runs docker20-cgroupns-private; }
@test "docker 20, no network" { runs docker20-nonet; }
@test "docker 20, host namespaces" { runs docker20-hostns; }
@test "docker 20, seccomp unconfined" { runs docker20-seccomp-unconfined; }
@test "docker 20, terminal taken away" { runs docker20-tty; }
@test "docker 26, default" { runs docker26-default; }
@test "docker 26, limits" { runs docker26-limits; }
@test "docker 26, security options" { runs docker26-security; }
@test "docker 26, privileged" { runs docker26-privileged; }
@test "docker 26, BuildKit" { runs docker26-buildkit-run; }
@test "ctr 1.6, default" { runs ctr16-default; }
@test "ctr 1.6, limits, seccomp, CNI" { runs ctr16-limits-seccomp-cni; }
@test "CRI, pod" { runs cri16-pod+container; }
@test "CRI, container" { runs cri16-pod+container-1; }
@test "CRI, container with security options" { runs cri16-pod+container-security-1; }
@test "podman 4.3, default" { runs podman43-root-default; }
@test "podman 4.3, limits" { runs podman43-root-limits; }
@test "podman 4.3, mapped user" { runs podman43-root-uidmap; }
@test "podman 4.3, pod" { runs podman43-root-pod; }
@test "podman 5.4, default" { runs podman54-root-default; }
@test "podman 5.4, limits" { runs podman54-root-limits; }
@test "podman 5.4, security options" { runs podman54-root-security; }
@test "buildah 1.28, run" { runs buildah128-run; }
@test "buildah 1.28, bud" { runs buildah128-bud; }
@test "buildah 1.28, bud with limits" { runs buildah128-bud-limits; }
