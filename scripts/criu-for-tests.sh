#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# criu-for-tests.sh [SUITE]: make, once, a directory with a `criu` that works with today's kernels,
# and print it. Debian 12's CRIU (3.17) cannot dump under Linux 6.18; this one is Debian 13's (4.1),
# or SUITE's (forky: 4.2), with its own loader and libraries, and nothing of the system is touched.
# Tests put the directory in front of PATH. Needs root for nothing but CRIU itself.
#
# The directory lies outside of the checkout, named after this script's content, so that a change
# makes a new one: ${VIAL_CRIU_CACHE:-~/.cache/vial}/criu-SUITE-HASH.
set -euo pipefail

suite=${1:-trixie}
me=$(realpath "$0")
prefix=${VIAL_CRIU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vial}/criu-$suite-$(sha256sum "$me" | cut -c1-16)
finish() {
	echo "$prefix/bin"
	exit 0
}
say() { echo "criu-for-tests.sh: $*" >&2; }
die() {
	say "$*"
	exit 1
}

[ ! -e "$prefix/complete" ] || finish
mkdir -p "$(dirname "$prefix")"
exec 9>"$prefix.lock"
flock 9 # of two calls at once, the second finds the first one's work
[ ! -e "$prefix/complete" ] || finish
[ "$(dpkg --print-architecture)" = amd64 ] || die "written for amd64 only"
rm -rf "$prefix"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "making $prefix (once)"

# The mirror that apt itself uses.
# shellcheck disable=SC2016 # the variables are apt's
mirror() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk '$1 == "Debian" { print $2; exit }'
}
url=$(mirror)
if [ -z "$url" ]; then
	apt-get -q update >&2
	url=$(mirror)
fi
[ -n "$url" ] || die "apt knows no Debian mirror: apt-get update?"

# apt with that suite, away from the host's own lists; it checks the signatures.
mkdir -p "$work/state" "$work/cache/archives/partial" "$work/deb" "$work/tree"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $url $suite main" \
	>"$work/sources"
: >"$work/status"
options=(-o "Dir::Etc::SourceList=$work/sources" -o Dir::Etc::SourceParts=-
	-o "Dir::State=$work/state" -o "Dir::State::status=$work/status"
	-o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
run() {
	"$@" >>"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		die "failed: $*"
	}
}
run apt-get -q "${options[@]}" update

# CRIU and the shared libraries that it needs, and those that these need.
libraries_of() {
	apt-cache "${options[@]}" depends --important "$1" |
		awk '$1 ~ /^\|?Depends:$|^\|?PreDepends:$/ && $2 ~ /^lib/ { print $2 }'
}
packages=(criu)
for ((i = 0; i < ${#packages[@]}; i++)); do
	while IFS= read -r library; do
		[[ " ${packages[*]} " = *" $library "* ]] || packages+=("$library")
	done < <(libraries_of "${packages[i]}")
done
(cd "$work/deb" && run apt-get -q "${options[@]}" download "${packages[@]}")
for deb in "$work"/deb/*.deb; do dpkg-deb -x "$deb" "$work/tree"; done

mkdir -p "$prefix/lib" "$prefix/bin"
criu=$(find "$work/tree" -path '*bin/criu' -type f)
loader=$(find "$work/tree" -name ld-linux-x86-64.so.2 | head -n 1)
[ -n "$criu" ] || die "no criu in the packages"
[ -n "$loader" ] || die "no loader in the packages"
cp "$criu" "$prefix/bin/criu.real"
find "$work/tree/usr/lib/x86_64-linux-gnu" -maxdepth 1 -name '*.so*' -exec cp -a -t "$prefix/lib" {} +
cp -L "$loader" "$prefix/lib/"
cat >"$prefix/bin/criu" <<-END
	#!/bin/sh
	exec "$prefix/lib/ld-linux-x86-64.so.2" --library-path "$prefix/lib" --argv0 criu "$prefix/bin/criu.real" "\$@"
END
chmod +x "$prefix/bin/criu"
"$prefix/bin/criu" --version >&2 || die "it does not start"
touch "$prefix/complete"
finish
