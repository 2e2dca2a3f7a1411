#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore: what each option of CRIU's does, and what happens without it.

bats_require_minimum_version 1.5.0
load helpers
load criu

# Not within the time limit of a test: it may have to be fetched.
setup_file() { "$TOP/scripts/criu-for-tests.sh" >/dev/null; }
setup() { setup_criu; }
teardown() {
	[ -z "${SERVER_PID-}" ] || kill "$SERVER_PID" 2>/dev/null || true
	teardown_container
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

@test "--file-locks: a lock is held again" {
	start_task lock /tmp/lock
	save
	fails_with 1 lock
	save --file-locks
	works
	restore --file-locks
	works
	goes_on "$(count)"
	v exec "$ID" crtask trylock /tmp/lock
	status_is 1
}

@test "--link-remap: a file that was open without its name" {
	mkdir "$T/data"
	config --arg s "$T/data" '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["rbind"]}]'
	start_task linked /data
	save
	status_is 1
	has link-remap
	save --link-remap
	works
	restore
	works
	goes_on "$(count)"
}

@test "--manage-cgroups-mode: in each of them the container is in its new cgroup" {
	start_counter
	local mode
	for mode in soft full strict ignore; do
		save --manage-cgroups-mode "$mode"
		works
		config --arg c "/vial-tests/$ID-$mode" '.linux.cgroupsPath = $c'
		restore --manage-cgroups-mode "$mode"
		works
		! sed 's/^[^:]*:[^:]*://' "/proc/$(pid_of)/cgroup" >"$T/paths" || grep -q "^/vial-tests/$ID-$mode\$" "$T/paths"
		! grep "/vial-tests/$ID\$" "$T/paths" || fail "$mode: in the old cgroup"
		goes_on "$(count)"
		rm -rf "$IMAGES"
	done
	v delete --force "$ID"
	assert_nothing_left
}

@test "--manage-cgroups-mode: full and strict restore a cgroup below with its settings; strict wants all new" {
	local dir mode below
	start_counter
	dir=$(cgroup_dirs | grep -m 1 '/pids/' || cgroup_dirs | head -n 1)
	mkdir "$dir/below"
	echo 55 >"$dir/below/pids.max" || echo 55 >"$dir/below/cgroup.max.depth"
	for mode in full strict; do
		save --manage-cgroups-mode $mode
		works
		config --arg c "/vial-tests/$ID-$mode" '.linux.cgroupsPath = $c'
		restore --manage-cgroups-mode $mode
		works
		dir=$(cgroup_dirs | grep -m 1 "/pids/.*-$mode\$" || cgroup_dirs | grep -m 1 -- "-$mode\$")
		below=$(cat "$dir/below/pids.max" 2>/dev/null || cat "$dir/below/cgroup.max.depth")
		is "$below" 55
		goes_on "$(count)"
		rm -rf "$IMAGES"
	done
	save
	works
	config --arg c "/vial-tests/$ID-there" '.linux.cgroupsPath = $c'
	dir=${dir/%$ID-strict/$ID-there}
	mkdir -p "$dir"
	restore --manage-cgroups-mode strict
	fails_with 1 "--manage-cgroups-mode strict: "
	has "vial-tests/$ID-there is there already"
	[ -d "$dir" ]
	rmdir "$dir"
	restore --manage-cgroups-mode strict
	works
	goes_on "$(count)"
	v delete --force "$ID"
	assert_nothing_left
}

@test "--empty-ns network: the network is left to others" {
	start_counter
	nsenter -n -t "$(pid_of)" ip link add dummy0 type veth peer name dummy1
	save --empty-ns network
	works
	restore --empty-ns network
	works
	goes_on "$(count)"
	! nsenter -n -t "$(pid_of)" ip link show dummy0 || fail 'the device is there'
}

@test "--auto-dedup: the image is used up" {
	start_counter
	save
	works
	local before
	before=$(stat -c %b "$IMAGES/pages-1.img")
	restore --auto-dedup
	works
	goes_on "$(count)"
	[ "$(stat -c %b "$IMAGES/pages-1.img")" -lt "$before" ]
}

@test "--page-server: memory is sent there" {
	start_counter
	local port
	port=$(free_port)
	mkdir "$T/pages"
	criu page-server --images-dir "$T/pages" --address 127.0.0.1 --port "$port" -o "$T/server.log" >/dev/null 2>&1 3>&- 4>&- &
	SERVER_PID=$!
	until_true 10 listens "$port"
	save --page-server "127.0.0.1:$port"
	works
	wait $SERVER_PID
	SERVER_PID=
	[ ! -e "$IMAGES/pages-1.img" ]
	cp "$T"/pages/*.img "$IMAGES/"
	restore
	works
	goes_on "$(count)"
}
listens() { grep -qi "$(printf ':%04X 00000000:0000 0A' "$1")" /proc/net/tcp; }

@test "--lazy-pages: memory is fetched from the images by criu lazy-pages" {
	start_counter
	save
	works
	(cd "$WORK" && exec criu lazy-pages --images-dir "$IMAGES" --work-dir "$WORK" -o lazy.log >/dev/null 2>&1 3>&- 4>&-) &
	SERVER_PID=$!
	until_true 10 test -S "$WORK/lazy-pages.socket"
	restore --lazy-pages
	works
	goes_on "$(count)"
	until_true 20 has_ended $SERVER_PID || fail 'not all memory is fetched'
	SERVER_PID=
}
has_ended() { ! kill -0 "$1" 2>/dev/null; }

@test "--pre-dump and --parent-path, where the kernel tracks changes of memory" {
	start_counter
	v checkpoint --pre-dump --image-path "$IMAGES/first" --work-path "$WORK" "$ID"
	if criu check --feature mem_dirty_track 2>&1 | grep -q 'is supported'; then
		works
		is "$(state_of)" running
		v checkpoint --parent-path ../first --image-path "$IMAGES/second" --work-path "$WORK" "$ID"
		works
		[ -L "$IMAGES/second/parent" ]
		v restore --detach --image-path "$IMAGES/second" --work-path "$WORK" "$ID"
		works
	else
		fails_with 1 '--pre-dump: this kernel does not track changes of memory'
	fi
	goes_on "$(count)"
}

@test "--shell-job: a process on the caller's terminal" {
	set_sh 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/n; sleep 0.05; done'
	(cd "$B" && exec env "$MARK" script -qec "$VIAL --root $ROOT run --detach $ID" /dev/null \
		</dev/null >"$T/script" 2>&1 3>&-)
	until_true 10 counts || fail "$(cat "$T/script")"
	save
	status_is 1
	save --shell-job
	works
}

@test "org.criu.config names a file of options for CRIU; empty: none" {
	echo file-locks >"$T/criu.conf"
	config --arg f "$T/criu.conf" '.annotations["org.criu.config"] = $f'
	start_task lock /tmp/lock
	save
	works
	restore
	works
	goes_on "$(count)"
}

@test "/etc/criu/vial.conf wins over /etc/criu/runc.conf" {
	start_task lock /tmp/lock
	mkdir -p "$T/etc/criu" "$T/overlay"
	etc() {
		status=0
		unshare -m --propagation slave sh -c 'mount -t overlay -o lowerdir=/etc,upperdir=$1/etc,workdir=$1/overlay none /etc &&
			shift && exec "$@"' sh "$T" env "$MARK" "$VIAL" --root "$ROOT" checkpoint --leave-running \
			--image-path "$IMAGES" --work-path "$WORK" "$ID" >"$T/out" 2>"$T/err" 3>&- || status=$?
		output=$(cat "$T/out" "$T/err")
	}
	echo file-locks >"$T/etc/criu/runc.conf"
	etc
	works
	echo '# nothing' >"$T/etc/criu/vial.conf"
	etc
	fails_with 1 lock
	goes_on "$(count)"
}

@test "a container in a user namespace" {
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	set_sh 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/n; sleep 0.05; done'
	# Files of root's could not be opened again by the container's root.
	alone() { (cd "$B" && exec env "$MARK" "$VIAL" --root "$ROOT" "$@" </dev/null >/dev/null 2>&1 3>&-); }
	alone run --detach "$ID"
	until_true 10 counts
	save
	works
	alone restore --detach --image-path "$IMAGES" --work-path "$WORK" "$ID" || fail "$(grep Error "$WORK/restore.log")"
	goes_on "$(count)"
	is "$(stat -c %u "/proc/$(pid_of)")" 100000
}

# A criu that writes down which fields the options had, as "FIELD=VALUE", and fails.
record_requests() {
	mkdir -p "$T/fake"
	cat >"$T/fake/criu" <<-END
		#!$(command -v python3)
		import socket, sys
		def fields(b):
		    i = 0
		    def varint():
		        nonlocal i
		        v = n = 0
		        while True:
		            v |= (b[i] & 127) << n
		            n += 7
		            i += 1
		            if not b[i - 1] & 128: return v
		    while i < len(b):
		        tag = varint()
		        v = varint()
		        if tag & 7 == 2: v, i = b[i:i + v], i + v
		        yield tag >> 3, v
		s = socket.socket(fileno=int(sys.argv[2]))
		s.recv(999); s.send(b"\\x08\\x0a\\x10\\x01\\x52\\x06\\x08\\x04\\x10\\x01\\x20\\x01")
		while True:
		    asked = dict(fields(s.recv(99999)))
		    if asked[1] != 9: break
		    s.send(b"\\x08\\x09\\x10\\x01\\x42\\x04\\x08\\x01\\x10\\x01")
		with open("$T/asked", "w") as f:
		    print("type=%d" % asked[1], file=f)
		    for k, v in fields(asked[2]): print("%d=%s" % (k, v), file=f)
		s.send(bytes([8, asked[1], 16, 0]))
	END
	chmod +x "$T/fake/criu"
	PATH=$T/fake:$PATH
}
asked() { grep -Fqx -- "$1" "$T/asked" || fail "$1 is not in $(cat "$T/asked")"; }
not_asked() { ! grep -q "^$1=" "$T/asked" || fail "$1 is in $(cat "$T/asked")"; }

@test "options that this kernel or CRIU cannot do reach CRIU as its fields" {
	start_counter
	record_requests
	save
	fails_with 1 'criu failed: type DUMP'
	asked type=1
	local field
	for field in 3 4 5 7 8 14 15 16 18 38 46 48 52 64; do not_asked $field; done
	save --leave-running --ext-unix-sk --tcp-established --shell-job --file-locks --auto-dedup \
		--link-remap --tcp-skip-in-flight --lazy-pages --tcp-close --network-lock skip \
		--empty-ns network --manage-cgroups-mode strict
	status_is 1
	for field in 3 4 5 7 8 16 18 46 48 52; do asked $field=1; done
	asked 64=3
	asked 38=1073741824
	asked 34=5
	mkdir "$T/parent"
	save --pre-dump --parent-path ../parent
	asked type=4
	asked "14=b'../parent'"
	asked 15=1
	save --page-server '[::1]:99'
	grep -q "^11=b.*::1" "$T/asked"
	is "$(state_of)" running
	v delete --force "$ID"
	echo '["", "", ""]' >"$IMAGES/descriptors.json"
	restore --tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --auto-dedup --lazy-pages \
		--lsm-profile apparmor:web --lsm-mount-context sys:obj --network-lock iptables \
		--empty-ns network --manage-cgroups-mode full
	fails_with 1 'criu failed: type RESTORE'
	asked type=2
	for field in 4 5 7 8 16 26 48 52; do asked $field=1; done
	asked "53=b'apparmor:web'"
	asked "63=b'sys:obj'"
	asked 64=1
	asked 34=4
	assert_nothing_left
}
