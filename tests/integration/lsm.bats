#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Labels of security modules: AppArmor where the kernel has it (tests/vm/vm), a clear error where it
# has not; SELinux is in no kernel that these tests meet, hence its errors only.

bats_require_minimum_version 1.5.0
load helpers

setup() { setup_container; }
teardown() {
	[ ! -e "${T-}/profiles" ] || apparmor_parser -K --remove "$T/profiles" 2>/dev/null || true
	teardown_container
}

is_enabled() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; }

# Two profiles: vt-ID, under which /tmp/denied cannot be written, and one that only complains.
load_profiles() {
	is_enabled || skip "no AppArmor in this kernel"
	PROFILE=vt-$ID
	cat >"$T/profiles" <<-END
		profile $PROFILE flags=(attach_disconnected) {
			file, capability, signal, ptrace, unix, network, mount, umount, pivot_root,
			deny /tmp/denied w,
		}
		profile $PROFILE-complains flags=(attach_disconnected,complain) {
			file,
		}
	END
	apparmor_parser -K --replace "$T/profiles"
}
profile() { config --arg p "$1" '.process.apparmorProfile = $p'; }

@test "AppArmor: the program runs under its profile, seen from both sides" {
	load_profiles
	profile "$PROFILE"
	set_sh 'cat /proc/self/attr/current; echo x >/tmp/allowed && cat /tmp/allowed; echo y >/tmp/denied; id -u'
	v run "$ID"
	status_is 0
	output_is "$PROFILE (enforce)
x
0
sh: can't create /tmp/denied: Permission denied"
	start_sleeper
	is "$(cat "/proc/$(pid_of)/attr/current")" "$PROFILE (enforce)"
}

@test "AppArmor: without no_new_privs, as a user, in a user namespace" {
	load_profiles
	profile "$PROFILE"
	config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
	run_sh 'cat /proc/self/attr/current; id -u'
	output_is "$PROFILE (enforce)
1000"
	config '.process.user = {uid: 0, gid: 0} | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown 100000:100000 "$B/rootfs"
	run_sh 'cat /proc/self/attr/current'
	output_is "$PROFILE (enforce)"
}

@test "AppArmor: exec has the container's profile, or that of its option or document" {
	load_profiles
	profile "$PROFILE"
	config '.process.noNewPrivileges = false'
	start_sleeper
	v exec "$ID" cat /proc/self/attr/current
	output_is "$PROFILE (enforce)"
	v exec --apparmor "$PROFILE-complains" "$ID" cat /proc/self/attr/current
	output_is "$PROFILE-complains (complain)"
	v exec --apparmor="$PROFILE-complains" "$ID" cat /proc/self/attr/current
	output_is "$PROFILE-complains (complain)"
	v exec --apparmor unconfined "$ID" cat /proc/self/attr/current
	output_is unconfined
	jq --arg p "$PROFILE-complains" '.process | .apparmorProfile = $p
		| .args = ["cat", "/proc/self/attr/current"]' "$B/config.json" >"$T/process.json"
	v exec -p "$T/process.json" "$ID"
	output_is "$PROFILE-complains (complain)"
	v exec -p "$T/process.json" --apparmor "$PROFILE" "$ID"
	output_is "$PROFILE (enforce)"
	is "$(cat "/proc/$(pid_of)/attr/current")" "$PROFILE (enforce)"
}

@test "AppArmor: a profile that is not loaded is an error by its name, nothing is left" {
	load_profiles
	profile "$PROFILE-unknown"
	set_args echo Hello
	v run "$ID"
	status_is 1
	has "process.apparmorProfile: apply \"$PROFILE-unknown\""
	has 'no such file or directory'
	lacks Hello
	v create "$ID"
	status_is 1
	assert_nothing_left
	profile "$PROFILE"
	start_sleeper
	v exec --apparmor "$PROFILE-unknown" "$ID" echo Hello
	status_is 255
	has "\"$PROFILE-unknown\""
	lacks Hello
}

# confined RULES: $CONFINED runs its arguments under a profile of everything but what RULES deny
confined() {
	cat >>"$T/profiles" <<-END
		profile $PROFILE-caller ${FLAGS-flags=(attach_disconnected)} {
			file, capability, signal, ptrace, unix, network, mount, umount, pivot_root, dbus, mqueue, userns,
			$1
		}
	END
	apparmor_parser -K --replace "$T/profiles"
	cp "$VIAL" "$T/vial"
	printf '#!/bin/sh\necho exec %s >/proc/self/attr/apparmor/exec\nexec %s "$@"\n' "$PROFILE-caller" "$T/vial" >"$T/confined"
	chmod 755 "$T/confined"
	VIAL=$T/confined
}

@test "AppArmor: a runtime that is confined itself may not change to the container's profile" {
	load_profiles
	confined ''
	v run "$ID"
	status_is 0
	profile "$PROFILE"
	for command in run create; do
		v $command "$ID"
		status_is 1
		has "process.apparmorProfile: apply \"$PROFILE\""
		has 'permission denied (the profile that this process is confined by allows no change to another)'
	done
	assert_nothing_left
}

@test "AppArmor: a confined runtime and noNewPrivileges" {
	load_profiles
	confined "change_profile -> $PROFILE,"
	profile "$PROFILE"
	v run "$ID"
	status_is 1
	has "exec /bin/true: operation not permitted (process.noNewPrivileges keeps AppArmor from changing to $PROFILE if this process has a profile already)"
	config '.process.noNewPrivileges = false'
	v run "$ID"
	status_is 0
	assert_nothing_left
}

@test "AppArmor: a runtime that is confined without attach_disconnected" {
	load_profiles
	FLAGS='' confined ''
	v run "$ID"
	status_is 1
	has "execveat(2): permission denied (AppArmor or SELinux denies the runtime to run itself from a mount of its own: AppArmor's profile for it needs flags=(attach_disconnected))"
	assert_nothing_left
}

@test "AppArmor: a mount that is denied to a runtime that is confined itself" {
	load_profiles
	confined 'deny mount,'
	v run "$ID"
	status_is 1
	has 'move_mount(2): permission denied (AppArmor or SELinux denies this mount to the runtime itself: `dmesg` or the audit log'
	assert_nothing_left
}

@test "AppArmor: absent from the kernel" {
	! is_enabled || skip "this kernel has it"
	profile x
	v run "$ID"
	fails_with 1 'process.apparmorProfile: apparmor is not enabled in this kernel'
	profile ''
	run_sh true
	start_sleeper
	v exec --apparmor x "$ID" true
	fails_with 255 'apparmor is not enabled'
}

@test "SELinux: absent from the kernel" {
	[ ! -e /sys/fs/selinux/status ] || skip "this kernel has it"
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	v run "$ID"
	fails_with 1 'process.selinuxLabel: selinux is not enabled in this kernel'
	config 'del(.process.selinuxLabel) | .linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	v run "$ID"
	fails_with 1 'linux.mountLabel: selinux is not enabled in this kernel'
	config 'del(.linux.mountLabel)'
	assert_nothing_left
	start_sleeper
	v exec --process-label=system_u:object_r:x_t:s0 "$ID" true
	fails_with 255 'selinux is not enabled'
}
