# SPDX-License-Identifier: BSD-2-Clause
# How everything of ours is compiled: the interface target `tandem_flags`.
add_library(tandem_flags INTERFACE)
target_include_directories(tandem_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(tandem_flags INTERFACE _GNU_SOURCE=
    TANDEM_VERSION="${PROJECT_VERSION}")
target_compile_options(tandem_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Werror
    -fno-omit-frame-pointer -fno-common -fno-strict-aliasing
    # Paths in messages and debug information start at the source folder.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
# ASSERT(!"what cannot be") is meant so.
target_compile_options(tandem_flags INTERFACE $<$<C_COMPILER_ID:Clang>:-Wno-string-conversion>)
target_link_options(tandem_flags INTERFACE -Wl,--as-needed -Wl,-z,relro,-z,now)

if(TANDEM_SANITIZE)
    target_compile_options(tandem_flags INTERFACE -fsanitize=${TANDEM_SANITIZE})
    target_link_options(tandem_flags INTERFACE -fsanitize=${TANDEM_SANITIZE})
    if(TANDEM_SANITIZE MATCHES "undefined")
        target_compile_options(tandem_flags INTERFACE -fno-sanitize-recover=undefined
            # NULL + 0 of an absent str is nothing to fear (and defined since C2y).
            -fno-sanitize=pointer-overflow)
    endif()
else()
    target_compile_options(tandem_flags INTERFACE -fstack-protector-strong)
    if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
        target_compile_options(tandem_flags INTERFACE -D_FORTIFY_SOURCE=2)
    endif()
endif()
if(TANDEM_FUZZ)
    # So that the fuzzer sees which code of ours an input reaches.
    target_compile_options(tandem_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Release builds keep ASSERT (it is ours); `assert` of the C library is not used.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
