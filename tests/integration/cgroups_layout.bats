#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where the cgroups are, who is in them, and what is left of them.

load helpers
load cgroup
setup() { cg_fixture; }
teardown() {
	[ -z "${STRANGER-}" ] || kill -9 "$STRANGER" 2>/dev/null || true
	[ -z "${FROZEN-}" ] || thaw_dir
	teardown_container
}
# Any one hierarchy.
some_dir() { if cg_is_v2; then cg_dir any; else cg_dir pids; fi; }
freeze_dir() {
	if [ -n "$(cg_v1_top freezer)" ]; then
		FROZEN=$(cg_dir freezer)
		mkdir -p "$FROZEN"
		echo FROZEN >"$FROZEN/freezer.state"
	else
		FROZEN=$(cg_dir any)
		mkdir -p "$FROZEN"
		echo 1 >"$FROZEN/cgroup.freeze"
	fi
}
thaw_dir() {
	echo THAWED >"$FROZEN/freezer.state" 2>/dev/null || echo 0 >"$FROZEN/cgroup.freeze" 2>/dev/null || true
	rmdir "$FROZEN" 2>/dev/null || true
}

@test "every hierarchy that is mounted is joined, and no other" {
	start_sleeper
	local pid line path top n=0
	pid=$(pid_of)
	while IFS=: read -r _ line path; do
		top=$([ -n "$line" ] && cg_v1_top "${line%%,*}" || cg_v2_top)
		if [ -z "$line" ] && cg_is_v2; then
			top=$CG_TOP
		elif cg_is_v2; then
			continue
		fi
		[ -n "$top" ] || continue
		is "$path" "/$CG" "$line"
		n=$((n + 1))
	done <"/proc/$pid/cgroup"
	[ "$n" -ge 1 ]
	v delete --force "$ID"
	assert_nothing_left
}

# v1_beside ANNOTATION: a container where v2 is all, with systemd's hierarchy of v1 mounted beside it
v1_beside() {
	cat >"$T/beside" <<-'SH'
		set -e
		[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 none /sys/fs/cgroup
		mkdir -p "$T/sd"
		[ -n "${WITHOUT-}" ] || mount -t cgroup -o none,name=systemd none "$T/sd"
		cd "$B"
		rc=0
		"$VIAL" --root "$ROOT" run "$ID" || rc=$?
		[ ! -d "$T/sd/$CG" ] || rc=9
		exit $rc
	SH
	export T B ROOT ID VIAL CG WITHOUT
	status=0
	unshare --mount --propagation private bash "$T/beside" >"$T/out" 2>&1 || status=$?
	output=$(cat "$T/out")
}

@test "systemd's hierarchy of v1 for a container that wants it, beside v2" {
	vial_only "crun gives the caller's own cgroup there"
	[ -z "${VIAL_DRIVER-}" ] || skip "a path that is no unit"
	config '.annotations["run.oci.systemd.force_cgroup_v1"] = "/sys/fs/cgroup"
		| .linux.namespaces += [{type: "cgroup"}]
		| .mounts = [.mounts[] | select(.destination != "/sys/fs/cgroup")]
			+ [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "rw"]}]'
	set_sh 'ls /sys/fs/cgroup; grep name=systemd /proc/self/cgroup | cut -d: -f2-; cat /sys/fs/cgroup/systemd/cgroup.procs
		mkdir /sys/fs/cgroup/systemd/own && rmdir /sys/fs/cgroup/systemd/own && echo writable
		test -e /sys/fs/cgroup/systemd/release_agent || echo "not the root"
		stat -fc %T /sys/fs/cgroup'
	WITHOUT='' v1_beside
	status_is 0
	is "$(grep -vE '^[0-9]+$' <<<"$output")" "$(printf '%s\n' systemd name=systemd:/ writable 'not the root' tmpfs)"
	has 1 # init, by its number inside

	config '.mounts[-1].options += ["ro"]'
	set_sh 'mkdir /sys/fs/cgroup/systemd/own 2>/dev/null || mkdir /sys/fs/cgroup/own 2>/dev/null || echo "read-only"'
	v1_beside
	status_is 0
	output_is read-only

	WITHOUT=yes v1_beside
	status_is 1
	has 'run.oci.systemd.force_cgroup_v1\"]: no cgroup v1 hierarchy \"name=systemd\" is mounted on the host'
	config '.annotations["run.oci.systemd.force_cgroup_v1"] = "/nowhere"'
	v1_beside
	status_is 0
	has 'no entry of mounts has the destination'
	assert_nothing_left
}

