/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/sl/answer.h"
#include "script/value.h"

/* Statuses with a counter of their own. */
static const struct {
    unsigned status;
    enum sl_stat stat;
} counters[] = {
    { 200, SL_200 }, { 202, SL_202 }, { 300, SL_300 }, { 301, SL_301 }, { 302, SL_302 },
    { 400, SL_400 }, { 401, SL_401 }, { 403, SL_403 }, { 404, SL_404 }, { 407, SL_407 },
    { 408, SL_408 }, { 483, SL_483 }, { 500, SL_500 },
};

/* Each reply is counted once: under its own status, else under its class. */
static void count_status(unsigned status)
{
    static const enum sl_stat of_class[] = {
        SL_XXX, SL_1XX, SL_2XX, SL_3XX, SL_4XX, SL_5XX, SL_6XX
    };

    sl_count(SL_SENT);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        if (counters[i].status == status) {
            sl_count(counters[i].stat);
            return;
        }
    sl_count(status < 700 ? of_class[status / 100] : SL_XXX);
}

err_t sl_answer(struct call *c, unsigned status, struct str reason)
{
    err_t e;

    if (c->msg->request && c->msg->method == METHOD_ACK)
        return ERR_OK;
    e = send_local_reply(c, status, reason, STR_NONE);
    if (e) {
        sl_count(SL_FAILURES);
        return e;
    }
    count_status(status);
    event_run(c, "sl:local-response", SCRIPT_TRUE);
    return ERR_OK;
}

bool sl_absorb_ack(struct call *c)
{
    struct str tag;

    if (c->msg->method != METHOD_ACK)
        return false;
    tag = msg_to_tag(c->msg);
    if (tag.n == 0 || !str_eq(tag, reply_stateless_tag(c)))
        return false;
    sl_count(SL_ACKS);
    event_run(c, "sl:filtered-ack", SCRIPT_TRUE);
    return true;
}

/* The status line lies between the version and the end of the reason. */
static void change_status(struct call *c, unsigned status, struct str reason)
{
    const struct msg *m = c->msg;
    const char *from = m->version.p + m->version.n;
    const char *end = m->first_line.p + m->first_line.n;

    while (end > from && (end[-1] == '\r' || end[-1] == '\n'))
        end--;
    edit_replace(&c->edits, m, (struct str){ from, (size_t)(end - from) },
                 arena_fmt(c->arena, " %u " STR_FMT, status, STR_ARG(reason)));
}

err_t sl_pass_reply(struct call *c, unsigned status, struct str reason)
{
    struct edit_list before = c->edits;
    err_t e;

    if (c->msg->request)
        return ERR_STATE;
    if (status && status / 100 != c->msg->status / 100)
        return ERR_RANGE;
    if (status || reason.n) {
        edit_init(&c->edits, c->arena);
        edit_add_all(&c->edits, &before);
        if (!status)
            status = c->msg->status;
        change_status(c, status, reason.n ? reason : status_reason(status));
    }
    e = send_reply_stateless(c);
    c->edits = before;
    return e;
}
