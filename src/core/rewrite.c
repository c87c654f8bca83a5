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