@test "plain directories that are named as controllers are left alone" {
	v1_only
	set_args true
	cat >"$T/with-fakes" <<-'SH'
		set -e
		mkdir "$T/old"
		mount --rbind /sys/fs/cgroup "$T/old"
		mount -t tmpfs tmpfs /sys/fs/cgroup
		for dir in "$T"/old/*; do
			mountpoint -q "$dir" || continue
			mkdir "/sys/fs/cgroup/${dir##*/}"
			mount --bind "$dir" "/sys/fs/cgroup/${dir##*/}"
		done
		umount -R "$T/old"
		for fake in io hugetlb rdma misc net_cls unified memory; do
			if mountpoint -q "/sys/fs/cgroup/$fake"; then umount "/sys/fs/cgroup/$fake"; fi
			mkdir -p "/sys/fs/cgroup/$fake"
		done
		cd "$B"
		rc=0
		"$VIAL" --root "$ROOT" run "$ID" || rc=$?
		jq '.linux.resources.memory = {limit: 67108864}' config.json >new && mv new config.json
		"$VIAL" --root "$ROOT" run "$ID" && rc=9
		for fake in io hugetlb rdma misc net_cls unified memory; do
			[ -z "$(ls -A "/sys/fs/cgroup/$fake")" ] || { echo "$fake was used"; rc=9; }
		done
		exit $rc
	SH
	status=0
	export T B ROOT ID VIAL
	unshare -m --propagation private \
		sh "$T/with-fakes" >"$T/out" 2>&1 3>&- || status=$?
	output=$(cat "$T/out")
	status_is 0
	has 'cannot set memory limit: container could not join or create cgroup'
	rmdir "$T/old"
	assert_nothing_left
}

@test "a cgroup with processes in it is refused, and they live on" {
	mkdir -p "$(some_dir)"
	sleep 300 3>&- 4>&- &
	STRANGER=$!
	echo "$STRANGER" >"$(some_dir)/cgroup.procs"
	set_args true
	local cmd
	for cmd in run create; do
		v "$cmd" "$ID"
		vial_only "runc 1.1 warns"
		fails_with 1 "container's cgroup is not empty"
	done
	kill -0 "$STRANGER" || fail "a stranger was killed"
	kill "$STRANGER"
	wait "$STRANGER" 2>/dev/null || true
	STRANGER=
	until_true 5 rmdir "$(some_dir)"
	assert_nothing_left
}

@test "processes in a cgroup below it count, too" {
	mkdir -p "$(some_dir)/below"
	sleep 300 3>&- 4>&- &
	STRANGER=$!
	echo "$STRANGER" >"$(some_dir)/below/cgroup.procs"
	set_args true
	v run "$ID"
	vial_only "runc 1.1 does not look"
	fails_with 1 "container's cgroup is not empty"
	kill -0 "$STRANGER"
	kill "$STRANGER"
	wait "$STRANGER" 2>/dev/null || true
	STRANGER=
	until_true 5 rmdir "$(some_dir)/below" "$(some_dir)"
}

@test "a frozen cgroup is refused" {
	if ! cg_is_v2 && [ -z "$(cg_v1_top freezer)" ]; then skip "no freezer here"; fi
	vial_only "runc 1.1 thaws it"
	freeze_dir
	set_args true
	V_TIMEOUT=20 v run "$ID"
	fails_with 1 "container's cgroup unexpectedly frozen"
	V_TIMEOUT=20 v create "$ID"
	fails_with 1 "container's cgroup unexpectedly frozen"
	thaw_dir
	FROZEN=
	assert_nothing_left
}

@test "an empty directory of that name is taken over and removed" {
	mkdir -p "$(some_dir)/below"
	set_args true
	v run "$ID"
	status_is 0
	assert_nothing_left
}

