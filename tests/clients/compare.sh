#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compare.sh [-r REFERENCE] [-o DIR] [RUNTIME [CLIENT...]]: every client with RUNTIME (by default
# build/release/vial) and with REFERENCE (by default runc), side by side. Prints a table with both
# columns and a TAP line for each row. A row is `not ok` when the reference passes and RUNTIME does
# not; where both fail it is skipped with the reason. DIR (by default build/clients) keeps the
# results and the logs of what failed. Root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
reference=$(PATH=/usr/sbin:/usr/bin command -v runc || true)
dir=$here/../../build/clients
while getopts r:o: option; do
	case $option in
	r) reference=$OPTARG ;;
	o) dir=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
runtime=${1:-$here/../../build/release/vial}
shift || true
[ $# -gt 0 ] || set -- podman-rootless docker cri podman buildah ctr # the longest first
[ -x "$reference" ] || { echo "Bail out! no reference runtime"; exit 1; }
mkdir -p "$dir"

# Seconds that one client may take with one runtime, all its rows and daemons.
limit=${CLIENT_LIMIT:-900}
one() {
	local status=0
	timeout -k 20 "$limit" "$here/$1.sh" "$2" "$dir/$1.$3" >"$dir/$1.$3.out" 2>&1 || status=$?
	[ "$status" -eq 0 ] || printf 'script\tfail\tended with %s: %s\n' "$status" \
		"$(tail -n 1 "$dir/$1.$3.out" | tr '\t' ' ')" >>"$dir/$1.$3"
}

# One after the other for each client, whose leftovers are counted; some clients at a time.
both() {
	one "$1" "$runtime" runtime
	one "$1" "$reference" reference
}
jobs=${CLIENT_JOBS:-2} running=0
for client; do
	both "$client" &
	running=$((running + 1))
	[ "$running" -lt "$jobs" ] || { wait -n; running=$((running - 1)); }
done
wait

printf '%-16s %-52s %-8s %-8s\n' client row "$(basename "$runtime")" "$(basename "$reference")"
for client; do
	while IFS=$'\t' read -r row ours theirs _; do
		printf '%-16s %-52s %-8s %-8s\n' "$client" "$row" "$ours" "$theirs"
	done < <(join -t $'\t' -a 1 -a 2 -e - -o 0,1.2,2.2 <(sort "$dir/$client.runtime") <(sort "$dir/$client.reference"))
done

n=0 failed=0
for client; do
	while IFS=$'\t' read -r row ours why theirs why_theirs; do
		n=$((n + 1))
		case $ours:$theirs in
		ok:*)
			echo "ok $n $client: $row"
			[ "$why" = - ] || [ -z "$why" ] || echo "# $why"
			;;
		fail:fail) echo "ok $n $client: $row # skip ${reference##*/} fails too: $why_theirs" ;;
		*)
			failed=1
			echo "not ok $n $client: $row"
			echo "# ours: $ours $why"
			echo "# ${reference##*/}: $theirs $why_theirs"
			[ ! -f "$dir/$client.runtime.logs/$row.log" ] || tail -n 30 "$dir/$client.runtime.logs/$row.log" | sed 's/^/#   /'
			;;
		esac
	done < <(join -t $'\t' -a 1 -a 2 -e - -o 0,1.2,1.3,2.2,2.3 <(sort "$dir/$client.runtime") <(sort "$dir/$client.reference"))
done
echo "1..$n"
exit "$failed"
