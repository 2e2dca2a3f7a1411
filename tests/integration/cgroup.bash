# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
#
# Limits as the kernel shows them, on whatever layout there is. CG is the container's path below
# each hierarchy; a test names a file by controller, its name on v1 and its name on v2.

CG_TOP=/sys/fs/cgroup

cg_is_v2() { [ "$(stat -fc %T "$CG_TOP")" = cgroup2fs ]; }
# The v2 hierarchy of a hybrid host, or all there is.
cg_v2_top() {
	if cg_is_v2; then
		echo "$CG_TOP"
	elif [ "$(stat -fc %T "$CG_TOP/unified" 2>/dev/null)" = cgroup2fs ]; then
		echo "$CG_TOP/unified"
	fi
}
# cg_v1_top CONTROLLER: where it is mounted, or nothing.
cg_v1_top() {
	cg_is_v2 || awk -v c="$1" '$0 ~ / - cgroup / && $NF ~ "(^|,)" c "(,|$)" { print $5; exit }' \
		/proc/self/mountinfo
}
v1_only() { ! cg_is_v2 || skip "v1 alone has this"; }
v2_only() { cg_is_v2 || skip "only where v2 is all there is"; }

# cg_dir CONTROLLER: the container's directory. On v2 a controller has its v2 name (io).
cg_dir() {
	local top
	top=$(cg_v1_top "$1")
	echo "${top:-$(cg_v2_top)}/$CG"
}
# controller NAME [NAME-ON-V2]: skip where it is on neither.
controller() {
	[ -z "$(cg_v1_top "$1")" ] || return 0
	grep -qw "${2:-$1}" "$(cg_v2_top)/cgroup.controllers" 2>/dev/null ||
		skip "no controller $1 here"
}
# file CONTROLLER FILE-ON-V1 FILE-ON-V2: path of the container's file; "-": there is none
cg_file() {
	local name=$2
	[ -n "$(cg_v1_top "$1")" ] || name=$3
	[ "$name" != - ] || skip "$1 has no such file here"
	echo "$(cg_dir "$1")/$name"
}
# value CONTROLLER FILE-ON-V1 FILE-ON-V2
value() { cat "$(cg_file "$@")"; }
# is_value CONTROLLER FILE-ON-V1 FILE-ON-V2 WANT-ON-V1 [WANT-ON-V2]
is_value() {
	local want=$4
	[ -n "$(cg_v1_top "$1")" ] || want=${5-$4}
	is "$(value "$1" "$2" "$3")" "$want" "$1"
}
has_file() { [ -e "$(cg_file "$@")" ] || skip "this kernel has no ${*: -1}"; }

resources() { config --argjson r "$1" '.linux.resources += $r'; }
# A block device, as "254:0".
block_device() {
	local dev
	for dev in /sys/block/*/dev; do
		case $dev in */loop* | */ram*) continue ;; esac
		[ -e "$dev" ] && cat "$dev" && return
	done
	skip "no block device"
}

# The container's own user of CPU: writes to a file as long as it runs.
start_ticker() {
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["rbind", "rw"]}]'
	set_sh 'while :; do echo x >>/data/ticks; sleep 0.05; done'
	v run --detach "$ID"
	status_is 0
	until_true 10 test -s "$T/ticks"
}
ticks() { wc -c <"$T/ticks"; }

# fake_controllers: plain directories named as v2's controllers are, as Podman leaves on v1; in
# the mount namespace that the suite runs in.
cg_fixture() {
	setup_container
	CG=vial-tests/$ID
}