@test "a relative cgroupsPath lies below our own, and cannot climb" {
	config --arg p "../../../../$CG" '.linux.cgroupsPath = $p'
	start_sleeper
	local own now
	if cg_is_v2; then
		own=$(sed -n 's/^0:://p' /proc/self/cgroup)
		now=$(sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup")
	else
		own=$(sed -n 's/^[0-9]*:pids://p' /proc/self/cgroup)
		now=$(sed -n 's/^[0-9]*:pids://p' "/proc/$(pid_of)/cgroup")
	fi
	is "$now" "${own%/}/$CG"
	v delete --force "$ID"
	assert_nothing_left
}

@test "v2: a populated cgroup above is left as it is, and a limit that it would take is refused" {
	v2_only
	local up=$CG_TOP/vial-tests/up-$ID
	mkdir -p "$up"
	sleep 300 3>&- 4>&- &
	STRANGER=$!
	echo "$STRANGER" >"$up/cgroup.procs"
	config --arg p "/vial-tests/up-$ID/$ID" '.linux.cgroupsPath = $p'
	set_args true
	v run "$ID"
	vial_only "runc makes it threaded"
	status_is 0
	is "$(cat "$up/cgroup.type") $(cat "$up/cgroup.subtree_control")" 'domain '
	if grep -qw pids "$up/cgroup.controllers"; then
		resources '{"pids": {"limit": 10}}'
		v run "$ID"
		fails_with 1 "processes live in $up itself"
	fi
	kill "$STRANGER"
	wait "$STRANGER" 2>/dev/null || true
	STRANGER=
	until_true 5 rmdir "$up"
	assert_nothing_left
}

@test "v2: born in its cgroup, and nothing is written to subtree_control that says so already" {
	v2_only
	command -v strace >/dev/null || skip "no strace"
	set_args true
	v run "$ID" # the parent is prepared now
	status_is 0
	mkdir -p "$CG_TOP/vial-tests/keep-$ID"
	(cd "$B" && ASAN_OPTIONS=detect_leaks=0 strace -f -o "$T/trace" -e trace=clone3,openat,write "$VIAL" --root "$ROOT" run "$ID") 3>&-
	rmdir "$CG_TOP/vial-tests/keep-$ID"
	grep -q 'clone3(.*CLONE_INTO_CGROUP' "$T/trace" || fail "$(grep clone3 "$T/trace")"
	! grep 'subtree_control.*O_WRONLY' "$T/trace" || fail "written again"
	# In a cgroup namespace only they tell what is mounted; init's own are another matter.
	[ "$(stat -c %i /sys/fs/cgroup)" != 1 ] || ! grep '/proc/self/mountinfo' "$T/trace" ||
		fail "the mounts of the host were read"
	! grep "\"cgroup.procs\", O_WRONLY" "$T/trace" || fail "moved, not born"
}

@test "v2: a cgroup namespace shows one directory" {
	v2_only
	config '.linux.namespaces += [{type: "cgroup"}]'
	set_sh 'cat /proc/self/cgroup | grep "^0:"; cat /sys/fs/cgroup/cgroup.procs | wc -l'
	v run "$ID"
	status_is 0
	is "$(sed -n 1p "$T/out")" '0::/'
	[ "$(sed -n 2p "$T/out")" -ge 1 ]
	assert_nothing_left
}

@test "sub-cgroups that the container made are removed, threaded ones too" {
	start_sleeper
	local v2
	if ! cg_is_v2; then
		awk '/ - cgroup / { print $5 }' /proc/self/mountinfo | while read -r top; do
			mkdir -p "$top/$CG/a/b/c" "$top/$CG/a/d"
		done
	fi
	v2=$(cg_v2_top)
	if [ -n "$v2" ]; then
		mkdir -p "$v2/$CG/thr/deep"
		echo threaded >"$v2/$CG/thr/cgroup.type" 2>/dev/null || true
		pid_of >"$v2/$CG/thr/cgroup.threads" 2>/dev/null || true
	fi
	v ps -f json "$ID"
	is "$(jq "index($(pid_of)) != null" "$T/out")" true
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

@test "many sub-cgroups, deep ones, with processes in them" {
	start_sleeper
	local dir i pids=()
	dir=$(some_dir)
	for i in 1 2 3 4 5 6 7 8 9 10; do
		mkdir -p "$dir/s$i/x/y/z"
		sleep 300 3>&- 4>&- &
		pids+=($!)
		echo $! >"$dir/s$i/x/y/z/cgroup.procs"
	done
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	v delete "$ID"
	status_is 0
	for i in "${pids[@]}"; do
		! kill -0 "$i" 2>/dev/null || fail "$i lives on"
	done
	assert_nothing_left
}

@test "a fork storm cannot outrun kill, nor delete --force" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	[ -z "$(cg_v1_top pids)" ] || resources '{"pids": {"limit": 100}}'
	# each generation forks the next and ends: no process is there for long
	set_sh 'storm() { while :; do (sleep 0.01; exec sh -c ":") & wait $!; done; }
		i=0; while [ $i -lt 25 ]; do storm & i=$((i + 1)); done; sleep 300'
	v run --detach "$ID"
	status_is 0
	sleep 0.5
	v kill "$ID" KILL
	status_is 0
	until_true 10 no_marked_pids || fail "some live on: $(marked_pids)"
	wait_state stopped
	v delete "$ID"
	status_is 0
	assert_nothing_left
	v run --detach "$ID"
	status_is 0
	sleep 0.3
	v delete --force "$ID"
	status_is 0
	no_marked_pids || fail "some live on"
	assert_nothing_left
}

@test "a chain of processes that fork and end is stopped" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	[ -z "$(cg_v1_top pids)" ] || resources '{"pids": {"limit": 60}}'
	set_sh 'cat >/tmp/c <<-"E"
		sh /tmp/c &
		exit
	E
	i=0; while [ $i -lt 10 ]; do sh /tmp/c & i=$((i + 1)); done; sleep 300'
	v run --detach "$ID"
	status_is 0
	sleep 0.3
	v kill "$ID" KILL
	status_is 0
	wait_state stopped
	until_true 10 no_marked_pids || fail "some live on: $(marked_pids)"
	v delete --force "$ID"
	status_is 0
	assert_nothing_left
}

