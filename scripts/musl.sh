#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# musl.sh: make, once, what the release binary is linked with, and print its directory: musl and
# our libraries as static archives, compiled for each other from Debian's source packages, which
# apt fetches from the machine's own mirror and verifies.
#
# The directory lies outside of the checkout, named after this script's content and the compiler,
# so that a change of either makes a new one: ${VIAL_MUSL_CACHE:-~/.cache/vial}/musl-HASH.
#
# Every object carries the IBT and SHSTK notes (-fcf-protection), which the linker keeps only when
# all of them do: hence musl is compiled here too, its assembly with an endbr64 at each entry.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(musl yajl dbus)
cc=gcc
cflags=(-O2 -g0 -fPIE -fcf-protection=full -fstack-protector-strong -fstack-clash-protection
	-ffunction-sections -fdata-sections -fno-plt -fvisibility=hidden
	-fno-asynchronous-unwind-tables -fno-unwind-tables)

key=$({
	cat scripts/musl.sh
	$cc --version
} | sha256sum | cut -c1-16)
prefix=${VIAL_MUSL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vial}/musl-$key
if [ -f "$prefix/complete" ]; then
	echo "$prefix"
	exit 0
fi

mkdir -p "$(dirname "$prefix")"
exec 9>"$prefix.lock"
flock 9 # of two builds at once, the second finds the first one's work
if [ -f "$prefix/complete" ]; then
	echo "$prefix"
	exit 0
fi
rm -rf "$prefix"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Neither this directory nor the cache's may show in what is built: builds shall be reproducible.
cflags+=("-ffile-prefix-map=$work/=")
log=$work/log
say() { echo "musl.sh: $*" >&2; }
run() {
	"$@" >>"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		say "failed: $*"
		exit 1
	}
}

# --- sources ----------------------------------------------------------------------------------

# The same repositories as apt's own, for sources, in lists of our own.
fetch() {
	local apt=$work/apt release
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mkdir -p "$apt/lists/partial" "$work/src"
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
		'Origin: Debian' | sort -u |
		awk -v release="$release" '$2 ~ "^" release "(-security|-updates)?$" && $3 == "main" {
			print "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $1, $2, $3
		}' >"$apt/sources.list"
	[ -s "$apt/sources.list" ] || {
		say "apt has no repository of $release's main component"
		exit 1
	}
	local options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=root)
	run apt-get -q "${options[@]}" update
	(cd "$work/src" && run apt-get -q "${options[@]}" source --download-only "${packages[@]}")
	local package
	for package in "${packages[@]}"; do
		run dpkg-source --no-copy --extract "$work/src/${package}"_*.dsc "$work/$package"
	done
}

# --- the C library ----------------------------------------------------------------------------

# An endbr64 at the entry of every global function, and the note that says so.
mark_assembly() {
	local file
	while IFS= read -r file; do
		awk '
			/^\.(global|globl) / { for (i = 2; i <= NF; i++) global[$i ":"] = 1 }
			{ print }
			$1 in global && NF == 1 { print "\tendbr64" }
			END {
				print ".section .note.gnu.property,\"a\",@note"
				print ".p2align 3"
				print ".long 4, 16, 5"
				print ".asciz \"GNU\""
				print ".long 0xc0000002, 4, 3, 0" # X86_FEATURE_1_AND: IBT, SHSTK
				print ".section .note.GNU-stack,\"\",@progbits"
			}' "$file" >"$file.new"
		mv "$file.new" "$file"
	done < <(find src crt -path '*x86_64*' -name '*.s')
}

# Relative relocations as words and bitmaps (DT_RELRSZ, DT_RELR of the generic ABI, 35 and 36): 1 KiB
# to read at each start instead of 51. musl knows them since 1.2.4.
pack_relocations() {
	cat >relr <<-'EOF'
		rel = (void *)(base + dyn[36]);
		rel_size = dyn[35];
		for (size_t *next = 0; rel_size; rel++, rel_size -= sizeof *rel) {
			if (*rel % 2 == 0) {
				next = (size_t *)(base + *rel);
				*next++ += base;
				continue;
			}
			for (size_t bits = *rel / 2, k = 0; bits; bits /= 2, k++)
				if (bits % 2) next[k] += base;
			next += 8 * sizeof *rel - 1;
		}
	EOF
	sed -i 's/^#define DYN_CNT 32$/#define DYN_CNT 37/' src/internal/dynlink.h
	grep -q '^#define DYN_CNT 37$' src/internal/dynlink.h
	local last # ends the variant that is no FDPIC
	last=$(grep -n '^#endif' ldso/dlstart.c | tail -n 1 | cut -d: -f1)
	sed -i "$((last - 1))r relr" ldso/dlstart.c
	rm relr
}

