#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Generates docs/modules and docs/compatibility.md from the descriptors of the modules.
#   update_docs.sh [FOLDER]   into another folder than docs
set -eu
cd "$(dirname "$0")/.."
tandem=${TANDEM:-build/bin/tandem}
modules=$(dirname "$tandem")/../lib/tandem/modules
docs=${1:-docs}
mkdir -p "$docs"
rm -rf "$docs/modules"
"$tandem" -L "$modules" --manual "$docs/modules"
"$tandem" -L "$modules" --describe=json | python3 tools/compat/matrix.py > "$docs/compatibility.md"
