#!/usr/bin/env bats
# shellcheck shell=bash disable=SC2016,SC2094,SC2154
# SPDX-License-Identifier: Apache-2.0
# Numbers and text from outside: the whole string, the exact range, nothing that wraps; NUL, bytes
# that are no UTF-8 and sheer size are refused, or read in linear time.

bats_require_minimum_version 1.5.0
load ../integration/helpers

setup() {
	setup_container
	vial_only "peers are known to fail some"
	set_args true
}
teardown() { teardown_container; }

# refused TEXT: config.json as it is now
refused() {
	V_TIMEOUT=20 v create "$ID"
	[ "$status" -eq 1 ] || fail "accepted: ${1-}"
	lacks 'core dumped'
	assert_nothing_left
}
# raw PATH TEXT: put TEXT as it is where config.json has the value at PATH
raw() {
	jq -c "$1 = \"@@RAW@@\"" "$T/good" | TEXT=$2 perl -pe 's/"\@\@RAW\@\@"/$ENV{TEXT}/' >"$B/config.json"
}

@test "uid_overflow_2024_40635: ids in config.json are exact" {
	local path n
	cp "$B/config.json" "$T/good"
	for path in .process.user.uid .process.user.gid '.process.user.additionalGids[0]'; do
		for n in 4294967295 4294967296 -1 1.5 '"0"' 18446744073709551616 1e3 01; do
			raw "$path" "$n"
			refused "$path: $n"
		done
	done
	raw .process.user.uid 4294967294
	v run "$ID"
	status_is 0
}

@test "sizes, modes and counts in config.json are exact" {
	local row
	cp "$B/config.json" "$T/good"
	while read -r row; do
		raw "${row% *}" "${row##* }"
		refused "$row"
	done <<-'END'
		.linux.resources.memory.limit 9223372036854775808
		.linux.resources.memory.limit 1.5
		.linux.resources.memory.limit "1"
		.linux.resources.pids.limit 9223372036854775808
		.linux.resources.cpu.shares -1
		.linux.resources.cpu.period 18446744073709551616
		.process.rlimits[0].soft -1
		.process.rlimits[0].soft 18446744073709551616
		.process.oomScoreAdj 1001
		.process.oomScoreAdj 2147483648
		.process.user.umask 4294967296
		.hooks.poststart [{"path":"/bin/true","timeout":0}]
		.hooks.poststart [{"path":"/bin/true","timeout":-1}]
		.hooks.poststart [{"path":"/bin/true","timeout":99999999999999999999}]
		.linux.uidMappings [{"containerID":0,"hostID":4294967296,"size":1}]
		.linux.uidMappings [{"containerID":0,"hostID":0,"size":-1}]
		.linux.devices [{"path":"/dev/x","type":"c","major":-5,"minor":9223372036854775808}]
		.linux.devices [{"path":"/dev/x","type":"c","major":1,"minor":3,"fileMode":4294967296}]
	END
}

@test "numbers on the command line are whole: signals, durations, descriptors, limits" {
	local n
	set_sh 'sleep 1000'
	v run -d "$ID"
	status_is 0
	for n in 1x -1 65 4294967305 18446744073709551625 9.0 '9 ' ' 9' 0x9 SIGSIGKILL; do
		v kill "$ID" "$n"
		[ "$status" -ne 0 ] || fail "kill took <$n>"
	done
	for n in 1x 1.5 '1 ' 0x1 99999999999999999999; do
		v update --pids-limit "$n" "$ID"
		[ "$status" -ne 0 ] || fail "update --pids-limit took <$n>"
		v exec --preserve-fds "$n" "$ID" true
		[ "$status" -ne 0 ] || fail "exec --preserve-fds took <$n>"
		v events --stats --interval "${n}s" "$ID"
		[ "$status" -ne 0 ] || [ "$n" = 1.5 ] || fail "events --interval took <${n}s>"
	done
	is "$(state_of)" running
}

@test "an option that is given ten thousand times: all are there" {
	local n many=()
	set_sh 'sleep 1000'
	v run -d "$ID"
	status_is 0
	for n in 1 2 3 4 7 8 9 10000; do
		mapfile -t many < <(seq "$n" | sed 's/.*/--env=V&=x/')
		V_TIMEOUT=20 v exec "${many[@]}" "$ID" sh -c 'env | grep -c "^V[0-9]*=x"'
		output_is "$n"
	done
}

@test "nul_in_strings: in any string that reaches the kernel" {
	local path
	cp "$B/config.json" "$T/good"
	for path in '.process.args[0]' '.process.env[0]' .process.cwd .root.path .hostname '.mounts[0].destination' \
		'.mounts[0].source' '.mounts[0].type' '.mounts[0].options[0]' '.linux.maskedPaths[0]' \
		'.linux.readonlyPaths[0]' .linux.cgroupsPath '.linux.namespaces[0].path' '.annotations.x' \
		'.linux.sysctl["net.ipv4.ip_forward"]' '.hooks.poststart[0].path'; do
		raw "$path" '"/a\u0000b"'
		refused "$path"
	done
}

