#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh [--quick|--smoke] [--svg FILE] [--vial PATH] [--crun PATH] [--runc PATH] [SECTION...]
#
# Compares vial, crun, runc and the floor (bench/floor.c: the kernel's work alone) and prints Markdown
# tables. Sections: run commands throughput growth memory phases; all by default.
#   --quick  fewer rounds, without growth: less than a minute
#   --smoke  one round of everything, to see that it works; no figures. Installs nothing
#   --svg    also draw the CPU time of `run` into FILE (gnuplot)
# Needs root. Everything happens in a private mount namespace; where the host's cgroups are hybrid,
# in a view of pure cgroup2, except what needs a memory controller.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=full svg=
declare -A runtime=([vial]=$PWD/build/release/vial)
sections=()
while [ $# -gt 0 ]; do
	case $1 in
	--quick | --smoke) mode=${1#--} ;;
	--svg) svg=$(realpath -m "$2") && shift ;;
	--vial | --crun | --runc) runtime[${1#--}]=$(realpath "$2") && shift ;;
	run | commands | throughput | growth | memory | phases) sections+=("$1") ;;
	*)
		sed -n '3,11s/^# //p' "$0" >&2
		exit 2
		;;
	esac
	shift
done
[ ${#sections[@]} -gt 0 ] || case $mode in
quick) sections=(run commands throughput memory phases) ;;
*) sections=(run commands throughput growth memory phases) ;;
esac

# --- what is compared --------------------------------------------------------------------------

[ "$mode" = smoke ] || scripts/deps.sh bench >&2
[ -x "${runtime[vial]}" ] || {
	cmake --preset release
	cmake --build --preset release
} >&2
for name in crun runc; do
	[ -n "${runtime[$name]-}" ] || runtime[$name]=$(type -P "$name" || true)
done
names=()
for name in vial crun runc; do [ -z "${runtime[$name]}" ] || names+=("$name"); done

tools=$PWD/build/bench
mkdir -p "$tools"
cc=$(scripts/musl.sh)/bin/musl-cc
for tool in floor payload crowd compare; do
	sources=("bench/$tool.c")
	[ $tool != compare ] || sources+=(bench/trace.c)
	"$cc" -O2 -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fPIE -static-pie -s \
		-o "$tools/$tool" "${sources[@]}"
done
if ! grep -q '^CapEff:.*[13579bdf]......$' /proc/self/status; then # CAP_SYS_RESOURCE
	gcc -O2 -D_GNU_SOURCE -shared -fPIC -o "$tools/shim.so" bench/shim.c
	export LD_PRELOAD=$tools/shim.so
fi

if [ "${VIAL_BENCH_INSIDE-}" != yes ]; then
	work=$(mktemp -d)
	trap 'rmdir "$work"' EXIT
	arguments=("--$mode" ${svg:+--svg "$svg"} "${sections[@]}")
	for name in "${names[@]}"; do arguments+=("--$name" "${runtime[$name]}"); done
	[ "${arguments[0]}" != --full ] || arguments=("${arguments[@]:1}")
	VIAL_BENCH_INSIDE=yes VIAL_BENCH_WORK=$work LD_PRELOAD='' \
		unshare --mount --propagation private "$PWD/scripts/bench.sh" "${arguments[@]}"
	exit
fi
work=$VIAL_BENCH_WORK
mount -t tmpfs -o mode=755 none "$work"
mkdir "$work/plans" "$work/out"
# crun gives its standard streams to the user of the container, /dev/null of the host, too.
mknod -m 666 "$work/null" c 1 3
mount --bind "$work/null" /dev/null

rounds=60 commands_rounds=40 many=1000
[ "$mode" != quick ] || { rounds=10 commands_rounds=6 many=64; }
[ "$mode" != smoke ] || { rounds=1 commands_rounds=1 many=8; }
options=()
[ "$mode" != smoke ] || options=(-q)

# In a view of pure cgroup2, where the host's is another.
pure() {
	# shellcheck disable=SC2016 # the inner shell's
	if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
		"$@"
	else
		unshare --mount --propagation private \
			sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
	fi
}

# In a view with controllers: of v1, without the cgroup2 beside it, which crun refuses.
limited() {
	# shellcheck disable=SC2016 # the inner shell's
	if mountpoint -q /sys/fs/cgroup/unified; then
		unshare --mount --propagation private \
			sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' sh "$@"
	else
		"$@"
	fi
}

calling() { echo "${runtime[$1]} --root $work/state-$1"; }

