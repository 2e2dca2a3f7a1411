#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Options are written `--name value` and `--name=value`: what no other file uses is used here, and
# the last test sees to it that every option of every command is used somewhere, in both ways.

bats_require_minimum_version 1.5.0
load helpers
load cgroup

setup() {
	cg_fixture
	vial_only "some are crun's or ours"
}
teardown() { teardown_container; }

@test "create and run: --bundle=, --config=, --pid-file=, --preserve-fds=" {
	local command detach=()
	cp "$B/config.json" "$B/other.json"
	for command in create run; do
		set_args sleep 1000
		mv "$B/config.json" "$B/other.json"
		[ $command = create ] || detach=(--detach)
		v_in / "$command" "${detach[@]}" --bundle="$B" --config="$B/other.json" \
			--pid-file="$T/pid" --preserve-fds=0 "$ID"
		status_is 0
		is "$(cat "$T/pid")" "$(pid_of)"
		v delete --force "$ID"
		v create --config other.json "$ID"
		status_is 0
		v delete --force "$ID"
		mv "$B/other.json" "$B/config.json"
	done
	v run --bundle="$T/none" "$ID"
	status_is 1
	v run --config=none.json "$ID"
	fails_with 1 none.json
	v run --config none.json "$ID"
	fails_with 1 none.json
	v run --pid-file= --preserve-fds=x "$ID"
	fails_with 1 preserve-fds
}

