/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of failed destinations (net/blocklist.h) for scripts: who sent the message at hand is
 * put on it, taken off, looked up; and which failures of what is sent do not count. */
#include "core/call.h"
#include "net/blocklist.h"
#include "script/value.h"
#include "sip/values.h"

enum { SECONDS_MAX = 1000000 };

struct seconds_args {
    int64_t timeout;
};
struct range_args {
    int64_t min, max;
};
struct flags_args {
    int64_t flags;
};

static struct {
    struct module_slot slot;
} self;

static int put(struct call *c, int64_t seconds)
{
    bool listed = blocklist_add(c->from.proto, &c->from.peer, BLOCKED_BY_HAND, 0, seconds * 1000);

    return listed ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int blst_add(struct call *c, const struct seconds_args *a)
{
    return put(c, a->timeout);
}
EXPOSE(blst_add, seconds_args)

static int blst_add_retry_after(struct call *c, const struct range_args *a)
{
    const struct header *h = c->msg ? msg_header(c->msg, HEADER_RETRY_AFTER) : NULL;
    struct retry_after after;
    int64_t seconds;

    if (!h || retry_after_parse(h->body, &after))
        return SCRIPT_FALSE;
    seconds = after.seconds;
    if (seconds < a->min)
        seconds = a->min;
    if (seconds > a->max)
        seconds = a->max;
    return seconds > 0 ? put(c, seconds) : SCRIPT_FALSE;
}
EXPOSE(blst_add_retry_after, range_args)

static int blst_del(struct call *c)
{
    return blocklist_remove(c->from.proto, &c->from.peer) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE0(blst_del)

static int blst_is_blocklisted(struct call *c)
{
    return blocklist_has(c->from.proto, &c->from.peer) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE0(blst_is_blocklisted)

static int blst_set_ignore(struct call *c, const struct flags_args *a)
{
    c->forward_tolerated |= (uint8_t)a->flags;
    return SCRIPT_TRUE;
}
EXPOSE(blst_set_ignore, flags_args)

static int blst_clear_ignore(struct call *c, const struct flags_args *a)
{
    c->forward_tolerated &= (uint8_t)~a->flags;
    return SCRIPT_TRUE;
}
EXPOSE(blst_clear_ignore, flags_args)

static int blst_rpl_set_ignore(struct call *c, const struct flags_args *a)
{
    c->reply_tolerated |= (uint8_t)a->flags;
    return SCRIPT_TRUE;
}
EXPOSE(blst_rpl_set_ignore, flags_args)

static int blst_rpl_clear_ignore(struct call *c, const struct flags_args *a)
{
    c->reply_tolerated &= (uint8_t)~a->flags;
    return SCRIPT_TRUE;
}
EXPOSE(blst_rpl_clear_ignore, flags_args)

static const struct field seconds_args_fields[] = {
    FIELD(seconds_args, timeout, "Seconds on the list; 0: dst_blocklist_expire.", .def = "0",
          .max = SECONDS_MAX),
    { 0 },
};
static const struct field range_args_fields[] = {
    FIELD(range_args, min, "Seconds at least.", .max = SECONDS_MAX),
    FIELD(range_args, max, "Seconds at most.", .max = SECONDS_MAX),
    { 0 },
};
static const struct field flags_args_fields[] = {
    FIELD(
        flags_args, flags,
        "Failures, a sum of 2 (sending failed), 4 (connecting failed), 16 (time-out), 32 (a 503); "
        "without the argument all.",
        .def = "255", .max = 255),
    { 0 },
};

#define OUTCOMES(yes, no)                                                                          \
    .returns = (const struct outcome[])                                                            \
    {                                                                                              \
        { 1, (yes) }, { -1, (no) },                                                                \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
static const struct func funcs[] = {
    FUNC(blst_add, seconds_args,
         "Puts the sender of the message on the list of failed destinations, which requests avoid.",
         OUTCOMES("it is on the list", "the list is not in use, or full")),
    FUNC(blst_add_retry_after, range_args,
         "The same for as long as the message's Retry-After says, within bounds.",
         OUTCOMES("it is on the list",
                  "there is no Retry-After, or the list is not in use or full")),
    FUNC0(blst_del, "Takes the sender of the message off the list.",
          OUTCOMES("it was on the list", "it was not")),
    FUNC0(blst_is_blocklisted, "Tells whether the sender of the message is on the list.",
          OUTCOMES("it is", "it is not"),
          .aliases = (const char *const[]){ "blst_is_blacklisted", NULL }),
    FUNC(blst_set_ignore, flags_args,
         "Failures of sending the request on do not put its destination on the list."),
    FUNC(blst_clear_ignore, flags_args, "They do again."),
    FUNC(blst_rpl_set_ignore, flags_args,
         "Failures of sending replies to the message do not put their destination on the list."),
    FUNC(blst_rpl_clear_ignore, flags_args, "They do again."),
    { 0 },
};

const struct module module_blst = {
    .abi = MODULE_ABI,
    .name = "blst",
    .doc = "Works on the list of destinations that failed lately.",
    .slot = &self.slot,
    .funcs = funcs,
};