# bundle NAME JQ-FILTER BASE: a bundle whose program is our payload
bundle() {
	local dir=$work/$1
	mkdir -p "$dir/rootfs"/{bin,proc,sys,dev,etc}
	cp "$tools/payload" "$dir/rootfs/bin/true"
	# No id in it: the cgroup's path must differ, and what does not name one gets one by its id.
	jq '.ociVersion = "1.0.2" | .root.path = "rootfs" | .process.args = ["/bin/true"]
		| .process.terminal = false | del(.hooks, .linux.cgroupsPath)
		| .mounts |= map(select(.type != "bind")) | '"$2" "$3" >"$dir/config.json"
}

make_bundles() {
	local docker=$work/docker.json spec=$work/spec
	mkdir "$spec"
	# Its resources are zeros, which crun takes for the wish to have controllers.
	jq '.linux.resources |= {devices}' tests/golden/configs/docker20-default.json >"$docker"
	(cd "$spec" && "${runtime[vial]}" spec)
	bundle a . "$spec/config.json"
	bundle user '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0,
		hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings' "$spec/config.json"
	bundle bn . "$docker"
	bundle open 'del(.linux.seccomp)' "$docker"
	bundle host '.linux.namespaces |= map(select(.type != "network")) | del(.linux.sysctl)' "$docker"
	bundle limits '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 100},
		cpu: {shares: 512, quota: 50000, period: 100000}}' "$docker"
	bundle wait '.process.args = ["/bin/true", "wait"]' "$docker"
	# The filter as vial compiles it, for the floor to load.
	pure sh -c '"$@"' sh "${runtime[vial]}" --root "$work/filter" create --bundle "$work/wait" filter
	tail -c +25 "$work/filter/filter/seccomp.bpf" >"$work/filter.bpf"
	pure "${runtime[vial]}" --root "$work/filter" delete --force filter
}

# --- tables ------------------------------------------------------------------------------------

# table FIRST-COLUMN <RESULT: minima and medians, and how they compare with the first row
table() {
	[ "$mode" != smoke ] || {
		cat
		return
	}
	echo "| $1 | CPU ms: min | median (quartiles) | × $2 (min, median) | wall ms: min | median | system calls | peak KiB |"
	echo '|-|-|-|-|-|-|-|-|'
	awk -F'\t' 'NR == 1 { min = $3; median = $5 }
		{ printf "| %s | %.2f | %.2f (%.2f-%.2f) | %.2f, %.2f | %.2f | %.2f | %s | %s |\n", $1, $3, $5, $4, $6,
			$3 / min, $5 / median, $7, $9, ($11 ? $11 : "-"), ($12 ? $12 : "-") }'
}

title() { [ "$mode" = smoke ] || printf '\n### %s\n\n' "$1"; }

# --- sections ----------------------------------------------------------------------------------

# plan_run BUNDLE FLOOR-OPTIONS...: `run` of everybody
plan_run() {
	local dir=$work/$1 name
	shift
	printf 'name floor\ntime %s %s /bin/true\n' "$tools/floor $*" "$dir/rootfs"
	for name in "${names[@]}"; do
		printf 'name %s\ntime %s run --bundle %s b{}\n' "$name" "$(calling "$name")" "$dir"
	done
}

one_run() { # BUNDLE TITLE FLOOR-OPTIONS...
	local name=$1 text=$2
	shift 2
	title "run: $text"
	plan_run "$name" "$@" >"$work/plans/$name"
	pure "$tools/compare" "${options[@]}" -n "$rounds" -t <"$work/plans/$name" >"$work/out/run-$name"
	table '' floor <"$work/out/run-$name"
}

section_run() {
	one_run a "what \`spec\` writes" --readonly
	one_run bn "Docker's configuration" --seccomp="$work/filter.bpf"
	[ "$mode" != quick ] || return 0
	one_run open "Docker's configuration without seccomp"
	one_run host "Docker's configuration, host network" --without=net --seccomp="$work/filter.bpf"
	one_run user "what \`spec\` writes, in a user namespace" --userns --readonly
	title "run: Docker's configuration with limits (with the controllers of v1 where the host has those; the floor has no cgroup)"
	plan_run limits --without=cgroup,bpf --seccomp="$work/filter.bpf" >"$work/plans/limits"
	limited "$tools/compare" "${options[@]}" -n "$rounds" -t <"$work/plans/limits" >"$work/out/run-limits"
	table '' floor <"$work/out/run-limits"
}