@test "create, run, exec: --console-socket=, --pidfd-socket=, --process=" {
	local command detach=()
	config '.process.terminal = true'
	set_args sleep 1000
	for command in create run; do
		start_recvtty
		start_recvpidfd 0
		[ $command = create ] || detach=(--detach)
		v "$command" "${detach[@]}" --console-socket="$T/tty.sock" \
			--pidfd-socket="$T/pidfd.sock" "$ID"
		status_is 0
		wait "$RECVPIDFD_PID"
		is "$(cat "$T/pidfd")" "standard $(pid_of)"
		v delete --force "$ID"
		wait "$RECVTTY_PID" || true
		rm -f "$T"/*.sock
	done
	v create --console-socket="$T/none.sock" "$ID"
	status_is 1
	v create --pidfd-socket="$T/none.sock" --console-socket="$T/none.sock" "$ID"
	status_is 1
	config '.process.terminal = false'
	v run --detach "$ID"
	jq '.process | .args = ["sh", "-c", "test -t 1; echo tty $?"] | .terminal = true' "$B/config.json" >"$T/p.json"
	start_recvtty
	v exec --detach --process="$T/p.json" --console-socket="$T/tty.sock" "$ID"
	status_is 0
	until_true 5 grep -q 'tty 0' "$T/tty"
	v exec --process="$T/none.json" "$ID"
	fails_with 255 none.json
}

@test "update: --name=value of every number and list" {
	start_sleeper
	local controller option value file1 want1 file2 want2 n=0
	while read -r controller _ option file1 want1 file2 want2; do
		if [ -z "$(cg_v1_top "$controller")" ]; then
			cg_is_v2 && grep -qw "$controller" "$CG_TOP/cgroup.controllers" || continue
			file1=$file2 want1=$want2
		fi
		[ -e "$(cg_dir "$controller")/$file1" ] || continue
		v update "$option" "$ID"
		status_is 0
		is "$(cat "$(cg_dir "$controller")/$file1")" "${want1//_/ }" "$option"
		v update "${option%%=*}" "${option#*=}" "$ID"
		status_is 0
		is "$(cat "$(cg_dir "$controller")/$file1")" "${want1//_/ }" "$option, apart"
		n=$((n + 1))
	done <<-'ROWS'
		cpu update --cpu-period=80000 cpu.cfs_period_us 80000 cpu.max max_80000
		cpu update --cpu-quota=40000 cpu.cfs_quota_us 40000 cpu.max 40000_80000
		cpu update --cpu-burst=10000 cpu.cfs_burst_us 10000 cpu.max.burst 10000
		cpu update --cpu-share=512 cpu.shares 512 cpu.weight 59
		cpuset update --cpuset-cpus=0 cpuset.cpus 0 cpuset.cpus 0
		cpuset update --cpuset-mems=0 cpuset.mems 0 cpuset.mems 0
		memory update --memory=64M memory.limit_in_bytes 67108864 memory.max 67108864
		memory update --memory-reservation=32M memory.soft_limit_in_bytes 33554432 memory.low 33554432
		memory update --memory-swap=96M memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
		pids update --pids-limit=20 pids.max 20 pids.max 20
		cpu update --cpu-idle=1 cpu.idle 1 cpu.idle 1
	ROWS
	[ "$n" -gt 0 ] || skip "no controller here"
}

@test "update: --cpu-rt-period=, --cpu-rt-runtime=" {
	v1_only
	controller cpu
	[ -e "$(cg_v1_top cpu)/cpu.rt_runtime_us" ] || skip "no realtime groups"
	start_sleeper
	v update --cpu-rt-period=500000 --cpu-rt-runtime=0 "$ID"
	status_is 0
	is "$(value cpu cpu.rt_period_us -) $(value cpu cpu.rt_runtime_us -)" '500000 0'
	v update --cpu-rt-runtime=-2 "$ID"
	status_is 1
}

@test "update: --l3-cache-schema=, --mem-bw-schema= of a container without resctrl" {
	start_sleeper
	local option
	for option in --l3-cache-schema --mem-bw-schema; do
		v update "$option=x" "$ID"
		status_is 1
		cp "$T/err" "$T/err.first"
		v update "$option" x "$ID"
		status_is 1
		is "$(sed 's/^time="[^"]*"//' "$T/err")" "$(sed 's/^time="[^"]*"//' "$T/err.first")"
	done
}

@test "plan, seccomp, check, spec: their options" {
	local option
	config '.process.terminal = true'
	v_in / plan --bundle "$B" --console-socket "$T/x" --pidfd-socket "$T/y" --pid-file "$T/z" \
		--preserve-fds 1 --no-pivot --no-new-keyring
	status_is 0
	cp "$T/out" "$T/first"
	v_in / plan --bundle="$B" --console-socket="$T/x" --pidfd-socket="$T/y" --pid-file="$T/z" \
		--preserve-fds=1 --no-pivot --no-new-keyring
	status_is 0
	cmp "$T/out" "$T/first"
	has ' by move'
	lacks keyring
	[ ! -e "$T/z" ] || fail "plan has written a file"
	mv "$B/config.json" "$B/other.json"
	v_in "$B" plan --config other.json
	status_is 0
	v_in "$B" plan --config=other.json
	status_is 0
	v_in "$B" plan --config=none.json
	status_is 1
	mv "$B/other.json" "$B/config.json"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		syscalls: [{names: ["read"], action: "SCMP_ACT_ALLOW"}]}'
	v_in / seccomp --bundle="$B" --dump
	status_is 0
	cp "$T/out" "$T/first"
	[ -s "$T/first" ]
	v_in / seccomp --bundle "$B" --dump
	cmp "$T/out" "$T/first"
	v_in / seccomp --bundle="$B" --arch=x86 read
	status_is 0
	cp "$T/out" "$T/first"
	v_in / seccomp --bundle="$B" --arch x86 read
	cmp "$T/out" "$T/first"
	v_in / seccomp --bundle="$B" --arch=nosuch read
	status_is 1
	mkdir "$T/new"
	v_in / spec --bundle="$T/new"
	status_is 0
	[ -s "$T/new/config.json" ]
	v_in / spec --bundle="$T/new"
	fails_with 1 'exists. Remove it first'
}

@test "check: --bundle=, --config=, --format=" {
	v_in / check --bundle="$B" --config="$B/config.json" --format=json
	jq -e 'type == "object" or type == "array"' "$T/out"
	cp "$T/out" "$T/first"
	v_in / check --bundle "$B" --config "$B/config.json" --format json
	jq -e 'type == "object" or type == "array"' "$T/out"
	v_in / check --format=x
	fails_with 2 'invalid format "x"'
}

@test "run --seccomp-record=, global --log-format=" {
	v run --seccomp-record="$T/profile.json" "$ID"
	status_is 0
	jq -e '.syscalls | length > 0' "$T/profile.json"
	v --log-format=json run "$ID-none" --bundle=/no/such
	status_is 1
	jq -e '.level == "error"' "$T/err"
	v --log-format=xyz list
	fails_with 1 'invalid log-format: xyz'
}

# What they do is in checkpoint_options.bats, which has the commands in functions.
@test "checkpoint, restore: values in both ways, of a container and of images that are not there" {
	mkdir -p "$T/i" "$T/p"
	v checkpoint --image-path="$T/i" --work-path="$T/w" --parent-path=../p --manage-cgroups-mode=soft \
		--network-lock=skip --empty-ns=network --page-server=127.0.0.1:1 --status-fd=1 "$ID"
	fails_with 1 'container does not exist'
	v checkpoint --image-path "$T/i" --work-path "$T/w" --parent-path ../p --manage-cgroups-mode soft \
		--network-lock skip --empty-ns network --page-server 127.0.0.1:1 --status-fd 1 "$ID"
	fails_with 1 'container does not exist'
	v checkpoint --tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --auto-dedup --link-remap \
		--tcp-skip-in-flight --lazy-pages --page-server 127.0.0.1:1 "$ID"
	fails_with 1 'container does not exist'
	v restore --bundle="$B" --console-socket="$T/c.sock" --pid-file="$T/pid" --image-path="$T/i" --work-path="$T/w" \
		--manage-cgroups-mode=soft --network-lock=skip --empty-ns=network --lsm-profile=apparmor:x \
		--lsm-mount-context=y "$ID"
	status_is 1
	assert_nothing_left
}

@test "global --trace=" {
	v --trace="$T/trace.json" state "$ID"
	status_is 1
	jq -e 'length > 0' "$T/trace.json"
}

# options [COMMAND]: "--name" or "--name value", one a line
options() {
	(cd / && "$VIAL" ${1+"$1"} --help) | sed -n '/OPTIONS:$/,$p' |
		sed -nE 's/^   (--[a-z0-9-]+)( value)?(, -[a-zA-Z]( value)?)?( .*)?$/\1\2/p'
}
# used COMMAND WAY: some line of the tests has the command (any, when empty) and the option so
used() { grep -E -- "(^|[^a-z-])$1([^a-z-]|$)" "$T/lines" | grep -qE -- "$2"; }

@test "every option of every command is used by a test, in both ways" {
	local command option value missing=()
	sed -e ':a' -e '/\\$/N; s/\\\n[ \t]*/ /; ta' "$TOP"/tests/integration/*.bats >"$T/lines"
	for command in '' $(cd / && "$VIAL" --help | sed -n '/^COMMANDS:/,/^$/p' | sed '1d;/^$/d;/help, h/d' | awk '{ print $1 }'); do
		while read -r option value; do
			[ "$option" != --help ] || continue # of all of them: runc_errors.bats
			if [ -z "$value" ]; then
				used "$command" "${option}([^a-z-]|$)" || missing+=("$command $option")
				continue
			fi
			used "$command" "${option}[\"']* [^ ]" || missing+=("$command $option value")
			used "$command" "$option=" || missing+=("$command $option=value")
		done < <(options ${command:+"$command"})
	done
	[ ${#missing[@]} -eq 0 ] || fail "$(printf '%s\n' "no test has:" "${missing[@]}")"
}
