#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# exec --cgroup: the cgroup of the process.

bats_require_minimum_version 1.5.0
load helpers

setup() { setup_container; }
teardown() { teardown_container; }

# v1_dir CONTROLLER: the container's directory there
v1_dir() {
	local mount
	mount=$(awk -v c="$1" '$3 == "cgroup" && $4 ~ "(^|,)" c "(,|$)" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] && echo "$mount/vial-tests/$ID"
}
v2_dir() {
	local mount
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] && echo "$mount/vial-tests/$ID"
}
need_v1() { v1_dir memory >/dev/null || skip "no memory controller in v1"; }
is_v2_only() { [ -z "$(awk '$3 == "cgroup"' /proc/mounts)" ]; }

# move_all FROM TO: every process; some may have ended meanwhile
move_all() {
	local pid
	while read -r pid; do
		echo "$pid" >"$2/cgroup.procs" 2>/dev/null || true
	done < <(cat "$1/cgroup.procs")
	[ -z "$(cat "$1/cgroup.procs")" ] || move_all "$@"
}

@test "by default in all of the container's cgroups" {
	needs_v1
	start_sleeper
	v exec "$ID" cat /proc/self/cgroup
	status_is 0
	is "$(grep -vc "/vial-tests/$ID\$" "$T/out" || true)" 0
	v exec --cgroup / "$ID" cat /proc/self/cgroup
	is "$(grep -vc "/vial-tests/$ID\$" "$T/out" || true)" 0
}

@test "one path for all hierarchies" {
	needs_v1
	local dir
	start_sleeper
	cgroup_dirs | while read -r dir; do
		mkdir "$dir/sub"
		for f in cpuset.cpus cpuset.mems; do
			[ ! -e "$dir/$f" ] || cat "$dir/$f" >"$dir/sub/$f"
		done
	done
	v exec --cgroup sub "$ID" cat /proc/self/cgroup
	status_is 0
	is "$(grep -vc "/vial-tests/$ID/sub\$" "$T/out" || true)" 0
	v exec --cgroup=/sub/ "$ID" cat /proc/self/cgroup
	is "$(grep -vc "/vial-tests/$ID/sub\$" "$T/out" || true)" 0
}

@test "paths by controller, repeated" {
	needs_v1
	need_v1
	start_sleeper
	mkdir "$(v1_dir memory)/submem" "$(v1_dir cpu)/subcpu"
	mkdir -p "$(v1_dir cpuacct)/subcpu"
	v exec --cgroup memory:submem --cgroup cpu,cpuacct:subcpu "$ID" cat /proc/self/cgroup
	status_is 0
	grep -q ":memory:/vial-tests/$ID/submem\$" "$T/out"
	grep -q "cpu:/vial-tests/$ID/subcpu\$" "$T/out"
	grep -q "pids:/vial-tests/$ID\$" "$T/out"
}

@test "out of the container's cgroup: refused, by component" {
	local path
	start_sleeper
	for path in .. ../ ../other "../$ID-sibling" sub/../.. /../x 'a/..' "../../vial-tests/$ID"; do
		v exec --cgroup "$path" "$ID" true
		fails_with 255 'exec failed: bad sub cgroup path'
	done
	need_v1
	v exec --cgroup "memory:../$ID" "$ID" true
	fails_with 255 'bad sub cgroup path'
}

@test "missing cgroup, unknown controller, empty ones" {
	needs_v1
	start_sleeper
	v exec --cgroup nosuch "$ID" true
	status_is 255
	[[ $output == *" adding pid "*" to cgroups"*"/nosuch"*": no such file or directory"* ]] || fail text
	v exec --cgroup whaaat:/ "$ID" true
	fails_with 255 'unknown controller '
	v exec --cgroup :x "$ID" true
	fails_with 255 'exec failed: invalid --cgroup argument'
	v exec --cgroup a --cgroup b "$ID" true
	fails_with 255 'exec failed: invalid --cgroup argument'
	need_v1
	v exec --cgroup memory:nosuch "$ID" true
	[[ $output == *" adding pid "*" to cgroups"*"/nosuch"*": no such file or directory"* ]] || fail text
	# nothing of those that failed stays
	v exec "$ID" sh -c 'ls -d /proc/[0-9]* | wc -l'
	[ "$output" -le 5 ] || fail "processes"
}

@test "an existing sub-cgroup does not change where the default leads" {
	start_sleeper
	mkdir "$(cgroup_dirs | head -1)/sub"
	v exec "$ID" cat /proc/self/cgroup
	is "$(grep -c "/sub\$" "$T/out" || true)" 0
}

@test "v2: where init is, when the container's own cgroup takes no processes or is gone" {
	needs_v1
	local dir
	dir=$(v2_dir) || skip "no v2"
	start_sleeper
	mkdir "$dir/init"
	move_all "$dir" "$dir/init"
	tr ' ' '\n' <"$dir/cgroup.controllers" | while read -r controller; do
		echo "+$controller" >"$dir/cgroup.subtree_control" 2>/dev/null || true
	done
	if [ -n "$(cat "$dir/cgroup.subtree_control")" ] && ! (echo 0 >"$dir/cgroup.procs") 2>/dev/null; then
		v exec "$ID" grep ^0: /proc/self/cgroup
		output_is "0::/vial-tests/$ID/init"
		v exec --cgroup / "$ID" true
		status_is 255
		[[ $output == *" adding pid "*" to cgroups"*"evice or resource busy"* ]] || fail text
	else
		# no controller to be had here: any process may be in the middle
		v exec "$ID" grep ^0: /proc/self/cgroup
		output_is "0::/vial-tests/$ID"
	fi
}

@test "a container whose v2 cgroup was removed under it" {
	needs_v1
	local dir
	dir=$(v2_dir) || skip "no v2"
	is_v2_only && skip "needs a hybrid host"
	start_sleeper
	mkdir "$(dirname "$dir")/elsewhere"
	move_all "$dir" "$(dirname "$dir")/elsewhere"
	until_true 5 rmdir "$dir"
	v exec "$ID" grep ^0: /proc/self/cgroup
	output_is '0::/vial-tests/elsewhere'
	v delete -f "$ID"
	until_true 5 rmdir "$(dirname "$dir")/elsewhere"
}
