# SPDX-License-Identifier: BSD-2-Clause
# src/modules/<name>/*.c, each with a `const struct module module_<name>`. Linked in, unless there
# is a module.cmake that sets LIBS (pkg-config names): then it is the shared object <name>.so, and
# it is left out, with a notice, where a library is missing.
set(LINKED_MODULES "")
set(SHARED_MODULES "")
file(GLOB module_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/modules/*/*.c
    ${CMAKE_SOURCE_DIR}/src/modules/*/module.cmake)
set(module_folders "")
foreach(file IN LISTS module_files)
    cmake_path(GET file PARENT_PATH folder)
    list(APPEND module_folders ${folder})
endforeach()
list(REMOVE_DUPLICATES module_folders)

foreach(folder IN LISTS module_folders)
    cmake_path(GET folder FILENAME name)
    folder_sources(${folder} sources)
    if(NOT sources)
        continue()
    endif()
    if(EXISTS ${folder}/module.cmake)
        set(LIBS "")
        include(${folder}/module.cmake)
        pkg_check_modules(LIBS_${name} IMPORTED_TARGET ${LIBS})
        if(NOT LIBS_${name}_FOUND)
            message(NOTICE "module ${name} is left out: needs ${LIBS}")
            continue()
        endif()
        add_library(module_${name} OBJECT ${sources})
        target_link_libraries(module_${name} PUBLIC tandem_flags PkgConfig::LIBS_${name} tandem_libs)
        # What the main binary has comes from there, not from a second copy.
        add_library(${name}_so MODULE $<TARGET_OBJECTS:module_${name}>)
        target_link_libraries(${name}_so PRIVATE tandem_flags PkgConfig::LIBS_${name})
        set_target_properties(${name}_so PROPERTIES PREFIX "" OUTPUT_NAME ${name}
            LIBRARY_OUTPUT_DIRECTORY ${MODULE_DIRECTORY} LINKER_LANGUAGE C)
        list(APPEND SHARED_MODULES ${name})
    else()
        add_library(module_${name} STATIC ${sources})
        target_link_libraries(module_${name} PUBLIC tandem_flags tandem_libs)
        list(APPEND LINKED_MODULES ${name})
    endif()
endforeach()

# linked_modules[] of module/registry.h.
set(externs "")
set(items "")
foreach(name IN LISTS LINKED_MODULES)
    string(APPEND externs "extern const struct module module_${name};\n")
    string(APPEND items "    &module_${name},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/linked_modules.c CONTENT
"/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated from the folders in src/modules. */
#include \"module/registry.h\"
@externs@
const struct module *const linked_modules[] = {
@items@    NULL
};
" @ONLY)
add_library(tandem_modules STATIC ${CMAKE_BINARY_DIR}/linked_modules.c)
target_link_libraries(tandem_modules PUBLIC tandem_flags tandem_libs)
