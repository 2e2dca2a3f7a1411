#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# often.sh [VIAL]: write cmake/often.ld anew: the functions that the usual commands execute, in order of
# their first call, so that the linker lays them side by side. A command then touches a third of the
# pages. Which functions, is seen by stepping through them (bench/touched.c; five minutes). A list
# that has grown old costs time, never correctness. VIAL needs its VIAL.debug beside it.
# Needs root; in a view of pure cgroup2.
set -euo pipefail
cd "$(dirname "$0")/.."
vial=$(realpath "${1:-build/release/vial}")
if [ "${2-}" != inside ]; then
	exec unshare --mount --propagation private "$0" "$vial" inside
fi
mount -t cgroup2 none /sys/fs/cgroup
work=$(mktemp -d)
id=often-$$
trap '"$vial" --root "$work/state" delete --force "$id"; umount -l "$work"; rmdir "$work"' EXIT
mount -t tmpfs -o mode=755 none "$work"

cc=$(scripts/musl.sh)/bin/musl-cc
"$cc" -O2 -std=gnu11 -D_GNU_SOURCE -I. -fPIE -static-pie -s -o "$work/payload" bench/payload.c
gcc -O2 -std=gnu11 -D_GNU_SOURCE -o "$work/touched" bench/touched.c
mkdir -p "$work"/bundle/rootfs/{bin,proc,sys,dev,etc} "$work/seen"
cp "$work/payload" "$work/bundle/rootfs/bin/true"
config() {
	jq '.root.path = "rootfs" | del(.hooks, .linux.cgroupsPath) | .process.args = $ARGS.positional
		| .mounts |= map(select(.type != "bind"))' tests/golden/configs/docker20-default.json \
		--args "$@" >"$work/bundle/config.json"
}
v() { "$vial" --root "$work/state" "$@"; }
see() { "$work/touched" "$vial" --root "$work/state" "$@" >"$work/seen/$1" 2>/dev/null; }

config true wait
v create --bundle "$work/bundle" "$id"
see state "$id"
see list
see start "$id"
see exec "$id" /bin/true
see kill "$id" KILL
until [ "$(v state "$id" | jq -r .status)" = stopped ]; do sleep 0.1; done
see delete "$id"
config true
see run --bundle "$work/bundle" "$id"

python3 - "$vial.debug" "$work"/seen/{state,kill,list,delete,start,exec,run} >cmake/often.ld <<'END'
import bisect, collections, re, subprocess, sys

symbols = []
sections = collections.defaultdict(list)  # an alias may have named the section: open64, say
for line in subprocess.run(["nm", "-n", sys.argv[1]], capture_output=True, text=True, check=True).stdout.splitlines():
    words = line.split()
    if len(words) == 3 and words[1] in "tTwW":
        symbols.append((int(words[0], 16), words[2]))
        sections[symbols[-1][0]].append(words[2])
begins = [address for address, _ in symbols]

# The compiler's own endings, with numbers that change, are left to the linker's wildcard.
plain = lambda name: re.sub(r"\.(lto_priv|part|isra|constprop|cold)\b.*", "", name)
namesakes = collections.Counter(plain(name) for _, name in symbols)
names = {}
for path in sys.argv[2:]:
    for line in open(path):
        first, last = bisect.bisect(begins, int(line, 16)) - 1, bisect.bisect(begins, int(line, 16) + 15)
        for at in sorted(set(begins[first:last])):
            for name in sections[at]:
                names.setdefault(plain(name))
# Names that many functions have come last: most of those are another command's.
names = sorted((n for n in names if re.fullmatch(r"\w+", n) and not n.startswith("_start")),
               key=lambda name: namesakes[name] > 3)

print("/* Written by scripts/often.sh: what usual commands execute, in that order. */")
print("SECTIONS\n{\n\t.text.often : {")
print("\t\t*rcrt1.o(.text .text.*)\n\t\t*(.text.startup.main)")
# The C library's assembly has no sections with names.
for name in "__set_thread_area", "memcpy", "memmove", "memset":
    print(f"\t\t*libc.a:{name}.lo(.text)")
for name in names:
    print(f"\t\t*(.text.{name} .text.{name}.*)")
print("\t}\n}\nINSERT BEFORE .text;")
END
echo "cmake/often.ld: $(grep -c '\*(' cmake/often.ld) names"
