#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint-layers.sh [DIR]: every #include "LAYER/header.h" and every NEEDS of a CMakeLists.txt must
# be granted by DIR/layers.txt.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

bad=$(
	{
		grep -rHoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[a-z0-9_]+/[^"]*"' \
			libcontainer cmd --include='*.c' --include='*.h' || true
		for file in libcontainer/*/CMakeLists.txt; do
			tr '\n\t' '  ' <"$file" | grep -oE 'NEEDS( +[a-z0-9_]+)+' |
				tr ' ' '\n' | grep -E '^[a-z]' | sed "s|^|$file:NEEDS |" || true
		done
	} | awk '
		FILENAME == "layers.txt" {
			if ($0 ~ /^#/ || NF == 0) next
			layer = $1
			sub(":", "", layer)
			known[layer] = 1
			may[layer, layer] = 1
			for (i = 2; i <= NF; i++) may[layer, $i] = 1
			next
		}
		{
			file = $0
			sub(/:.*/, "", file)
			split(file, part, "/")
			layer = part[1] == "libcontainer" ? part[2] : part[1]
			used = $0
			if (used ~ /:NEEDS /) sub(/.*:NEEDS /, "", used)
			else { sub(/^[^"]*"/, "", used); sub(/\/.*/, "", used) }
			if (!(layer in known)) print file ": layer " layer " is not in layers.txt"
			else if (!(layer SUBSEP used in may)) print file ": " layer " may not use " used
		}' layers.txt - | sort -u
)
if [ -n "$bad" ]; then
	printf '%s\n' "$bad" >&2
	exit 1
fi
