#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # the variables are jq's
# events: each member of a line of statistics, in the order and of the type that runc 1.5.1 prints,
# on whatever layout of cgroups there is; what is zero is left out, as runc does.

load helpers
load cgroup
setup() { cg_fixture; }
teardown() { teardown_container; }

# A name with "?" may be missing, "*" stands for any name, a list has one type for all its items.
SHAPE='
def use: {"limit": "number", "usage?": "number", "max?": "number", "failcnt": "number"};
def pressure: {"avg10": "number", "avg60": "number", "avg300": "number", "total": "number"};
def psi: {"some": pressure, "full": pressure};
def io: [{"major?": "number", "minor?": "number", "op?": "string", "value?": "number"}];
def line: {"type": "string", "id": "string", "data": {
	"cpu": {
		"usage": {"total?": "number", "percpu?": ["number"], "percpu_kernel?": ["number"],
			"percpu_user?": ["number"], "kernel": "number", "user": "number"},
		"throttling?": {"periods?": "number", "throttledPeriods?": "number", "throttledTime?": "number"},
		"psi?": psi},
	"cpuset": {"cpus?": ["number"], "cpu_exclusive": "number", "mems?": ["number"],
		"mem_hardwall": "number", "mem_exclusive": "number", "memory_migrate": "number",
		"memory_spread_page": "number", "memory_spread_slab": "number", "memory_pressure": "number",
		"sched_load_balance": "number", "sched_relax_domain_level": "number"},
	"memory": {"cache?": "number", "usage?": use, "swap?": use, "kernel?": use, "kernelTCP?": use,
		"raw?": {"*": "number"}, "psi?": psi},
	"pids": {"current?": "number", "limit?": "number"},
	"blkio": {"ioServiceBytesRecursive?": io, "ioServicedRecursive?": io, "ioQueueRecursive?": io,
		"ioServiceTimeRecursive?": io, "ioWaitTimeRecursive?": io, "ioMergedRecursive?": io,
		"ioTimeRecursive?": io, "sectorsRecursive?": io, "psi?": psi},
	"hugetlb": {"*": {"usage?": "number", "max?": "number", "failcnt": "number"}},
	"intel_rdt": {},
	"network_interfaces": "null"}};
