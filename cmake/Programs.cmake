# SPDX-License-Identifier: BSD-2-Clause
# bin/tandem, whole and with its symbols exported, so that shared modules resolve against it; and
# bin/tandemctl.
list(TRANSFORM FLOORS PREPEND tandem_ OUTPUT_VARIABLE EVERYTHING)
list(TRANSFORM LINKED_MODULES PREPEND module_ OUTPUT_VARIABLE linked)
list(APPEND EVERYTHING tandem_modules ${linked})

if(EXISTS ${CMAKE_SOURCE_DIR}/src/server/main.c)
    add_executable(tandem src/server/main.c)
    list(JOIN EVERYTHING "," everything)
    target_link_libraries(tandem PRIVATE tandem_flags
        "$<LINK_LIBRARY:WHOLE_ARCHIVE,${everything}>" tandem_libs)
    set_target_properties(tandem PROPERTIES ENABLE_EXPORTS ON)
endif()

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/tandemctl/*.c)
list(FILTER sources EXCLUDE REGEX "_test\\.c$")
if(sources)
    add_executable(tandemctl ${sources})
    target_link_libraries(tandemctl PRIVATE tandem_flags tandem_control tandem_net tandem_rt
        tandem_sip tandem_base tandem_libs)
endif()

include(GNUInstallDirs)
# Editors lead from a warning to its page.
set_source_files_properties(src/lsp/check.c PROPERTIES
    COMPILE_DEFINITIONS TANDEM_DOC_DIR="${CMAKE_INSTALL_FULL_DOCDIR}")
install(FILES docs/warnings.md docs/editors.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 FILES_MATCHING PATTERN "*.7")
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 FILES_MATCHING PATTERN "*.8")
foreach(program tandem tandemctl)
    if(TARGET ${program})
        install(TARGETS ${program} DESTINATION ${CMAKE_INSTALL_SBINDIR})
    endif()
endforeach()
foreach(name IN LISTS SHARED_MODULES)
    install(TARGETS ${name}_so DESTINATION ${CMAKE_INSTALL_LIBDIR}/tandem/modules)
endforeach()
