# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# check NAME COMMAND...: one test; what it said is shown when it failed. done_testing: the exit code.
tap_n=0
tap_failed=0
check() {
	local name=$1 said
	shift
	tap_n=$((tap_n + 1))
	if said=$("$@" 2>&1); then
		echo "ok $tap_n packages: $name"
	else
		printf '%s\n' "$said" | tail -n 40 | sed 's/^/# /'
		echo "not ok $tap_n packages: $name"
		tap_failed=1
	fi
}
done_testing() {
	echo "1..$tap_n"
	exit "$tap_failed"
}