# what does not fit, each with its path
def misfits($t; $at):
	if ($t | type) == "string" then select(type != $t) | "\($at) is \(type), not \($t)"
	elif type != ($t | type) then "\($at) is \(type), not \($t | type)"
	elif type == "array" then .[] | misfits($t[0]; $at + "[]")
	elif $t | has("*") then to_entries[] | .key as $k | .value | misfits($t["*"]; "\($at).\($k)")
	else
		keys_unsorted as $have | [$t | keys_unsorted[] | rtrimstr("?")] as $known |
		($have - $known | .[] | "\($at).\(.) is unknown"),
		($t | keys_unsorted[] | select(endswith("?") | not) | select([.] - $have != []) | "\($at).\(.) is missing"),
		([$known[] | select([.] - $have == [])] as $order | select($have - $known == [] and $order != $have) |
			"\($at): the order \($have)"),
		(to_entries[] | .key as $k | .value |
			misfits($t[$k] // $t[$k + "?"] // empty; "\($at).\($k)"))
	end;
misfits(line; "")'

# fits: the line in $T/out
fits() { is "$(jq -r "$SHAPE" "$T/out")" "" "$(cat "$T/out")"; }
# member FILTER: it is there and true
member() { jq -e "$@" "$T/out" >/dev/null || fail "not $*: $(cat "$T/out")"; }
has_controller() {
	[ -n "$(cg_v1_top "$1")" ] || grep -qw "${2:-$1}" "$(cg_v2_top)/cgroup.controllers" 2>/dev/null
}

@test "a container without limits: all members, and none that is zero" {
	set_args sleep 1000
	v run --detach "$ID"
	status_is 0
	v events --stats "$ID"
	status_is 0
	fits
	member --arg id "$ID" '.type == "stats" and .id == $id and .data.pids == {current: 1}'
	vial_only "runc writes an empty one before 1.5"
	member '.data.cpu | has("throttling") | not'
	if [ -n "$(cg_v1_top cpuacct)" ]; then
		member '.data.cpu.usage | [.percpu, .percpu_kernel, .percpu_user] | map(length) | unique == ['"$(getconf _NPROCESSORS_CONF)"']'
	else
		member '.data.cpu.usage | has("percpu") | not'
	fi
	if [ -n "$(cg_v1_top cpuset)" ]; then
		member '.data.cpuset | .cpus[0] >= 0 and .mems == [0] and .sched_load_balance == 1 and .sched_relax_domain_level == -1'
	elif cg_is_v2; then
		member '.data.cpuset | length == 9 and all(.[]; . == 0)'
	fi
	if [ -n "$(cg_v1_top memory)" ]; then
		member '.data.memory | .usage.usage > 0 and .usage.limit > 0 and .usage.max > 0 and .raw.total_rss >= 0'
	elif has_controller memory; then
		member '.data.memory | .usage.usage > 0 and .usage.limit == 18446744073709551615 and .raw.anon > 0 and
			(has("kernel") or has("kernelTCP") | not) and .swap.usage >= .usage.usage'
	else
		member '.data.memory | del(.psi) == {}'
	fi
	if cg_is_v2 && [ -e "$(cg_v2_top)/cpu.pressure" ]; then
		member '[.data.cpu, .data.memory, .data.blkio] | all(has("psi"))'
	else
		member '[.data.cpu, .data.memory, .data.blkio] | any(has("psi")) | not'
	fi
	if compgen -G "$(cg_dir hugetlb)/hugetlb.*" >/dev/null; then
		member '.data.hugetlb | length > 0'
	else
		member '.data.hugetlb == {}'
	fi
}

@test "a container at its limits: what is counted then" {
	local want='.data'
	if has_controller pids; then
		resources '{"pids": {"limit": 77}}'
		want+=' | select(.pids == {current: 1, limit: 77})'
	fi
	if has_controller memory; then
		resources '{"memory": {"limit": 67108864}}'
		want+=' | select(.memory.usage.limit == 67108864 and .memory.usage.usage > 0 and .memory.cache > 0)'
	fi
	if has_controller cpu; then
		resources '{"cpu": {"quota": 2000, "period": 100000}}'
		want+=' | select(.cpu.throttling | .periods > 0 and .throttledPeriods > 0 and .throttledTime > 0)'
	fi
	[ "$want" != .data ] || skip "no controller here"
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs"}]'
	set_sh 'dd if=/dev/zero of=/data/cached bs=4096 count=16 2>/dev/null; while :; do :; done'
	v run --detach "$ID"
	status_is 0
	at_limits() { "$VIAL" --root "$ROOT" events --stats "$ID" >"$T/out" && jq -e "$want" "$T/out"; }
	until_true 60 at_limits || fail "not $want: $(cat "$T/out")"
	fits
}

@test "block I/O: bytes and operations of a device" {
	has_controller blkio io || skip "no controller for block I/O here"
	local dev
	dev=$(block_device)
	is_readable() {
		local node
		node=/dev/$(sed -n 's/^DEVNAME=//p' "/sys/dev/block/$dev/uevent")
		[ "$(dd if="$node" bs=4096 count=4 iflag=direct 2>/dev/null | wc -c)" -eq 16384 ]
	}
	is_readable || skip "this machine lets nobody read its disk; the virtual machine does"
	config --argjson major "${dev%:*}" --argjson minor "${dev#*:}" '
		.linux.devices += [{type: "b", path: "/dev/disk", major: $major, minor: $minor, fileMode: 384}]
		| .linux.resources.devices += [{allow: true, type: "b", major: $major, minor: $minor, access: "rm"}]'
	set_sh 'dd if=/dev/disk of=/dev/null bs=4096 count=4 iflag=direct && exec sleep 1000'
	v create "$ID"
	status_is 0
	v start "$ID"
	status_is 0
	read_it() { "$VIAL" --root "$ROOT" events --stats "$ID" >"$T/out" && jq -e '.data.blkio.ioServicedRecursive' "$T/out"; }
	until_true 20 read_it || fail "nothing counted: $(cat "$T/out")"
	fits
	member --argjson major "${dev%:*}" --argjson minor "${dev#*:}" '
		def of($op): map(select(.op == $op and (.major // 0) == $major and (.minor // 0) == $minor)) | .[0].value // 0;
		.data.blkio | (.ioServiceBytesRecursive | of("Read")) >= 16384 and (.ioServicedRecursive | of("Read")) >= 4'
	if cg_is_v2; then
		member '.data.blkio.ioServicedRecursive | map(.op) | unique == ["Read", "Write"]'
	else
		member '.data.blkio.ioServicedRecursive | map(.op) | unique | . - ["Async", "Discard", "Read", "Sync", "Total", "Write"] == []'
	fi
}

@test "the comparison finds what is wrong" {
	local edit
	set_args sleep 1000
	v run --detach "$ID"
	v events --stats "$ID"
	fits
	cp "$T/out" "$T/good"
	for edit in 'del(.data.intel_rdt)' '.data.extra = 1' '.data.cpu.usage.total = "1"' '.data.hugetlb.X = {}' \
		'.data.network_interfaces = []' '.data.cpu.usage.percpu = ["1"]' '.data.pids = []' \
		'.data |= ({hugetlb} + .)' '.data.cpu.usage |= ({user} + .)' 'del(.data.cpuset.mem_hardwall)' \
		'.data.blkio.ioServicedRecursive = [{op: 1}]' '.data.memory.raw = {x: null}' '.data.cpu.psi = {some: {}}'; do
		jq -c "$edit" "$T/good" >"$T/out"
		[ -n "$(jq -r "$SHAPE" "$T/out")" ] || fail "$edit is not found"
	done
}
