#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Seccomp filters in containers, and `vial seccomp` about them.

load helpers

setup() { setup_container; }
teardown() { teardown_container; }

# filter JQ: edit an empty filter that allows
filter() { config "$1"' | .linux.seccomp.defaultAction //= "SCMP_ACT_ALLOW"'; }

# A 32-bit program in machine code, for machines without a 32-bit compiler: it makes the system
# call $1 with the arguments $2 $3 $4 and exits with what it returns, as 0 to 255.
program32() {
	local le32='import struct,sys
def le(n): return struct.pack("<I", n & 0xffffffff)
nr, a, b, c = (int(x, 0) for x in sys.argv[2:6])
code = b"\xb8" + le(nr) + b"\xbb" + le(a) + b"\xb9" + le(b) + b"\xba" + le(c) + b"\xcd\x80"
code += b"\xf7\xd8\x89\xc3\xb8" + le(1) + b"\xcd\x80"
base = 0x08048000
head = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + 84, 52, 0, 0, 52, 32, 1, 0, 0, 0)
head += struct.pack("<IIIIIIII", 1, 0, base, base, 84 + len(code), 84 + len(code), 5, 0x1000)
open(sys.argv[1], "wb").write(head + code)'
	python3 -c "$le32" "$@" && chmod 755 "$1"
}
has_32bit() {
	program32 "$T/p32" 20 0 0 0 # getpid
	"$T/p32" || [ $? -lt 126 ] || skip "this kernel runs no 32-bit programs"
}

@test "seccomp: the smallest profile there can be, with no_new_privs" {
	vial_only "runc needs more itself"
	printf '#include <unistd.h>\n#include <sys/syscall.h>\nvoid _start(void){static const char t[]="fine\\n";long r;__asm__ volatile("syscall":"=a"(r):"a"(1),"D"(1),"S"(t),"d"(5):"rcx","r11","memory");__asm__ volatile("syscall"::"a"(231),"D"(3):"rcx","r11","memory");}\n' >"$T/p.c"
	cc -nostdlib -static -O1 -fno-stack-protector -o "$B/rootfs/bin/tiny" "$T/p.c" || skip "no static compiler"
	config '.process.noNewPrivileges = true | .process.args = ["/bin/tiny"] | .linux.seccomp =
		{defaultAction: "SCMP_ACT_KILL_PROCESS",
		 syscalls: [{names: ["execve", "exit_group", "write"], action: "SCMP_ACT_ALLOW"}]}'
	v run "$ID"
	status_is 3
	has fine
	v create "$ID"
	status_is 0
	v start "$ID"
	status_is 0
	wait_state stopped
	v delete "$ID"
	config '.linux.seccomp.syscalls[0].names -= ["execve"]'
	v run "$ID"
	[ "$status" -ne 0 ]
	assert_nothing_left
}

@test "seccomp: exec is denied what the container is denied, by the stored program" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"],
		action: "SCMP_ACT_ERRNO", errnoRet: 100}]}'
	start_sleeper
	v exec "$ID" mkdir /tmp/x
	status_is 1
	has 'Network is down'
	[ "$PROGRAM" = vial ] || return 0
	is "$(stat -c %a "$ROOT/$ID/seccomp.bpf")" 600
	# What exec loads is the file.
	printf x | dd of="$ROOT/$ID/seccomp.bpf" bs=1 seek=40 conv=notrunc 2>/dev/null
	v exec "$ID" true
	fails_with 255 'seccomp.bpf'
	chmod 666 "$ROOT/$ID/seccomp.bpf"
	v exec "$ID" true
	fails_with 255 'seccomp.bpf: not a file that only we can write'
}

@test "seccomp: 32-bit programs have their own numbers" {
	has_32bit
	program32 "$B/rootfs/bin/mkdir32" 39 0 0 0 # mkdir of NULL: EFAULT
	program32 "$B/rootfs/bin/socket32" 102 1 0 0 # socketcall(SYS_SOCKET, NULL): EFAULT
	config '.process.args = ["/bin/mkdir32"] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64"],
		syscalls: [{names: ["mkdir", "socket"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	v run "$ID"
	status_is 77
	# socket is an argument of socketcall there
	set_args /bin/socket32
	v run "$ID"
	status_is 77
	config '.linux.seccomp.syscalls[0].names = ["bind"]'
	v run "$ID"
	status_is 14
	# Not listed: killed.
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]'
	v run "$ID"
	[ "$status" -gt 128 ]
}

@test "seccomp: calls newer than the profile are unknown ones" {
	vial_only "holes are ours"
	printf '#include <errno.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\nint main(int c,char**v){for(int i=1;i<c;i++){long r=syscall(atol(v[i]),-1,0,0,0,0,0);printf("%%d ",r<0?errno:0);}puts("");}\n' >"$T/p.c"
	cc -static -o "$B/rootfs/bin/calls" "$T/p.c" || skip "no static compiler"
	all=$(jq -c '[.linux.seccomp.syscalls[].names[]]' "$TOP/tests/golden/configs/docker20-default.json")
	config --argjson all "$all" '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{action: "SCMP_ACT_ALLOW",
		names: ($all - ["close_range", "mount", "faccessat2", "openat2"] | map(select(. != "process_mrelease" and
		. != "landlock_create_ruleset" and . != "memfd_secret")) +
		["faccessat2"]) }]}'
	# mount 165 is old; 350 is in a gap; close_range 436 came after faccessat2 439; 1000 is none
	set_args /bin/calls 165 350 1000
	v run "$ID"
	status_is 0
	output_is '1 38 38 '
}