build_musl() {
	cd "$work/musl"
	[ "$(uname -m)" != x86_64 ] || mark_assembly
	# open(2) of a kernel before 2.6.23 ignored O_CLOEXEC; musl still sets it once more.
	sed -i '/O_CLOEXEC/,/F_SETFD/d' src/fcntl/open.c
	if grep -q F_SETFD src/fcntl/open.c; then exit 1; fi
	pack_relocations
	run ./configure --prefix="$prefix" --disable-shared --enable-wrapper=no CC="$cc" \
		CFLAGS="${cflags[*]} -fno-stack-protector"
	run make -j"$(nproc)" install
	local kernel machine
	machine=$(uname -m)
	for kernel in linux asm-generic; do ln -s "/usr/include/$kernel" "$prefix/include/$kernel"; done
	ln -s "/usr/include/$machine-linux-gnu/asm" "$prefix/include/asm"
}

# A driver for the compiler: musl's headers only, and a static PIE of musl's start files alone.
write_compiler() {
	local builtin
	builtin=$($cc -print-file-name=include)
	mkdir -p "$prefix/bin"
	local pack=''
	ld --help | grep -q pack-relative-relocs && pack='-z pack-relative-relocs'
	cat >"$prefix/musl.specs" <<-EOF
		%rename cpp_options old_cpp_options

		*cpp_options:
		-nostdinc -isystem $prefix/include -isystem $builtin %(old_cpp_options)

		*cc1:
		%(cc1_cpu) -nostdinc -isystem $prefix/include -isystem $builtin

		*link_libgcc:
		-L$prefix/lib -L .%s

		*libgcc:
		libgcc.a%s

		*startfile:
		$prefix/lib/rcrt1.o $prefix/lib/crti.o

		*endfile:
		$prefix/lib/crtn.o

		*link:
		-static -pie --no-dynamic-linker -z text -nostdlib $pack

		*esp_link:


		*esp_options:


		*esp_cpp_options:


	EOF
	cat >"$prefix/bin/musl-cc" <<-EOF
		#!/bin/sh
		exec $cc "\$@" -ffile-prefix-map=$prefix/=musl/ -specs $prefix/musl.specs
	EOF
	chmod +x "$prefix/bin/musl-cc"
}

# --- the libraries ----------------------------------------------------------------------------

# archive NAME INCLUDES... -- SOURCES...
archive() {
	local name=$1 flags=() objects=() source object
	shift
	while [ "$1" != -- ]; do
		flags+=("$1")
		shift
	done
	shift
	for source; do
		object=${source//\//_}.o
		run "$prefix/bin/musl-cc" "${cflags[@]}" "${flags[@]}" -c "$source" -o "$object"
		objects+=("$object")
	done
	run ar rcs "$prefix/lib/$name" "${objects[@]}"
}

# pkg_config NAME VERSION LIBS
pkg_config() {
	mkdir -p "$prefix/lib/pkgconfig"
	cat >"$prefix/lib/pkgconfig/$1.pc" <<-EOF
		Name: $1
		Description: $1 for musl
		Version: $2
		Libs: -L$prefix/lib $3
		Cflags: -I$prefix/include ${4-}
	EOF
}
version_of() { dpkg-parsechangelog -l "$work/$1/debian/changelog" -S Version | sed 's/^[0-9]*://; s/-.*//'; }

build_yajl() {
	cd "$work/yajl"
	mkdir -p "$prefix/include/yajl"
	cp src/api/*.h "$prefix/include/yajl/"
	# shellcheck disable=SC2016 # cmake's variables
	sed 's/\${YAJL_MAJOR}/2/; s/\${YAJL_MINOR}/1/; s/\${YAJL_MICRO}/0/' src/api/yajl_version.h.cmake \
		>"$prefix/include/yajl/yajl_version.h"
	archive libyajl.a -w -DNDEBUG -- src/yajl*.c
	pkg_config yajl "$(version_of yajl)" -lyajl
}

# The library alone; its configure asks for expat, which only the daemon needs.
build_dbus() {
	cd "$work/dbus"
	run env EXPAT_CFLAGS=-DNONE EXPAT_LIBS=-lc ./configure --prefix="$prefix" \
		--host="$(uname -m)-linux-musl" --disable-shared --enable-static --disable-tests \
		--disable-systemd --disable-selinux --disable-apparmor --disable-libaudit \
		--disable-xml-docs --disable-doxygen-docs --without-x --disable-inotify \
		--with-system-socket=/run/dbus/system_bus_socket --localstatedir=/var \
		--runstatedir=/run --sysconfdir=/etc CC="$prefix/bin/musl-cc" CFLAGS="${cflags[*]} -w"
	run make -j"$(nproc)" -C dbus libdbus-1.la
	cp dbus/.libs/libdbus-1.a "$prefix/lib/"
	mkdir -p "$prefix/include/dbus-1.0/dbus"
	cp dbus/*.h "$prefix/include/dbus-1.0/dbus/"
	pkg_config dbus-1 "$(version_of dbus)" -ldbus-1 \
		"-I$prefix/include/dbus-1.0 -DDBUS_STATIC_BUILD"
}

say "making $prefix (once; the log of a failed step is shown)"
fetch
build_musl
write_compiler
build_yajl
build_dbus
touch "$prefix/complete"
echo "$prefix"
