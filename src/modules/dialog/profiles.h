/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles: sets of dialogs by name, and by name and value, counted for the whole process. */
#pragma once
#include "module/module.h"

struct dialog;

struct profile { /* lives as long as the process */
    struct profile *next;
    struct str name;
    bool with_value;
};
struct profile_defs {
    const struct profile **list;
    size_t n;
};

/* Reads "name; name/s" of a parameter, adding to *out. Any thread. */
err_t profiles_read(struct load *l, const char *subject, struct str text, bool with_value,
                    struct profile_defs *out) MUST_USE;
const struct profile *profile_find(const struct profile_defs *defs, struct str name);

void profiles_begin(void);
void profiles_end(void);
/* Removes remote items whose time is over; by a timer of the first worker. */
void profiles_expire(void);

/* On the home of the dialog. A profile without values ignores the value. */
void profile_add(const struct profile *p, struct dialog *d, struct str value);
bool profile_remove(const struct profile *p, struct dialog *d, struct str value);
bool profile_has(const struct profile *p, const struct dialog *d, struct str value);
void profiles_leave(struct dialog *d); /* all */
/* It is about to be over: from now on its memberships do not count. */
void profiles_uncount(struct dialog *d);
/* Moves the memberships of one, which was never stored, to another. */
void profiles_take(struct dialog *to, struct dialog *from);

/* How many dialogs there are in it, remote ones included. Value STR_NONE: with any. Any thread. */
int64_t profile_size(const struct profile *p, struct str value);
/* What other servers say. `uid` names the item. ERR_EXISTS, ERR_NOT_FOUND. */
err_t profile_remote_add(const struct profile *p, struct str value, struct str uid,
                         int64_t expires_unix) MUST_USE;
err_t profile_remote_remove(const struct profile *p, struct str value, struct str uid) MUST_USE;
