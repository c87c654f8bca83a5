/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locations: where the users of an address-of-record (AOR) can be reached. What other modules use.
 *
 * A contact is one record, immutable once stored (but for its atomic members): a refresh puts a new
 * record in the old one's place. Whoever found one holds a reference and reads it without a lock.
 */
#pragma once
#include "base/obj.h"
#include "core/call.h"
#include "data/table.h"

enum contact_text {
    CONTACT_URI,
    CONTACT_CALL_ID,
    CONTACT_USER_AGENT,
    CONTACT_RECEIVED, /* URI of where it was seen to come from */
    CONTACT_PATH,     /* Path vector, as the body of one header (RFC 3327) */
    CONTACT_INSTANCE, /* +sip.instance without quotes (RFC 5626) */
    CONTACT_RUID,     /* unique id of the record */
    CONTACT_SOCKET,   /* "udp:192.0.2.1:5060", where it is not simply `socket`'s own text */
    CONTACT_ATTRS,    /* attributes, see contact_attrs_of */
    CONTACT_TEXTS
};
enum contact_state { CONTACT_NEW, CONTACT_DIRTY, CONTACT_SYNC }; /* against the database */
enum {
    CONTACT_MEMORY_ONLY = 8, /* `flags`: never written to the database */
    CONTACT_ALL_METHODS = -1,
};

/* What a contact is made from; the strings are copied by contact_new. */
struct contact_info {
    struct str text[CONTACT_TEXTS];
    struct listener *socket; /* it registered there; NULL: not known here */
    uint64_t connection;     /* of a stream; 0: none */
    int64_t expires;         /* seconds since 1970; 0: never */
    int64_t modified;
    uint32_t cseq, flags, cflags; /* cflags: branch flags */
    int32_t methods;              /* METHOD_BITs, or CONTACT_ALL_METHODS */
    int32_t reg_id, server_id;
    int16_t q; /* thousandths; -1: none */
    enum contact_state state;
};

struct contact {          /* made by contact_new; obj_hold, obj_drop */
    struct contact *next; /* in its AOR, best first; only read under the table's lock */
    struct listener *socket;
    uint64_t connection;
    int64_t expires;
    uint32_t modified, cseq, flags, cflags;
    int32_t methods, reg_id, server_id;
    atomic_uint last_keepalive, round_trip_us; /* of pings */
    int16_t q;
    atomic_uchar state;
    uint16_t end[CONTACT_TEXTS];
    char bytes[];
};

/* METHOD_BITs as databases and control clients know them: INVITE 1, CANCEL 2, ACK 4 … PUBLISH
 * 8192, all others 16384. */
int32_t contact_methods(unsigned mask);

struct contact *contact_new(const struct contact_info *info);
/* Empty when there is none. */
struct str contact_text(const struct contact *c, enum contact_text which);
struct str contact_socket_text(const struct contact *c);
void contact_read(const struct contact *c,
                  struct contact_info *out); /* views, for making another */
bool contact_is_expired(const struct contact *c, int64_t now_unix);
/* Adds a new unique id to `b`. */
void contact_make_ruid(struct buf *b);

/* What the first XAVP of this name holds, for CONTACT_ATTRS; and back into a new XAVP, when the
 * contact has any. */
struct str contact_attrs_of(const struct vars *vars, struct str xavp, struct arena *a);
void contact_attrs_show(const struct contact *c, struct vars *vars, struct str xavp);

struct location; /* one table of AORs, "location" */
/* Finds or makes; never NULL. Does not suspend. */
struct location *location_open(struct str name);
struct location *location_find(struct str name);
struct location *location_at(size_t i); /* all, NULL behind the last */
struct str location_name(const struct location *l);
size_t location_aors(const struct location *l);

/* References to the contacts of one AOR, best first. */
struct contact_list {
    struct contact **at;
    size_t n;
};
void contact_list_drop(struct contact_list *list);

/* All stored contacts of an AOR, expired ones included until they are swept. Suspends where the
 * database is asked. ERR_NOT_FOUND: the AOR is not registered; ERR_BACKEND, ERR_IO. */
err_t location_get(struct location *l, struct str aor, struct arena *a,
                   struct contact_list *out) MUST_USE;
/* The AOR that holds the contact with this unique id. Suspends likewise. */
err_t location_find_ruid(struct location *l, struct str ruid, struct arena *a, struct str *aor,
                         struct contact **out) MUST_USE;

/*
 * Changes an AOR, making it when needed and removing it when nothing is left. `fn` runs once, under
 * a lock: it must not suspend; when it fails it must not have changed anything. The database (by
 * db_mode) is written after it; location_update suspends then.
 */
struct aor_edit;
err_t location_update(struct location *l, struct str aor,
                      err_t (*fn)(struct aor_edit *a, void *arg), void *arg) MUST_USE;
struct contact *aor_first(struct aor_edit *a);
void aor_insert(struct aor_edit *a, struct contact *c); /* takes over the reference */
void aor_replace(struct aor_edit *a, struct contact *old, struct contact *fresh); /* likewise */
void aor_remove(struct aor_edit *a, struct contact *old);
void aor_list(struct aor_edit *a, struct arena *arena, struct contact_list *out);

/* Calls fn for every contact, a shard at a time, under its lock. For pings. */
void location_each(struct location *l, unsigned part, unsigned parts,
                   void (*fn)(struct str aor, struct contact *c, void *arg), void *arg);

enum location_event {
    LOCATION_INSERT = 1,
    LOCATION_UPDATE = 2,
    LOCATION_DELETE = 4,
    LOCATION_EXPIRE = 8,
};
/* Called after a change, without a lock, on the coroutine that made it; may suspend. At start. */
void location_on_change(void (*fn)(enum location_event what, struct location *l, struct str aor,
                                   struct contact *c));

/* Settings that other modules need. */
struct usrloc_settings {
    bool use_domain;
    int64_t db_mode, matching_mode, cseq_delay, nat_flag;
    struct str xavp_contact; /* until the coroutine's next suspension */
};
struct usrloc_settings usrloc_settings(void);

/*
 * Requests that see whether a contact still answers, and their replies (ping.c): for keep-alives.
 */
/* Where a contact is really reached: the first of its Path when `use_path`, what was seen, or what
 * it says. `socket` ("192.0.2.1:5060") is sent from when it registered at none; may be empty. Never
 * opens a connection. */
err_t ping_flow(const struct contact *c, bool use_path, struct str socket,
                struct flow *out) MUST_USE;

struct ping_form {
    struct str prefix; /* of its branch, by which its reply is known: "z9hG4bK" and more */
    struct str method, from, to; /* URIs; `to` empty: the contact's own */
    struct str from_tag;         /* empty: drawn by lot */
};
/* A request of its own: its branch names the contact and its Call-ID the AOR, so that the reply
 * finds it. */
void ping_build(const struct ping_form *form, struct str aor, const struct contact *c,
                const struct flow *to, struct buf *b);
/* Whether the call's message is a reply to a ping with this prefix. */
bool ping_is_reply(struct call *c, struct str prefix);
/* Calls fn for the contact that replied, if it is still there. May suspend. */
void ping_each_answered(struct call *c, struct str prefix,
                        void (*fn)(struct call *c, struct contact *k));
