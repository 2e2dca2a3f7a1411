# SPDX-License-Identifier: Apache-2.0
# CPack calls this when a package's files are in their temporary tree: what Debian wants of them, and
# the documents.
set(name "${CPACK_PACKAGE_NAME}")
set(tree "${CPACK_TEMPORARY_INSTALL_DIRECTORY}")
if(IS_DIRECTORY "${tree}/dev")
	set(tree "${tree}/dev")
endif()
set(usr "${tree}/usr")
set(source "${CPACK_VIAL_SOURCE}")
set(doc "${usr}/share/doc/${name}")
set(readable OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

function(run)
	execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Without the time of the original, so that the same tree gives the same package.
function(compress)
	run(gzip -9nf ${ARGN})
endfunction()

function(copy to)
	file(COPY ${ARGN} DESTINATION "${to}" FILE_PERMISSIONS ${readable}
		DIRECTORY_PERMISSIONS ${readable} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
endfunction()

copy("${doc}" "${source}/packaging/copyright" "${source}/CHANGELOG.md")
file(RENAME "${doc}/CHANGELOG.md" "${doc}/changelog")
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, when that is set
file(WRITE "${doc}/changelog.Debian" "${name} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Made by scripts/package.sh; what has changed stands in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
compress("${doc}/changelog" "${doc}/changelog.Debian")

if(name STREQUAL vial)
	file(GLOB pages "${usr}/share/man/man8/*.8")
	compress(${pages})
	run(strip --strip-all -R .comment "${usr}/libexec/vial/vial-netdev")
	# Where Debian's zsh looks.
	file(MAKE_DIRECTORY "${usr}/share/zsh/vendor-completions")
	file(RENAME "${usr}/share/zsh/site-functions/_vial" "${usr}/share/zsh/vendor-completions/_vial")
	file(REMOVE_RECURSE "${usr}/share/zsh/site-functions")
	copy("${usr}/share/lintian/overrides" "${source}/packaging/lintian-overrides")
	file(RENAME "${usr}/share/lintian/overrides/lintian-overrides" "${usr}/share/lintian/overrides/vial")
	# As in the checkout, so that their links lead somewhere.
	copy("${doc}" "${source}/README.md" "${source}/docs" "${source}/deploy")
else()
	run(strip --strip-debug --enable-deterministic-archives "${usr}/lib/libvial.a")
	copy("${doc}" "${source}/docs/api.md")
	copy("${doc}/examples" "${source}/examples/run100.c" "${source}/examples/terminal.c")
endif()
