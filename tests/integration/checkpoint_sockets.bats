#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore with CRIU 4.2: connections. CRIU 4.1 saves no TCP socket
# under Linux 6.18 ("Can't get 1:16 opt": SO_PASSCRED is of Unix sockets alone there).

bats_require_minimum_version 1.5.0
load helpers
load criu

setup_file() { "$TOP/scripts/criu-for-tests.sh" forky >/dev/null; }
setup() { setup_criu forky; }
teardown() {
	local pid
	for pid in ${SERVERS-}; do kill "$pid" 2>/dev/null || true; done
	[ ! -e "/run/netns/vt$ID" ] || ip netns del "vt$ID"
	teardown_container
}
broken() { [ "$(count)" = broken ]; }

@test "--tcp-established: a connection goes on, under each --network-lock" {
	start_task tcp 4444
	save
	fails_with 1 '--tcp-established'
	local lock
	for lock in iptables nftables skip; do
		save --tcp-established --network-lock $lock
		works
		restore --tcp-established --network-lock $lock
		works
		goes_on "$(count)"
		rm -rf "$IMAGES"
	done
}

@test "--tcp-close: a connection is closed when it is restored" {
	start_task tcp 4444
	save --tcp-established
	works
	restore --tcp-close
	works
	until_true 10 broken
}

@test "--tcp-skip-in-flight: a connection that nobody has accepted is left out" {
	start_task backlog 4444
	save --tcp-established
	fails_with 1 'In-flight connection'
	goes_on "$(count)"
	save --tcp-established --tcp-skip-in-flight
	works
	restore --tcp-established
	works
	goes_on "$(count)"
}

@test "--ext-unix-sk: a socket of the host, in the network namespace that is shared" {
	ip netns add "vt$ID"
	mkdir "$T/host"
	ip netns exec "vt$ID" python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True: s.recv(99)' "$T/host/sock" 3>&- 4>&- &
	SERVERS=$!
	until_true 10 test -S "$T/host/sock"
	config --arg d "$T/host" --arg p "/run/netns/vt$ID" '(.linux.namespaces[] | select(.type == "network")).path = $p |
		.mounts += [{destination: $d, type: "bind", source: $d, options: ["rbind"]}]'
	start_task unix "$T/host/sock"
	save
	fails_with 1 'ext-unix-sk'
	goes_on "$(count)"
	save --ext-unix-sk
	works
	restore --ext-unix-sk
	works
	goes_on "$(count)"
}
