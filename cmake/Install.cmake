# SPDX-License-Identifier: Apache-2.0
# Man pages and shell completions, where they exist; the program is installed by vial_program().
if(IS_DIRECTORY "${CMAKE_SOURCE_DIR}/man")
	install(DIRECTORY "${CMAKE_SOURCE_DIR}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man8"
		FILES_MATCHING PATTERN "*.8")
endif()
if(EXISTS "${CMAKE_SOURCE_DIR}/completions/vial.bash")
	install(FILES "${CMAKE_SOURCE_DIR}/completions/vial.bash"
		DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME vial)
endif()
