#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Starts the server in the foreground with the configuration of this tree; logs go to the terminal.
cd "$(dirname "$0")/.."
exec build/bin/tandem -f etc/tandem.cfg -DD -E "$@"
