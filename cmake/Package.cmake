# SPDX-License-Identifier: Apache-2.0
# What scripts/package.sh makes by CPack: `vial` of the release build, `libvial-dev` of the library's.
# The program in the package is byte for byte the one that the tests ran.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "vial")
set(CPACK_PACKAGE_CONTACT "vial maintainers <maintainers@vial.invalid>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/PackageTree.cmake")
# Of the parent directories, too, whatever the umask of who makes the package.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_VIAL_SOURCE "${CMAKE_SOURCE_DIR}")

if(VIAL_LIBRARY)
	set(CPACK_PACKAGE_NAME libvial-dev)
	set(CPACK_COMPONENTS_ALL dev)
	set(CPACK_DEB_COMPONENT_INSTALL ON)
	set(CPACK_DEBIAN_DEV_PACKAGE_NAME libvial-dev)
	set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
	set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libc6-dev, libdbus-1-dev, libyajl-dev")
	set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "OCI containers from a program: static library and header")
	set(CPACK_DEBIAN_DEV_DESCRIPTION
"vial is an OCI container runtime; this is its library for C: a dozen functions
to create, start, look at, execute in, signal, wait for and delete containers.
.
The library neither prints nor exits and keeps no state between calls.")
else()
	set(CPACK_PACKAGE_NAME vial)
	set(CPACK_DEBIAN_PACKAGE_SECTION admin)
	set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "uidmap")
	set(CPACK_DEBIAN_PACKAGE_SUGGESTS "docker.io | podman | containerd, criu")
	set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "OCI container runtime that says what is wrong")
	set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"vial makes a container from an OCI bundle. Its commands, options, exit codes
and error words are those that Docker, containerd, Podman, Buildah and CRI-O
expect from runc, so that it can stand in its place.
.
It reads config.json strictly, shows beforehand what it would do (vial plan),
and says why something failed.")
	set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/postrm")
	set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
endif()
include(CPack)
