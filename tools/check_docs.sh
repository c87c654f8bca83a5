#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Whether the generated pages in docs are those of the built server.
set -eu
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
tools/update_docs.sh "$fresh"
for page in modules man compatibility.md warnings.md; do
	if ! diff -r -q "docs/$page" "$fresh/$page"; then
		echo "docs/$page is not current: run tools/update_docs.sh" >&2
		exit 1
	fi
done
