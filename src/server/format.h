/* SPDX-License-Identifier: BSD-2-Clause */
/* `tandem --format [-w | --check] [--indent=N] FILE…`: lays out configurations. */
#pragma once

/* Returns what the process ends with: 0, 1 (a file cannot be laid out, or --check found one that is
 * not), 2 (the command line). */
int format_main(int argc, char **argv);
