/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that see whether a contact still answers, and their replies: for the keep-alives of
 * usrloc and those of nathelper. */
#pragma once
#include "modules/usrloc/usrloc.h"

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
