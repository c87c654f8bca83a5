#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# install_packages.sh SET...: installs the Debian packages of those sets of tools/packages.txt
# (build, run, test) that are missing. Asks apt for nothing when all are there.
set -eu
cd "$(dirname "$0")/.."

wanted=$(for set in "$@"; do
    sed -n "/^\[$set\]/,/^\[/{/^[a-z0-9]/p}" tools/packages.txt
done | sort -u)

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
if [ "$(id -u)" = 0 ]; then
    as_root="env DEBIAN_FRONTEND=noninteractive"
else
    as_root="sudo env DEBIAN_FRONTEND=noninteractive"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -q && $as_root apt-get install -q -y --no-install-recommends $missing; } \
    >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "The packages above could not be installed." >&2
    exit 1
fi
