# SPDX-License-Identifier: Apache-2.0

# vial_test(TARGET SOURCE LABEL LIBS...): one cmocka program, one ctest.
function(vial_test target source label)
	add_executable(${target} ${source})
	target_link_libraries(${target} PRIVATE ${ARGN} vial_flags PkgConfig::cmocka)
	add_test(NAME ${label}.${target} COMMAND ${target}
		WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
	set_tests_properties(${label}.${target} PROPERTIES LABELS ${label} TIMEOUT 120)
endfunction()

# vial_layer(NAME SOURCES a.c... NEEDS layer... LIBS PkgConfig::x... TESTS test_a.c...)
# The static library vial_NAME, linked with exactly what it NEEDS (layers.txt says what it may),
# and its unit tests.
function(vial_layer name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;NEEDS;LIBS;TESTS")
	if(arg_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "vial_layer(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
	endif()
	list(TRANSFORM arg_NEEDS PREPEND "vial_")

	add_library(vial_${name} STATIC ${arg_SOURCES})
	set_property(GLOBAL APPEND PROPERTY VIAL_LAYERS vial_${name})
	target_link_libraries(vial_${name}
		PUBLIC ${arg_NEEDS}
		PRIVATE vial_flags ${arg_LIBS})

	if(NOT BUILD_TESTING)
		return()
	endif()
	foreach(source IN LISTS arg_TESTS)
		cmake_path(GET source STEM stem)
		vial_test(${name}_${stem} ${source} unit vial_${name} ${arg_NEEDS} ${arg_LIBS})
	endforeach()
endfunction()

# vial_program(TARGET): link it as it ships and install it. What ships is stripped, because it copies
# itself to memory at each start of a container; its symbols are beside it in TARGET.debug.
function(vial_program target)
	if(VIAL_STATIC)
		target_link_options(${target} PRIVATE -static-pie)
	endif()
	set_target_properties(${target} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
	if(VIAL_HARDEN)
		add_custom_command(TARGET ${target} POST_BUILD VERBATIM
			WORKING_DIRECTORY "${CMAKE_BINARY_DIR}"
			COMMAND "${CMAKE_OBJCOPY}" --only-keep-debug ${target} ${target}.debug
			COMMAND "${CMAKE_OBJCOPY}" --strip-all --add-gnu-debuglink=${target}.debug ${target})
	endif()
	install(TARGETS ${target} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()

# vial_fuzz(NAME NEEDS layer... [SEEDS directory...]): tests/fuzz/NAME.c, with libFuzzer where
# VIAL_FUZZ says so, else with tests/fuzz/drive.c. What is in tests/fuzz/corpus/NAME and in SEEDS (of
# the top) also runs as a ctest.
function(vial_fuzz name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "NEEDS;SEEDS")
	list(TRANSFORM arg_NEEDS PREPEND "vial_")
	list(TRANSFORM arg_SEEDS PREPEND "${CMAKE_SOURCE_DIR}/")
	add_executable(${name} ${name}.c)
	target_link_libraries(${name} PRIVATE ${arg_NEEDS} vial_base vial_flags)
	if(VIAL_FUZZ)
		target_link_options(${name} PRIVATE -fsanitize=fuzzer)
		set(run -runs=0)
	else()
		target_sources(${name} PRIVATE drive.c)
	endif()
	set(seeds "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}" ${arg_SEEDS})
	add_test(NAME fuzz.${name} COMMAND ${name} ${run} ${seeds})
	set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
	# For scripts/fuzz.sh: which seeds there are besides the corpus.
	file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/${name}.seeds" "${arg_SEEDS}\n")
endfunction()
