/* SPDX-License-Identifier: BSD-2-Clause */
/* Users in the SQLite database while no server runs. */
#pragma once
#include "client.h"

struct user_command {
    const char *what; /* "add", "password", "remove", "list" */
    const char *user, *password, *domain;
};

/* The database's path: from `url` (a path or sqlite:///path), else from what the configuration file
 * says. NULL and a sentence in *why (free it). Free the path. */
char *users_database(const char *url, const char *config, char **why);
/* Does it; the result as the server's methods give it, or NULL and *why. */
json_t *users_run(const char *database, const struct user_command *cmd, char **why);
