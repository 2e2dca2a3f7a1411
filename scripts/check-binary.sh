#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-binary.sh FILE: assert that the release binary is what security needs: a static PIE,
# read-only relocations, no executable stack, no segment both writable and executable, stack
# protector linked in, frames of at most 16 KiB and of known size; with musl the notes of IBT and
# SHSTK, with glibc fortified calls (each C library lacks the other). Symbols are those of FILE.debug
# where that exists.
set -euo pipefail
file=${1:?usage: check-binary.sh FILE}
failed=0

# expect WHAT yes|no PATTERN TEXT
expect() {
	local found=no
	if grep -qE -- "$3" <<<"$4"; then found=yes; fi
	if [ "$found" != "$2" ]; then
		echo "$file: $1: expected" "$([ "$2" = yes ] || echo no)" "match of $3" >&2
		failed=1
	fi
}

header=$(readelf -hW "$file")
segments=$(readelf -lW "$file")
dynamic=$(readelf -dW "$file")
debug=$file
[ ! -f "$file.debug" ] || debug=$file.debug
symbols=$(readelf -sW "$debug")
notes=$(readelf -nW "$file")

expect 'position independent' yes 'Type:[[:space:]]+DYN' "$header"
expect 'PIE flag' yes 'FLAGS_1.*PIE' "$dynamic"
expect 'no interpreter (static)' no 'INTERP' "$segments"
expect 'no needed library (static)' no 'NEEDED' "$dynamic"
expect 'no library search path' no 'R(UN)?PATH' "$dynamic"
expect 'read-only relocations' yes 'GNU_RELRO' "$segments"
expect 'bound at start' yes 'BIND_NOW|FLAGS_1.*NOW' "$dynamic"
expect 'no text relocations' no 'TEXTREL' "$dynamic"
expect 'stack marked' yes 'GNU_STACK' "$segments"
expect 'stack not executable' no 'GNU_STACK.*RWE' "$segments"
expect 'no segment writable and executable' no '^ *LOAD .* RWE ' "$segments"
expect 'stack protector' yes '__stack_chk_fail' "$symbols"
if grep -q '__libc_start_main_stage2\|__init_libc' <<<"$symbols"; then
	expect 'indirect branch tracking' yes 'IBT' "$notes"
	expect 'shadow stack' yes 'SHSTK' "$notes"
	libc='musl, IBT, SHSTK'
else
	expect 'fortified calls' yes '__[a-z]+_chk' "$symbols"
	libc='glibc, fortified'
fi
# No frame above 16 KiB, none whose size only the run knows. Other machines have other instructions;
# there -Wframe-larger-than and -Wvla must do.
if grep -q 'Machine:.*X86-64' <<<"$header"; then
	"$(dirname "$0")/frames.py" "$file" 16384 || failed=1
fi
[ "$failed" -eq 0 ] && echo "$file: static PIE, RELRO, NOW, NX, no RWX segment, stack protector, small frames, $libc"
exit "$failed"
