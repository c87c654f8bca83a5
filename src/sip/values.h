/* SPDX-License-Identifier: BSD-2-Clause */
/* Readers of header values other than addresses, Via and credentials. Slices point into the text.
 */
#pragma once
#include "sip/message.h"

/* The next value of a comma-separated list (Supported, Require, Allow, Accept …), trimmed; commas
 * in quoted strings and in < > do not count. False at the end; empty values are skipped. */
bool list_next(struct str *list, struct str *value);
/* Whether an option or token is in the list, case-insensitively. */
bool list_has(struct str list, struct str token);
/* The same over all headers of a kind. */
bool msg_lists(const struct msg *m, enum header_id id, struct str token);

/* Seconds (RFC 3261, 25.1 delta-seconds); ERR_LIMIT past 2^32-1. */
err_t seconds_parse(struct str in, uint32_t *out) MUST_USE;
/* "Sat, 13 Nov 2010 23:29:00 GMT" (20.17) as seconds since 1970; only GMT is allowed. */
err_t date_parse(struct str in, int64_t *out) MUST_USE;
void date_write(struct buf *b, int64_t seconds);

struct retry_after {
    uint32_t seconds;
    struct str comment, params, duration; /* 20.33 */
};
err_t retry_after_parse(struct str in, struct retry_after *out) MUST_USE;

struct reason {                       /* RFC 3326 */
    struct str protocol, cause, text; /* text without its quotes */
    struct str params;
};
/* One value from the front of *in; *in is moved behind it and its comma. */
err_t reason_next(struct str *in, struct reason *out) MUST_USE;

struct rack { /* RFC 3262, 7.2 */
    uint32_t rseq, cseq;
    enum sip_method method;
    struct str method_name;
};
err_t rack_parse(struct str in, struct rack *out) MUST_USE;

struct event_value { /* RFC 6665, 8.2.1; Subscription-State has the same form: the state is
                        `package` */
    struct str package, id, params;
    struct str expires, reason, retry_after; /* of Subscription-State */
};
err_t event_parse(struct str in, struct event_value *out) MUST_USE;

struct content_type {
    struct str type, subtype, params;
    struct str boundary, charset; /* without quotes */
};
err_t content_type_parse(struct str in, struct content_type *out) MUST_USE;
bool content_type_is(const struct content_type *c, struct str type, struct str subtype);

enum refresher { REFRESHER_NONE, REFRESHER_UAC, REFRESHER_UAS };
struct session_expires { /* RFC 4028, 4; Min-SE has the same form without refresher */
    uint32_t seconds;
    enum refresher refresher;
    struct str params;
};
err_t session_expires_parse(struct str in, struct session_expires *out) MUST_USE;

struct replaces { /* RFC 3891, 6.1 */
    struct str call_id, from_tag, to_tag;
    bool early_only;
};
err_t replaces_parse(struct str in, struct replaces *out) MUST_USE;
