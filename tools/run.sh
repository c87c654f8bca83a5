#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Starts the server in the foreground with the configuration of this tree and an embedded database;
# logs go to the terminal. TANDEM_DATA says where the database and the control socket lie. Further
# arguments go to the server.
set -eu
cd "$(dirname "$0")/.."
data=${TANDEM_DATA:-$PWD/build/var}
database=$data/tandem.sqlite
socket=
[ "$data" = "$PWD/build/var" ] || socket=" -s $data/tandem.sock"

mkdir -p "$data"
[ -s "$database" ] || tools/make_database.sh "$database"

cat <<EOF

Tandem serves on UDP and TCP port 5060 of every address of this machine.

  add a user        build/bin/tandemctl$socket user add alice secret
  register a phone  user alice, password secret, domain and server: an address of this machine
  who is there      build/bin/tandemctl$socket ul.dump
  change the rules  edit etc/tandem.cfg, then build/bin/tandemctl$socket config.reload
  stop              Ctrl-C

EOF
exec build/bin/tandem -f etc/tandem.cfg -A "DBURL=\"sqlite://$database\"" -Y "$data" -DD -E "$@"
