#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2154
# SPDX-License-Identifier: Apache-2.0
# exec --cgroup: the cgroup of the process.

bats_require_minimum_version 1.5.0
load helpers
load cgroup

setup() { cg_fixture; }
teardown() { teardown_container; }

# v1_dir CONTROLLER: the container's directory there
v1_dir() { [ -n "$(cg_v1_top "$1")" ] && cg_dir "$1"; }
v2_dir() {
	local top
	top=$(cg_v2_top)
	[ -n "$top" ] && echo "$top/$CG"
}
need_v1() { v1_dir memory >/dev/null || skip "no memory controller in v1"; }

# others PATH: how many hierarchies the process is elsewhere in; but for what is mounted nowhere,
# and may be the remains of another test
others() { grep -v ':net_cls' "$T/out" | grep -vc ":$1\$" || true; }

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
	is "$(others "/vial-tests/$ID")" 0
	v exec --cgroup / "$ID" cat /proc/self/cgroup
	is "$(others "/vial-tests/$ID")" 0
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
	is "$(others "/vial-tests/$ID/sub")" 0
	v exec --cgroup=/sub/ "$ID" cat /proc/self/cgroup
	is "$(others "/vial-tests/$ID/sub")" 0
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
	v1_dir memory >/dev/null || return 0
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

@test "missing cgroup, controllers named where there are none to name" {
	v2_only
	start_sleeper
	v exec --cgroup nosuch "$ID" true
	status_is 255
	[[ $output == *" adding pid "*" to cgroups"*"/nosuch"*": no such file or directory"* ]] || fail text
	v exec --cgroup memory:/ "$ID" true
	status_is 255
	v exec --cgroup a --cgroup b "$ID" true
	fails_with 255 'exec failed: invalid --cgroup argument'
	mkdir "$(v2_dir)/sub"
	v exec --cgroup=/sub/ "$ID" grep ^0: /proc/self/cgroup
	output_is "0::/$CG/sub"
}

@test "an existing sub-cgroup does not change where the default leads" {
	start_sleeper
	mkdir "$(cgroup_dirs | head -1)/sub"
	v exec "$ID" cat /proc/self/cgroup
	is "$(grep -c "/sub\$" "$T/out" || true)" 0
}

# Domain controllers in subtree_control forbid processes beside them (EBUSY). Where v2 has none, as
# on most hybrid hosts, any process may be in the middle.
@test "v2: where init is, when the container's own cgroup takes no processes" {
	local dir controller
	dir=$(v2_dir) || skip "no v2"
	for controller in memory hugetlb; do
		grep -qw $controller "$(cg_v2_top)/cgroup.controllers" || continue
		[ $controller = memory ] && resources '{"memory": {"limit": 67108864}}' && break
		resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	done
	start_sleeper
	mkdir "$dir/init"
	move_all "$dir" "$dir/init"
	if grep -qE 'memory|hugetlb' "$dir/cgroup.controllers"; then
		sed 's/\([a-z]\+\)/+\1/g' "$dir/cgroup.controllers" >"$dir/cgroup.subtree_control"
		v exec "$ID" grep ^0: /proc/self/cgroup
		output_is "0::/vial-tests/$ID/init"
		is "$(cat "$dir/cgroup.procs")" ""
		v exec --cgroup / "$ID" true
		status_is 255
		[[ $output == *" adding pid "*" to cgroups"*"evice or resource busy"* ]] || fail text
		[ "$PROGRAM" != vial ] || has '(controllers are enabled for the cgroups below it, so that it takes no processes itself)'
		cg_is_v2 || return 0
		v exec --cgroup=init "$ID" grep ^0: /proc/self/cgroup
		output_is "0::/vial-tests/$ID/init"
	else
		v exec "$ID" grep ^0: /proc/self/cgroup
		output_is "0::/vial-tests/$ID"
	fi
}

@test "a container whose v2 cgroup was removed under it" {
	local dir
	dir=$(v2_dir) || skip "no v2"
	! cg_is_v2 || skip "needs a hybrid host"
	start_sleeper
	mkdir "$(dirname "$dir")/elsewhere"
	move_all "$dir" "$(dirname "$dir")/elsewhere"
	until_true 5 rmdir "$dir"
	v exec "$ID" grep ^0: /proc/self/cgroup
	output_is '0::/vial-tests/elsewhere'
	v delete -f "$ID"
	until_true 5 rmdir "$(dirname "$dir")/elsewhere"
}
