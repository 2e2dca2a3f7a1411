# SPDX-License-Identifier: Apache-2.0
# Man pages and shell completions; the program is installed by vial_program().
if(IS_DIRECTORY "${CMAKE_SOURCE_DIR}/man")
	install(DIRECTORY "${CMAKE_SOURCE_DIR}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man8"
		FILES_MATCHING PATTERN "*.8")
endif()

# The program knows its own command line: it writes its completions. One that this machine cannot
# run cannot; the user then asks it, `vial completion SHELL`.
if(NOT CMAKE_CROSSCOMPILING)
	set(completions "${CMAKE_BINARY_DIR}/completions")
	file(MAKE_DIRECTORY "${completions}")
	foreach(pair IN ITEMS bash:vial zsh:_vial fish:vial.fish)
		string(REPLACE ":" ";" pair "${pair}")
		list(GET pair 0 shell)
		list(GET pair 1 file)
		add_custom_command(OUTPUT "${completions}/${file}" VERBATIM DEPENDS vial
			COMMAND vial completion ${shell} > "${completions}/${file}")
		list(APPEND scripts "${completions}/${file}")
	endforeach()
	add_custom_target(completions ALL DEPENDS ${scripts})
	install(FILES "${completions}/vial"
		DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
	install(FILES "${completions}/_vial" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
	install(FILES "${completions}/vial.fish"
		DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
endif()
