# SPDX-License-Identifier: BSD-2-Clause
# One static library per floor (src/<floor>/*.c and *.S). tools/layers.txt names the floors from
# the lowest up and what each may use; tests are linked with exactly that.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/layers.txt)
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/layers.txt layers REGEX "^[a-z]+:")

# Sources of a folder without tests and main.c.
function(folder_sources folder out)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c ${folder}/*.S)
    list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.c$")
    set(${out} ${sources} PARENT_SCOPE)
endfunction()

set(FLOORS "")
foreach(layer IN LISTS layers)
    string(REGEX MATCH "^[a-z]+" floor ${layer})
    string(REGEX REPLACE "^[a-z]+:" "" uses ${layer})
    string(REGEX REPLACE "/[a-z_]+\\.h" "" uses "${uses}")
    separate_arguments(uses)
    # With all that those use in turn.
    set(below ${uses})
    foreach(use IN LISTS uses)
        list(APPEND below ${FLOOR_BELOW_${use}})
    endforeach()
    list(REMOVE_DUPLICATES below)
    set(FLOOR_BELOW_${floor} ${below})
    if(floor STREQUAL "modules")
        continue()
    endif()

    list(APPEND FLOORS ${floor})
    folder_sources(${CMAKE_SOURCE_DIR}/src/${floor} sources)
    if(NOT sources)
        set(sources ${CMAKE_SOURCE_DIR}/cmake/empty.c)
    endif()
    add_library(tandem_${floor} STATIC ${sources})
    target_link_libraries(tandem_${floor} PUBLIC tandem_flags tandem_libs)
endforeach()
