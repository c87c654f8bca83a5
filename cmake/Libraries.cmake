# SPDX-License-Identifier: BSD-2-Clause
# Foreign libraries of the main binary: the interface target `tandem_libs`.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(TANDEM_LIBS REQUIRED IMPORTED_TARGET
    libssl libcrypto libpcre2-8 jansson libcares liburcu-qsbr sqlite3 zlib libxxhash)

add_library(tandem_libs INTERFACE)
target_link_libraries(tandem_libs INTERFACE
    PkgConfig::TANDEM_LIBS Threads::Threads ${CMAKE_DL_LIBS} m)

if(TANDEM_JEMALLOC AND NOT TANDEM_SANITIZE AND NOT TANDEM_FUZZ)
    pkg_check_modules(JEMALLOC IMPORTED_TARGET jemalloc)
    if(JEMALLOC_FOUND)
        target_link_libraries(tandem_libs INTERFACE
            -Wl,--no-as-needed PkgConfig::JEMALLOC -Wl,--as-needed)
    endif()
endif()
