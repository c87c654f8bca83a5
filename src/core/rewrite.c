/* SPDX-License-Identifier: BSD-2-Clause */
/* A message read again after the script has changed it. */
#include "core/call.h"

err_t call_replace_message(struct call *c, struct str text)
{
    struct msg *fresh = ARENA_NEW(c->arena, struct msg);
    struct str raw = arena_dup(c->arena, text);
    err_t e = msg_parse(raw, &msg_default_limits, c->arena, fresh, NULL);

    if (e)
        return e;
    if (fresh->request != c->msg->request)
        return ERR_SYNTAX;
    c->msg = fresh;
    edit_clear(&c->edits);
    if (!c->uri_rewritten)
        c->cached_uri = NULL;
    return ERR_OK;
}

err_t call_apply_changes(struct call *c)
{
    struct buf now;
    err_t e;

    if (c->msg->request && c->uri_rewritten)
        edit_replace(&c->edits, c->msg, c->msg->uri, call_uri_text(c));
    buf_init(&now, MEM_MESSAGE);
    edit_apply(&c->edits, c->msg, false, &now);
    e = call_replace_message(c, buf_str(&now));
    buf_free(&now);
    if (!e && c->uri_rewritten)
        call_reset_uri(c);
    return e;
}

/* ---- the status line of a reply ---- */

static bool may_become(unsigned from, int64_t to)
{
    if (to < 100 || to > 699)
        return false;
    return from / 100 == to / 100 || (from >= 300 && to >= 300);
}

static void put_anew(struct call *c, struct str what, struct str text)
{
    edit_forget(&c->edits, c->msg, what);
    edit_replace(&c->edits, c->msg, what, text);
}

err_t call_change_status(struct call *c, int64_t status)
{
    const struct msg *m = c->msg;

    if (m->request || !may_become(m->status, status))
        return ERR_RANGE;
    put_anew(c, (struct str){ m->version.p + m->version.n + 1, 3 },
             arena_fmt(c->arena, "%03d", (int)status));
    return ERR_OK;
}

void call_change_reason(struct call *c, struct str reason)
{
    if (!c->msg->request && c->msg->reason.p)
        put_anew(c, c->msg->reason, reason);
}