# plan_command NAME: what is before, timed and after
plan_command() {
	local command=$1 name call wait="--bundle $work/wait"
	printf 'name nothing\ntime %s\n' "$tools/payload"
	for name in "${names[@]}"; do
		call=$(calling "$name")
		printf 'name %s\nafter %s delete --force b{}\n' "$name" "$call"
		case $command in
		create) echo "time $call create $wait b{}" ;;
		start) printf '%s\n' "before $call create $wait b{}" "time $call start b{}" ;;
		delete) printf '%s\n' "before $call run --detach --bundle $work/bn b{}" 'before settle' \
			"time $call delete b{}" ;;
		state) printf '%s\n' "before $call run --detach $wait b{}" "time $call state b{}" ;;
		list) printf '%s\n' "before $call run --detach $wait b{}" "time $call list" ;;
		exec) printf '%s\n' "before $call run --detach $wait b{}" "time $call exec b{} /bin/true" ;;
		kill) printf '%s\n' "before $call run --detach $wait b{}" "time $call kill b{} KILL" ;;
		esac
	done
}

section_commands() {
	local command
	for command in create start state exec kill delete list; do
		title "$command (Docker's configuration)"
		plan_command "$command" >"$work/plans/$command"
		pure "$tools/compare" "${options[@]}" -n "$commands_rounds" -t <"$work/plans/$command" \
			>"$work/out/$command"
		table '' nothing <"$work/out/$command"
	done
}

section_throughput() {
	local j n
	title "throughput: $many containers of Docker's configuration"
	plan_run bn --seccomp="$work/filter.bpf" >"$work/plans/many"
	[ "$mode" = smoke ] || printf '| | at a time | containers/s, median | of the floor | CPU ms each |\n|-|-|-|-|-|\n'
	for j in 1 2 8; do
		n=$((j == 1 ? many : many / (4 * j)))
		[ "$n" -gt 0 ] || n=1
		pure "$tools/compare" "${options[@]}" -j "$j" -n "$n" <"$work/plans/many" >"$work/out/many-$j"
		[ "$mode" = smoke ] || awk -F'\t' -v j="$j" 'NR == 1 { floor = $9 }
			{ printf "| %s | %d | %.0f | %.0f %% | %.2f |\n", $1, j, 1000 / $9, 100 * floor / $9, $5 }' \
			"$work/out/many-$j"
	done
}

# growth WHAT COUNT FILE: a line of minima and medians
grown() {
	[ "$mode" != smoke ] || return 0
	awk -F'\t' -v what="$1" -v count="$2" '
		{ printf "| %s | %d | %s | %.2f | %.2f | %.2f |\n", what, count, $1, $3, $5, $9 }' "$3"
}

section_growth() {
	local count mounts=(0 500 2000) groups=(0 5000 50000) crowd=(0 100 500) names_all
	[ "$mode" != smoke ] || { mounts=(5) groups=(5) crowd=(2); }
	names_all=("${names[@]}")
	title 'growth: does what others have on the host cost anything?'
	[ "$mode" = smoke ] || printf '| with | of them | | CPU ms: min | median | wall ms: median |\n|-|-|-|-|-|-|\n'
	mkdir -p "$work/crowd"
	for count in "${mounts[@]}"; do
		pure unshare --mount --propagation private "$tools/crowd" mounts "$count" "$work/crowd" \
			"$tools/compare" "${options[@]}" -n "$commands_rounds" <"$work/plans/grow" >"$work/out/grow"
		grown 'mounts, run' "$count" "$work/out/grow"
	done
	for count in "${groups[@]}"; do
		pure "$tools/crowd" cgroups "$count" /sys/fs/cgroup \
			"$tools/compare" "${options[@]}" -n "$commands_rounds" <"$work/plans/grow" >"$work/out/grow"
		grown 'cgroups, run' "$count" "$work/out/grow"
	done
	for count in "${crowd[@]}"; do
		names=(vial)
		neighbours start "$count"
		for command in run state list; do
			case $command in
			run) plan_run bn --seccomp="$work/filter.bpf" ;;
			*) plan_command "$command" ;;
			esac >"$work/plans/neighbours"
			pure "$tools/compare" "${options[@]}" -n "$commands_rounds" <"$work/plans/neighbours" >"$work/out/grow"
			grown "containers, $command" "$count" "$work/out/grow"
		done
		neighbours stop "$count"
		names=("${names_all[@]}")
	done
}

# neighbours start|stop COUNT: containers that wait
neighbours() {
	local i call
	call=$(calling vial)
	for ((i = 0; i < $2; i++)); do
		# shellcheck disable=SC2086 # words
		case $1 in
		start) pure $call create --bundle "$work/wait" "neighbour-$i" </dev/null >/dev/null 2>&1 ;;
		stop) pure $call delete --force "neighbour-$i" ;;
		esac
	done
}

