/* SPDX-License-Identifier: BSD-2-Clause */
/* Users in the SQLite database while no server runs. */
#pragma once
#include "client.h"

struct user_command {
    const char *what; /* "add", "password", "remove", "list" */
    const char *user, *password, *domain;
};

/* Where and how users are kept. */
struct user_table {
    char *database; /* path */
    char *realm;    /* of users without a domain; may be NULL */
    bool plain;     /* passwords are kept themselves, besides their digests */
};

/* From `url` (a path or sqlite:///path) and what the configuration file says; false and a sentence
 * in *why (free it). Free the strings in either case. */
bool users_find(const char *url, const char *config, struct user_table *table, char **why);
/* Does it; the result as the server's methods give it, or NULL and *why. */
json_t *users_run(const struct user_table *table, const struct user_command *cmd, char **why);
