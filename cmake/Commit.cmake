# SPDX-License-Identifier: Apache-2.0
# VIAL_COMMIT: what `vial --version` prints; empty outside of a git checkout.
set(VIAL_COMMIT "")
find_package(Git QUIET)
if(Git_FOUND AND EXISTS "${CMAKE_SOURCE_DIR}/.git")
	execute_process(
		COMMAND "${GIT_EXECUTABLE}" describe --always --dirty --abbrev=12
		WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
		OUTPUT_VARIABLE VIAL_COMMIT
		OUTPUT_STRIP_TRAILING_WHITESPACE
		ERROR_QUIET
	)
endif()
if(NOT VIAL_COMMIT)
	set(VIAL_COMMIT "unknown")
endif()
