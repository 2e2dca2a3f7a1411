# SPDX-License-Identifier: Apache-2.0
# The libraries of others, as PkgConfig::NAME. With VIAL_STATIC their archives are taken.
find_package(PkgConfig REQUIRED)

# vial_third_party(NAME MODULE ARCHIVE...): ARCHIVE: file names of the static library.
function(vial_third_party name module)
	pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
	if(NOT VIAL_STATIC)
		return()
	endif()
	find_library(VIAL_ARCHIVE_${name} NAMES ${ARGN} HINTS ${${name}_LIBRARY_DIRS}
		${${name}_LIBDIR} REQUIRED)
	set_property(TARGET PkgConfig::${name} PROPERTY
		INTERFACE_LINK_LIBRARIES "${VIAL_ARCHIVE_${name}}")
endfunction()

vial_third_party(yajl yajl libyajl_s.a libyajl.a)
vial_third_party(dbus dbus-1 libdbus-1.a)
if(BUILD_TESTING)
	pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET GLOBAL cmocka)
	# What our compiler of filters is compared with; the program does without.
	pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET GLOBAL libseccomp)
endif()