@test "seccomp: annotations" {
	vial_only "crun's"
	# ld nr; jeq mkdir: errno 100; allow
	nr=83
	bpf=$(python3 -c "import struct,base64;print(base64.b64encode(b''.join(struct.pack('<HBBI',*i) for i in [(0x20,0,0,0),(0x15,0,1,$nr),(6,0,0,0x50064),(6,0,0,0x7fff0000)])).decode())")
	set_sh 'mkdir /tmp/x'
	config --arg b "$bpf" '.annotations["run.oci.seccomp_bpf_data"] = $b'
	v run "$ID"
	status_is 1
	has 'Network is down'
	v seccomp --bundle "$B" mkdir
	has 'SCMP_ACT_ERRNO 100'
	has 'run.oci.seccomp_bpf_data'
	config '.annotations["run.oci.seccomp_bpf_data"] = "!!!"'
	v run "$ID"
	fails_with 1 'not base64'
	config '.annotations["run.oci.seccomp_bpf_data"] = "AAAA"'
	v run "$ID"
	fails_with 1 '3 bytes are not'
	config '.annotations["run.oci.seccomp_bpf_data"] = "AAAAAAAAAAA="' # no return
	v run "$ID"
	fails_with 1 'seccomp(2): invalid argument'
	config '.annotations = {} | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]} | .process.args = ["true"]'
	v run "$ID"
	status_is 0
	config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	v run "$ID"
	fails_with 1 'linux.seccomp.syscalls[0]: unknown system call "no_such_call"'
	config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "0"'
	v run "$ID"
	status_is 0
	assert_nothing_left
}

@test "seccomp: profiles of clients run" {
	for file in docker20-default docker26-default podman43-root-default podman54-root-default; do
		for nnp in true false; do
			config --slurpfile c "$TOP/tests/golden/configs/$file.json" --argjson nnp $nnp \
				'.linux.seccomp = $c[0].linux.seccomp | .process.noNewPrivileges = $nnp'
			set_sh 'echo fine; unshare -U true'
			v run "$ID"
			has fine
			[[ $file == podman* ]] || has 'Operation not permitted'
		done
	done
	assert_nothing_left
}

@test "vial seccomp: who decides" {
	vial_only "a command of ours"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		syscalls: [{names: ["read", "write", "faccessat2"], action: "SCMP_ACT_ALLOW"},
		{names: ["clone"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 2114060288, op: "SCMP_CMP_MASKED_EQ"}]},
		{names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38},
		{names: ["socket"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	row() {
		local want=$1
		shift
		v seccomp --bundle "$B" "$@"
		status_is 0
		[[ $output == *"$want"* ]] || fail "vial seccomp $*: expected <$want>"
	}
	row $'SCMP_ACT_ALLOW\n  by linux.seccomp.syscalls[0]' read
	row $'SCMP_ACT_ALLOW\n  by linux.seccomp.syscalls[0]' 0
	row $'SCMP_ACT_ALLOW\n  by linux.seccomp.syscalls[1] (args[0] SCMP_CMP_MASKED_EQ' clone 0x11
	row $'SCMP_ACT_ERRNO 1 (operation not permitted)\n  by linux.seccomp.defaultAction: no rule decides\n  not linux.seccomp.syscalls[1]' clone 0x10000000
	row $'SCMP_ACT_ERRNO 38 (function not implemented)\n  by linux.seccomp.syscalls[2]' clone3
	row 'by linux.seccomp.defaultAction' mount
	row 'newer than the newest' cachestat
	row 'newer than the newest' process_madvise
	row 'no system call is known' 1000
	row $'SCMP_ARCH_X86: socketcall (102; 0x1' --arch x86 socketcall 1
	row $'SCMP_ACT_KILL_PROCESS\n  by linux.seccomp.syscalls[3]' --arch SCMP_ARCH_X86 socketcall 1
	row 'linux.seccomp.architectures: not in the list' --arch arm read
	row 'if == 0xc000003e (SCMP_ARCH_X86_64) go to' --dump
	row 'return SCMP_ACT_ERRNO 38' --dump
	config 'del(.linux.seccomp)'
	row 'there is no filter' read
}

@test "vial seccomp: what it does not understand" {
	vial_only "a command of ours"
	v seccomp --bundle "$B" no_such_call
	fails_with 1 'no system call has the name "no_such_call"'
	v seccomp --bundle "$B" --arch vax read
	fails_with 1 'no architecture has the name "vax"'
	v seccomp --bundle "$B" --arch aarch64 open
	fails_with 1 'SCMP_ARCH_AARCH64 has no system call open'
	v seccomp --bundle "$B" read 0xg
	fails_with 1 'argument "0xg" is not a number of 64 bits'
	v seccomp --bundle "$B"
	fails_with 1 'name a system call'
	v seccomp --bundle "$T/none" read
	fails_with 1 'no such file or directory'
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_X"}'
	v seccomp --bundle "$B" read
	fails_with 1 'string SCMP_ACT_X is not a valid action for seccomp'
}
