# SPDX-License-Identifier: Apache-2.0
# vial_flags: the one place where compiler flags come from. Every target of ours links it.
include(CheckCCompilerFlag)
include(CheckIPOSupported)

add_library(vial_flags INTERFACE)
target_include_directories(vial_flags INTERFACE
	"${CMAKE_SOURCE_DIR}/libcontainer"
	"${CMAKE_SOURCE_DIR}"
)
target_compile_definitions(vial_flags INTERFACE
	_GNU_SOURCE
	_FILE_OFFSET_BITS=64
	VIAL_VERSION="${PROJECT_VERSION}"
	VIAL_COMMIT="${VIAL_COMMIT}"
)
target_compile_options(vial_flags INTERFACE
	-std=gnu11 -fvisibility=hidden -fno-common -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
)
# The link, too: with LTO it compiles, and names its directory in the debug information, whose
# checksum goes into the program.
target_link_options(vial_flags INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

# vial_try_flags(FLAG...): add those the compiler takes. A FLAG may be a list of words joined by
# a blank, tried together.
function(vial_try_flags)
	foreach(flag IN LISTS ARGN)
		string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
		separate_arguments(words UNIX_COMMAND "${flag}")
		set(CMAKE_REQUIRED_FLAGS "-Werror")
		check_c_compiler_flag("${flag}" ${have})
		if(${have})
			target_compile_options(vial_flags INTERFACE ${words})
		endif()
	endforeach()
endfunction()

# --- warnings -------------------------------------------------------------------------------
vial_try_flags(
	-Wall -Wextra -Wconversion -Wformat=2 -Wshadow -Wvla -Wundef -Wwrite-strings
	-Wnull-dereference -Wimplicit-fallthrough -Wmissing-prototypes -Wstrict-prototypes
	-Wold-style-definition -Wpointer-arith -Wcast-qual -Wduplicated-cond -Wlogical-op
)
if(VIAL_MUSL)
	# Its CMSG_NXTHDR() and the int of its ioctl(2); the other C library's builds do check signs.
	target_compile_options(vial_flags INTERFACE -Wno-sign-conversion)
endif()
if(VIAL_SANITIZE)
	vial_try_flags(-Wframe-larger-than=65536) # red zones grow the frames
elseif(VIAL_LIBRARY)
	vial_try_flags(-Wframe-larger-than=20480) # other inlining than LTO's
else()
	vial_try_flags(-Wframe-larger-than=16384)
endif()
if(VIAL_WERROR)
	target_compile_options(vial_flags INTERFACE -Werror)
endif()

# --- sanitizers -----------------------------------------------------------------------------
if(VIAL_SANITIZE)
	target_compile_definitions(vial_flags INTERFACE VIAL_CHECKS_LEAKS=true)
	target_compile_options(vial_flags INTERFACE
		-fsanitize=${VIAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(vial_flags INTERFACE -fsanitize=${VIAL_SANITIZE})
endif()
if(VIAL_FUZZ)
	target_compile_options(vial_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# --- hardening: what `scripts/check-binary.sh` asserts on the result ------------------------
if(VIAL_HARDEN)
	target_compile_options(vial_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fPIE)
	vial_try_flags(
		-fstack-protector-strong
		-fstack-clash-protection
		-fcf-protection=full
		-fzero-call-used-regs=used-gpr
		-fno-delete-null-pointer-checks
		-fno-strict-overflow
		-fstrict-flex-arrays=3
		-ftrivial-auto-var-init=zero
	)
	if(NOT HAVE_ftrivial_auto_var_init_zero)
		# clang before 16 asks for this word of consent.
		vial_try_flags("-ftrivial-auto-var-init=zero \
-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang")
	endif()
	target_compile_options(vial_flags INTERFACE -ffunction-sections -fdata-sections)
	target_link_options(vial_flags INTERFACE
		LINKER:--gc-sections LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:-z,separate-code)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
	# For -Os gcc writes `rep stos`, slow to begin. Nobody unwinds: a debugger has .debug_frame.
	vial_try_flags(-mstringop-strategy=libcall -fno-asynchronous-unwind-tables -fno-unwind-tables)
endif()

if(VIAL_LTO)
	check_ipo_supported(RESULT VIAL_HAVE_IPO LANGUAGES C)
	set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${VIAL_HAVE_IPO})
	if(VIAL_HAVE_IPO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
		# LTO compiles at the link, and knows of sections only what it is told there.
		target_link_options(vial_flags INTERFACE -flto=auto -ffunction-sections -fdata-sections
			$<$<CONFIG:Release>:-fno-asynchronous-unwind-tables>)
	endif()
endif()
