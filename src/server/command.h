/* SPDX-License-Identifier: BSD-2-Clause */
/* What `tandem` can do besides serving: `tandem NAME …`. Floors above this one fill in the table.
 */
#pragma once

struct command {
    const char *name;
    const char *doc;
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit code */
};
extern const struct command server_commands[]; /* ended by a NULL name */