# A limit in which the payload runs, three times.
fits() {
	local i
	jq --argjson limit "$(($2 * 1024))" '.linux.resources.memory = {limit: $limit}' "$work/bn/config.json" \
		>"$work/small/config.json"
	for i in 1 2 3; do
		# shellcheck disable=SC2046 # words
		limited timeout 20 $(calling "$1") run --bundle "$work/small" "small-$i" >/dev/null 2>&1 || return 1
	done
}

section_memory() {
	local name kib least pid
	title 'memory'
	cp -a "$work/bn" "$work/small"
	[ "$mode" = smoke ] || printf '| | smallest limit that works, KiB | init that waits: RSS KiB | PSS KiB |\n|-|-|-|-|\n'
	for name in "${names[@]}"; do
		least=
		for kib in 8192 4096 3072 2048 1024 768 512 384 256 224 192 160 128 96 64; do
			fits "$name" $kib || break
			least=$kib
			[ "$mode" != smoke ] || break
		done
		# shellcheck disable=SC2046 # words
		pure $(calling "$name") create --bundle "$work/wait" --pid-file "$work/pid" waiting </dev/null >/dev/null 2>&1
		pid=$(cat "$work/pid")
		[ "$mode" = smoke ] || awk -v name="$name" -v least="${least:-none}" '/^Rss:/ { rss = $2 } /^Pss:/ { pss = $2 }
			END { printf "| %s | %s | %d | %d |\n", name, least, rss, pss }' "/proc/$pid/smaps_rollup"
		# shellcheck disable=SC2046 # words
		pure $(calling "$name") delete --force waiting
	done
}

section_phases() {
	local i
	title "where the floor's time goes, wall us, median (the pivot and the clone wait for RCU)"
	for ((i = 0; i < rounds; i++)); do
		pure "$tools/floor" --times --seccomp="$work/filter.bpf" "$work/bn/rootfs" /bin/true 2>&1
	done | awk '{ v[$1, ++n[$1]] = $2; if (n[$1] == 1) order[++k] = $1 }
		END { for (i = 1; i <= k; i++) {
			p = order[i]
			for (a = 2; a <= n[p]; a++) for (b = a; b > 1 && v[p, b] < v[p, b - 1]; b--) {
				t = v[p, b]; v[p, b] = v[p, b - 1]; v[p, b - 1] = t }
			printf "%s%s %d", (i > 1 ? ", " : ""), p, v[p, int((n[p] + 1) / 2)] }
			print "" }' >"$work/out/phases"
	[ "$mode" = smoke ] || cat "$work/out/phases"
}

# --- the picture -------------------------------------------------------------------------------

draw() {
	[ -s "$work/out/run-bn" ] && [ -s "$work/out/run-a" ] || return 0
	paste <(cut -f1,5 "$work/out/run-bn") <(cut -f5 "$work/out/run-a") >"$work/out/picture"
	gnuplot <<-EOF
		set terminal svg size 640,260 font "sans-serif,13" background "#ffffff"
		set output "$svg"
		set title "CPU time of run, user and system, median"
		set ylabel "ms"
		set style data histograms
		set style histogram clustered gap 1
		set style fill solid 0.9 noborder
		set grid ytics lc rgb "#dddddd"
		set key top left
		set yrange [0:*]
		plot "$work/out/picture" using 2:xtic(1) title "Docker's configuration" lc rgb "#30638e", \\
			"" using 3 title "default configuration" lc rgb "#edae49", \\
			"" using (\$0 - 0.17):2:(sprintf("%.1f", \$2)) with labels offset 0,0.6 notitle, \\
			"" using (\$0 + 0.17):3:(sprintf("%.1f", \$3)) with labels offset 0,0.6 notitle
	EOF
}

make_bundles
plan_run bn --seccomp="$work/filter.bpf" >"$work/plans/grow"
if [ "$mode" != smoke ]; then
	echo "Linux $(uname -r), $(nproc) CPUs ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), load $(cut -d' ' -f1-3 /proc/loadavg), $(date -u +%F)"
	for name in "${names[@]}"; do "${runtime[$name]}" --version | head -n 2 | paste -sd' '; done
fi
for section in "${sections[@]}"; do
	"section_$section"
	[ "$mode" != smoke ] || echo "ok - bench $section"
done
[ -z "$svg" ] || draw
