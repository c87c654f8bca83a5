/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control floor needs from above, and what it offers the server's start. */
#pragma once
#include "base/net_addr.h"
#include "control/rpc.h"

struct control_status {
    unsigned generation; /* number of the current one */
    unsigned alive;      /* generations that calls still pin, the current one included */
    int64_t loaded_unix;
    struct str file; /* of the configuration; valid until the next suspension */
    uint64_t reloads, refused;
};

/* Filled in by the server floor before the workers start; entries may be NULL, then the methods
 * that need them answer that this is not possible. */
struct control_host {
    int argc;
    char *const *argv;
    int64_t started_unix;
    const char *name;          /* "tandem" */
    const struct module *core; /* the core described as if it were a module; may be NULL */
    /* The modules of the current generation, in order of loading; valid until the next suspension.
     */
    const struct module *const *(*modules)(size_t *n);
    /* Reads and checks `file` (STR_NONE: the current file again); reload also makes it current. All
     * diagnostics, one per line, go to `why`, warnings too. Suspends. */
    err_t (*reload)(struct str file, struct buf *why);
    err_t (*check)(struct str file, struct buf *why);
    /* Begins to end the process in good order. */
    void (*stop)(void);
    void (*status)(struct control_status *out);
    /* Folder of run-time files, without a final slash. */
    struct str (*rundir)(void);
    /* Calls `fn` for each name that is this server beside its listeners. */
    void (*each_alias)(void (*fn)(enum proto proto, struct str host, uint16_t port, void *arg),
                       void *arg);
    /* The realm of users without a domain (users.realm of the configuration), in `a`; may be empty.
     */
    struct str (*realm)(struct arena *a);
    /* Changes a parameter marked `runtime` of a loaded module, at once in all workers; `why` says
     * what was expected. ERR_NOT_FOUND, ERR_TYPE, ERR_RANGE. */
    err_t (*set_param)(const struct module *m, struct str name, int64_t value, struct buf *why);
    /* Names defined by the configuration's preprocessor, with values. */
    void (*each_define)(void (*fn)(struct str name, struct str value, void *arg), void *arg);
};
extern struct control_host control_host;

/* Registers the methods of the core (core.*, system.*, config.*, mem.*, dns.*, user.* …). Once, at
 * start, before the workers. */
void control_begin(void);
/* Opens the server's own control socket, `path` (STR_NONE: <rundir>/tandem.sock), for the owner of
 * the process only. On a worker; called in the first worker's begin. `why` names the reason. */
err_t control_socket_open(struct str path, struct buf *why) MUST_USE;
/* Closes it and removes the file; on the same worker, before it stops. */
void control_socket_close(void);

/* Everything that can be told about all known modules: JSON for tools; Markdown manual pages, one
 * <name>.md per module and an index, written into the folder `dir`, which is made when missing. */
void describe_json(struct buf *out);
void describe_modules(struct buf *out); /* for --list-modules: one line each */
err_t describe_manual(const char *dir, struct buf *why) MUST_USE;
