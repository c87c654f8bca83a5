# SPDX-License-Identifier: BSD-2-Clause
# make: the programs.  make run: install what is needed, build, start a server in the foreground.
# make check: everything that must hold before a change lands.  make test: just the unit tests.
# make format: lays out the sources.
.PHONY: all run check test format clean
JOBS ?= $(shell nproc)

all: build/build.ninja
	@ninja -C build -j$(JOBS)

build/build.ninja:
	@cmake --preset release

test: all
	@ctest --test-dir build --output-on-failure -j$(JOBS)

run:
	@tools/install_packages.sh build run
	@$(MAKE) --no-print-directory all
	@exec tools/run.sh

check:
	@tools/install_packages.sh build run test
	@exec tools/check.py

format:
	@clang-format -i $$(git ls-files -co --exclude-standard 'src/*.[ch]' 'tools/*.[ch]' 'tests/*.[ch]')

clean:
	@rm -rf build
