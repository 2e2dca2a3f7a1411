# SPDX-License-Identifier: Apache-2.0
# Toolchain file of what ships: musl and the libraries that scripts/musl.sh makes on first use.
if(NOT DEFINED ENV{VIAL_MUSL_PREFIX})
	execute_process(
		COMMAND "${CMAKE_CURRENT_LIST_DIR}/../scripts/musl.sh"
		OUTPUT_VARIABLE prefix
		OUTPUT_STRIP_TRAILING_WHITESPACE
		COMMAND_ERROR_IS_FATAL ANY
	)
	set(ENV{VIAL_MUSL_PREFIX} "${prefix}") # this file is read again for every try_compile()
endif()
set(VIAL_MUSL ON)
set(CMAKE_C_COMPILER "$ENV{VIAL_MUSL_PREFIX}/bin/musl-cc")
set(ENV{PKG_CONFIG_LIBDIR} "$ENV{VIAL_MUSL_PREFIX}/lib/pkgconfig")
set(ENV{PKG_CONFIG_PATH} "")
set(CMAKE_FIND_ROOT_PATH "$ENV{VIAL_MUSL_PREFIX}")
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# Next to a compiler of this name there is no gcc-ar; without it there is no link time optimisation.
find_program(VIAL_GCC_AR gcc-ar)
find_program(VIAL_GCC_RANLIB gcc-ranlib)
set(CMAKE_C_COMPILER_AR "${VIAL_GCC_AR}")
set(CMAKE_C_COMPILER_RANLIB "${VIAL_GCC_RANLIB}")
