#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes manual pages for man(1): tandem(8) and tandemctl(8) from tools/man and what the programs say
# of themselves, tandem-MODULE(7) from the generated Markdown.
#   update_man.sh MODULES FOLDER   docs/modules, and where the pages go
set -eu
here=$(cd "$(dirname "$0")" && pwd)
programs=$(dirname "${TANDEM:-build/bin/tandem}")
modules=$1
out=$2

# NAME SECTION, Markdown on standard input
roff() {
	lowdown -s -Tman --parse-no-intraemph -M title="$1" -M section="$2" -M source=Tandem -M date= |
		grep -v '^\.\\" -\*-' > "$out/$1.$2"
}

rm -rf "$out"
mkdir -p "$out"
for name in tandem tandemctl; do
	"$programs/$name" -h | sed 's/^/    /' > "$out/help"
	sed -e "/^@HELP $name@\$/{r $out/help
d}" "$here/man/$name.8.md" | roff "$name" 8
done
rm "$out/help"
for page in "$modules"/*.md; do
	name=$(basename "$page" .md)
	[ "$name" = README ] && continue
	# The first paragraph says what the module is for.
	sed -e '/^<!--/d' -e "s/^# .*/# NAME/" -e 's/^##/#/' "$page" |
		awk -v name="tandem-$name" 'name && NR > 1 && NF { printf "%s - ", name; name = "" } { print }' |
		roff "tandem-$name" 7
done