delegate() { config --arg d "$1" '.annotations["run.oci.delegate-cgroup"] = $d'; }

@test "run.oci.delegate-cgroup: init lives below its limits, and may make cgroups of its own" {
	v2_only
	vial_only "crun's annotation"
	delegate /pay/load
	config '.linux.namespaces += [{type: "cgroup"}]
		| .mounts |= map(if .type == "cgroup" then .options = ["rw", "nosuid", "noexec", "nodev"] else . end)'
	config --arg p "/$CG" '.linux.cgroupsPath = $p'
	! grep -qw memory "$CG_TOP/cgroup.controllers" || resources '{"memory": {"limit": 67108864}}'
	set_sh 'cat /proc/self/cgroup; cd /sys/fs/cgroup; cat cgroup.procs; sed "s/[a-z]*/+&/g" cgroup.controllers >cgroup.subtree_control
		mkdir pay/load/own && echo $$ >pay/load/own/cgroup.procs && grep ^0: /proc/self/cgroup; sleep 1000'
	v run --detach "$ID"
	status_is 0
	until_true 5 grep -q own "$T/out" || fail "$(cat "$T/out" "$T/err")"
	is "$(grep ^0: "$T/out" | tr '\n' ' ')" '0::/pay/load 0::/pay/load/own '
	is "$(grep -c '^[0-9]*$' "$T/out" || true)" 0
	is "$(cat "$CG_TOP/$CG/cgroup.procs")" ''
	v exec "$ID" grep ^0: /proc/self/cgroup
	status_is 0
	v ps -f json "$ID"
	jq -e 'length >= 1' "$T/out"
	v pause "$ID"
	is_state paused
	v resume "$ID"
	v delete --force "$ID"
	[ ! -e "$CG_TOP/$CG" ]
	assert_nothing_left
}

@test "run.oci.delegate-cgroup: in a user namespace it belongs to the container's root" {
	v2_only
	vial_only "crun's annotation"
	delegate payload
	config '.linux.namespaces += [{type: "cgroup"}, {type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
		| .mounts |= map(if .type == "cgroup" then .options = ["rw", "nosuid", "noexec", "nodev"] else . end)'
	rm -rf "$B/rootfs"
	cp -a "$(image)" "$B/rootfs" # not hard links: the owner changes
	chown -R 100000:100000 "$B"
	chmod 755 "$T" "$B"
	set_sh 'mkdir /sys/fs/cgroup/payload/own && echo $$ >/sys/fs/cgroup/payload/own/cgroup.procs && echo made; sleep 1000'
	v run --detach "$ID"
	status_is 0
	until_true 5 grep -q made "$T/out" || fail "$(cat "$T/out" "$T/err")"
	is "$(stat -c %u "$CG_TOP/$CG/payload" "$CG_TOP/$CG/payload/cgroup.procs" "$CG_TOP/$CG/payload/cgroup.freeze" | tr '\n' ' ')" '100000 100000 0 '
	v delete --force "$ID"
	assert_nothing_left
}

@test "run.oci.delegate-cgroup: what is refused, with nothing left" {
	vial_only "crun's annotation"
	delegate sub
	if ! cg_is_v2; then
		v run "$ID"
		fails_with 1 'annotation run.oci.delegate-cgroup: only where cgroup v2 is all there is'
		return
	fi
	delegate ../sub
	v run "$ID"
	fails_with 1 'annotation run.oci.delegate-cgroup: bad sub cgroup path: ../sub'
	delegate 'cgroup.procs/x'
	v run "$ID"
	status_is 1
	has 'annotation run.oci.delegate-cgroup'
	assert_nothing_left
}
