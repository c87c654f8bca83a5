# SPDX-License-Identifier: BSD-2-Clause
# src/**/x_test.c: a test program each, linked with the floors at and below its own (modules: all).
# tests/fuzz/x.c: a fuzz target each; in ordinary builds it replays tests/fuzz/corpus/x.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# Links `target` with `libraries`, which may need each other in any order.
function(link_floors target)
    list(JOIN ARGN "," libraries)
    target_link_libraries(${target} PRIVATE tandem_flags "$<LINK_GROUP:RESCAN,${libraries}>"
        tandem_libs)
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
endfunction()

# Tests that start threads, or use what does, also run under ThreadSanitizer (label `threads`).
set(THREAD_SIGNS "pthread_create|workers?_(start|run|post)|rt_start|offload_|mailbox_|thrd_create")
add_custom_target(threads_tests)

function(add_unit_test file name)
    string(MAKE_C_IDENTIFIER "test_${name}" target)
    add_executable(${target} ${file})
    link_floors(${target} ${ARGN})
    target_link_libraries(${target} PRIVATE PkgConfig::CMOCKA)
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 60)
    file(STRINGS ${file} signs REGEX "${THREAD_SIGNS}" LIMIT_COUNT 1)
    if(signs)
        set_property(TEST ${name} APPEND PROPERTY LABELS threads)
        add_dependencies(threads_tests ${target})
    endif()
endfunction()

foreach(floor IN LISTS FLOORS)
    file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${floor}/*_test.c)
    set(floors ${floor} ${FLOOR_BELOW_${floor}})
    list(REMOVE_ITEM floors modules)
    list(TRANSFORM floors PREPEND tandem_)
    if(floor STREQUAL "server" OR floor STREQUAL "testing")
        set(floors ${EVERYTHING})
    endif()
    foreach(test IN LISTS tests)
        cmake_path(GET test STEM stem)
        string(REGEX REPLACE "_test$" "" stem ${stem})
        add_unit_test(${test} ${floor}/${stem} ${floors})
    endforeach()
endforeach()

foreach(name IN LISTS LINKED_MODULES SHARED_MODULES)
    file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/modules/${name}/*_test.c)
    foreach(test IN LISTS tests)
        cmake_path(GET test STEM stem)
        string(REGEX REPLACE "_test$" "" stem ${stem})
        add_unit_test(${test} modules/${name}/${stem} ${EVERYTHING})
        if(name IN_LIST SHARED_MODULES)
            string(MAKE_C_IDENTIFIER "test_modules/${name}/${stem}" target)
            target_link_libraries(${target} PRIVATE module_${name})
        endif()
    endforeach()
endforeach()

file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*.c)
list(FILTER fuzzers EXCLUDE REGEX "/replay\\.c$")
foreach(file IN LISTS fuzzers)
    cmake_path(GET file STEM name)
    add_executable(fuzz_${name} ${file})
    link_floors(fuzz_${name} ${EVERYTHING})
    set_target_properties(fuzz_${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
    if(TANDEM_FUZZ)
        target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
        add_test(NAME fuzz/${name}
            COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
        set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 60)
    endif()
endforeach()

# tests/scenario: one program over all floors plays the scenario files (*.scn).
file(GLOB runner CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/scenario/*.c)
if(runner)
    add_executable(scenario ${runner})
    link_floors(scenario ${EVERYTHING})
    set_target_properties(scenario PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    file(GLOB plays CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/scenario/*.scn)
    foreach(play IN LISTS plays)
        cmake_path(GET play STEM stem)
        add_test(NAME scenario/${stem} COMMAND scenario ${play})
        set_tests_properties(scenario/${stem} PROPERTIES TIMEOUT 60)
    endforeach()
endif()

# tests/bench/*.c: programs that measure; built by the target `bench` only.
add_custom_target(bench)
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*.c)
foreach(file IN LISTS benches)
    cmake_path(GET file STEM name)
    add_executable(bench_${name} EXCLUDE_FROM_ALL ${file})
    link_floors(bench_${name} ${EVERYTHING})
    add_dependencies(bench bench_${name})
endforeach()