@test "text that is no UTF-8, half a surrogate, control characters" {
	local text
	cp "$B/config.json" "$T/good"
	for text in $'"\xff"' $'"\xc0\x80"' $'"\xed\xa0\x80"' $'"\xf4\x90\x80\x80"' $'"\xe2\x82"' '"\ud800"' '"\udc00x"' \
		$'"a\nb"' $'"a\x01b"' '"\x41"' '"\u12"'; do
		raw .hostname "$text"
		refused "$text"
	done
}

@test "json_abuse: what stands around the document" {
	local tail
	cp "$B/config.json" "$T/good"
	for tail in x '{}' ',' ']' '// c' '/* c */' $'\x00'; do
		{
			cat "$T/good"
			printf '%s' "$tail"
		} >"$B/config.json"
		[ "$tail" != '' ] || printf '\0' >>"$B/config.json"
		refused "$tail"
	done
	printf '\xef\xbb\xbf' | cat - "$T/good" >"$B/config.json"
	refused "a byte order mark"
	jq -c . "$T/good" | sed 's/^{/{"root":{"path":"\/"},/' >"$B/config.json"
	refused "a second root"
	printf '[' >"$B/config.json"
	refused '['
	head -c 17000000 /dev/zero | tr '\0' ' ' >"$B/config.json"
	refused '17 MB'
}

@test "long_strings_2021_43784: a hundred thousand of each is read in linear time" {
	local n
	cp "$B/config.json" "$T/good"
	jq -c '.process.env += [range(100000) | "V\(.)=x"]' "$T/good" >"$B/config.json"
	V_TIMEOUT=60 v run "$ID" # E2BIG is the kernel's to say
	[ "$status" -ne 124 ] || fail "env"
	jq -c '.mounts += [range(100000) | {destination: "/data/x\(.)", type: "nosuch"}]' "$T/good" >"$B/config.json"
	V_TIMEOUT=60 v create "$ID"
	status_is 1
	jq -c '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}]
		| .linux.uidMappings = [range(5000) | {containerID: ., hostID: ., size: 1}]' "$T/good" >"$B/config.json"
	refused "5000 mappings"
	for n in 70000 1100000; do
		jq -c --arg s "/$(head -c $n /dev/zero | tr '\0' a)" '.process.cwd = $s' "$T/good" >"$B/config.json" 2>/dev/null ||
			python3 -c "import json,sys; c=json.load(open(sys.argv[1])); c['process']['cwd']='/'+'a'*$n; json.dump(c,open(sys.argv[2],'w'))" \
				"$T/good" "$B/config.json"
		refused "a path of $n bytes"
	done
	assert_nothing_left
}

@test "id_traversal: no id leads out of the state root" {
	local id command
	mkdir -p "$T/victim" "$ROOT"
	echo precious >"$T/victim/state.json"
	for id in ../victim .. . ./x x/../../victim '../victim/' '/etc' 'a/b' $'a\nb' $'a\x1bb' '%2e%2e' '-' 'ä' \
		"$(head -c 256 /dev/zero | tr '\0' a)"; do
		for command in create state kill 'delete --force'; do
			# shellcheck disable=SC2086
			v $command -- "$id"
			[ "$status" -ne 0 ] || [ "$id" = - ] || fail "$command took <$id>"
		done
	done
	is "$(cat "$T/victim/state.json")" precious
}

@test "log_injection: of every field that an image or client names, one line each" {
	local format evil=$'/x\n{"level":"info","msg":"forged"}\r\x1b[2Jtime="now" level=info msg=forged\x7f\x9b\u009b2J\u0085\u2028'
	for format in json text; do
		rm -f "$T/log"
		set_args "$evil"
		v --log "$T/log" --log-format $format run "$ID"
		status_is 1
		v --log "$T/log" --log-format $format state "$evil"
		v --log "$T/log" --log-format $format kill "$ID" "$evil"
		v --log "$T/log" --log-format $format create --bundle "$evil" "$ID"
		is "$(wc -l <"$T/log")" 4 "$(cat -v "$T/log")"
		! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$T/log" || fail "$(cat -v "$T/log")"
		! LC_ALL=C grep -qP '\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]' "$T/log" || fail "$(cat -v "$T/log")"
		[ $format = text ] || [ "$(jq -s length "$T/log")" -eq 4 ]
		! grep -q '^{"level":"info"\|^time="now"' "$T/log"
	done
	assert_nothing_left
}
