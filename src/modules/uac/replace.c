/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From and To under other names, for the far side of a dialog only: replies get the old ones back,
 * and the dialog's later requests are changed by what a Record-Route parameter, or a variable of
 * the dialog, remembers.
 */
#include "base/log.h"
#include "modules/dialog/dialog.h"
#include "modules/rr/rr.h"
#include "modules/uac/coding.h"
#include "modules/uac/inner.h"

#define AREA "uac"

struct replaced {
    struct str display[PARTIES]; /* as the script gave it */
    bool has_display[PARTIES];
    struct str uri[PARTIES];      /* likewise; empty: not replaced */
    struct str original[PARTIES]; /* name and URI that replies are to show; empty: as they come */
    const struct txn *watched;
};

/* What a transaction's replies are to show; in its arena. */
struct restoring {
    struct str original[PARTIES];
};

static const enum header_id header_of[PARTIES] = { HEADER_FROM, HEADER_TO };

static struct replaced *replaced_of(struct call *c)
{
    unsigned slot = uac_replace_slot();

    if (!c->module_data[slot])
        c->module_data[slot] = ARENA_NEW(c->arena, struct replaced);
    return c->module_data[slot];
}

static const struct address *address_of(struct msg *m, enum party p)
{
    const struct address *a = p == PARTY_FROM ? msg_from(m, NULL) : msg_to(m, NULL);

    return a && a->uri_text.n ? a : NULL;
}

/* Display name and URI, as they stand in the message; the parameters follow. */
static struct str core_of(const struct address *a, const struct header *h)
{
    const char *end = a->uri_text.p + a->uri_text.n, *stop = h->all.p + h->all.n;

    while (a->brackets && end < stop && *end != '>')
        end++;
    if (a->brackets && end < stop)
        end++;
    return (struct str){ a->all.p, (size_t)(end - a->all.p) };
}

static bool is_clean(struct str s)
{
    return str_find(s, '\r') == s.n && str_find(s, '\n') == s.n;
}

/* In place of what was put there before: the last word counts. */
static void put(struct call *c, struct edit_list *edits, struct str core, struct str text)
{
    edit_forget(edits, c->msg, core);
    edit_replace(edits, c->msg, core, text);
}

/* ---- what the dialog remembers ---- */

/* The URIs of each party as the caller's side and as the callee's side know them. */
static const struct str dialog_names[PARTIES][2] = {
    [PARTY_FROM] = { STR_INIT("_uac_fu"), STR_INIT("_uac_funew") },
    [PARTY_TO] = { STR_INIT("_uac_to"), STR_INIT("_uac_tonew") },
};

static void remember_in_dialog(struct call *c, enum party p, struct str from, struct str to)
{
    struct dialog *d = dialog_or_pending(c);

    if (!dialog_var(d, dialog_names[p][0]).n)
        dialog_set_var(d, dialog_names[p][0], from);
    dialog_set_var(d, dialog_names[p][1], to);
}

static bool is_from_caller(struct call *c)
{
    const struct dialog *d = dialog_of(c);

    return d && str_eq(dialog_tag(d, DIALOG_CALLER), msg_from_tag(c->msg));
}

static err_t read_dialog(struct call *c, enum party stored, bool downstream, struct str *uri)
{
    const struct dialog *d = dialog_of(c);
    struct str text = d ? dialog_var(d, dialog_names[stored][downstream]) : STR_NONE;

    *uri = arena_dup(c->arena, text);
    return text.n ? ERR_OK : ERR_NOT_FOUND;
}

/* ---- what Record-Route remembers ---- */

static struct str store_name(const struct uac_conf *conf, enum party p)
{
    return p == PARTY_FROM ? conf->rr_from_store_param : conf->rr_to_store_param;
}

static void remember(struct call *c, const struct uac_conf *conf, enum party p, struct str from,
                     struct str to)
{
    struct str code = uris_encode(from, to, conf->restore_passwd, c->arena);
    struct str begin = arena_fmt(c->arena, ";" STR_FMT "=", STR_ARG(store_name(conf, p)));
    struct str param = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(begin), STR_ARG(code));

    for (struct build_hook *h = c->build_hooks; h; h = h->next) {
        if (str_starts(h->text[0], begin)) {
            h->text[0] = param;
            return;
        }
    }
    rr_add_param(c, param);
}

static err_t read_route(struct call *c, const struct uac_conf *conf, struct str params,
                        enum party stored, struct str now, struct str *uri)
{
    struct str code = param_find(params, store_name(conf, stored));
    struct uri parsed;

    if (!code.n)
        return ERR_NOT_FOUND;
    if (!uris_decode(code, now, conf->restore_passwd, c->arena, uri) && !uri_parse(*uri, &parsed))
        return ERR_OK;
    log_warn(AREA, "the Route parameter " STR_FMT " does not fit this request",
             STR_ARG(store_name(conf, stored)));
    return ERR_SYNTAX;
}

/* Changes the URI of a party by what is remembered; `stored` is whose URIs are asked for. */
static err_t change_back(struct call *c, const struct uac_conf *conf, struct str params,
                         enum party stored, enum party at)
{
    const struct address *a = address_of(c->msg, at);
    const struct header *h = msg_header(c->msg, header_of[at]);
    struct str uri;
    err_t e = !a                  ? ERR_SYNTAX
              : conf->restore_dlg ? read_dialog(c, stored, at == stored, &uri)
                                  : read_route(c, conf, params, stored, a->uri_text, &uri);

    if (e)
        return e;
    edit_forget(&c->edits, c->msg, a->uri_text);
    edit_replace(&c->edits, c->msg, a->uri_text, uri);
    replaced_of(c)->original[at] = core_of(a, h);
    return ERR_OK;
}

static err_t change_party(struct call *c, const struct uac_conf *conf, struct str params,
                          enum party stored)
{
    bool downstream = conf->restore_dlg ? is_from_caller(c) : rr_direction(c) == RR_DOWNSTREAM;
    enum party other = stored == PARTY_FROM ? PARTY_TO : PARTY_FROM;

    return change_back(c, conf, params, stored, downstream ? stored : other);
}

static void on_loose_route(struct call *c, struct str params)
{
    const struct uac_conf *conf = uac_conf_of(c->gen);

    if (!conf || conf->restore_mode != RESTORE_AUTO)
        return;
    for (enum party p = PARTY_FROM; p < PARTIES; p++) {
        err_t e = change_party(c, conf, params, p);

        if (e && e != ERR_NOT_FOUND)
            log_debug(AREA, "a party stays as it is: %s", err_text(e));
    }
}

/* ---- replies ---- */

/* A variable may hold the URI that replies are to show. */
static struct str shown_to_caller(struct call *c, const struct uac_conf *conf, enum party p,
                                  struct str original)
{
    const struct var_ref *avp = p == PARTY_FROM ? conf->restore_from_avp : conf->restore_to_avp;
    struct value v = VALUE_NONE;

    if (!original.n || !avp || var_get(c, avp, &v) || v.type != VALUE_STR || !v.s.n)
        return original;
    return arena_fmt(c->arena, "<" STR_FMT ">", STR_ARG(v.s));
}

static void on_reply(const struct txn_note *note, void *arg)
{
    const struct restoring *r = arg;
    struct call *c = note->call;

    for (enum party p = PARTY_FROM; c && note->reply && p < PARTIES; p++) {
        const struct address *a = address_of(c->msg, p);
        struct str core;

        if (!a || !r->original[p].n)
            continue;
        core = core_of(a, msg_header(c->msg, header_of[p]));
        if (!str_eq(core, r->original[p]))
            put(c, &c->edits, core, r->original[p]);
    }
}

static void on_forwarded(const struct txn_note *note, void *arg)
{
    struct call *c = note->call;
    struct replaced *s = c ? c->module_data[uac_replace_slot()] : NULL;
    const struct uac_conf *conf = c ? uac_conf_of(c->gen) : NULL;
    struct restoring *r;

    (void)arg;
    if (!s || !conf || s->watched == note->txn)
        return;
    if (!s->original[PARTY_FROM].n && !s->original[PARTY_TO].n)
        return;
    s->watched = note->txn;
    r = ARENA_NEW(&note->txn->arena, struct restoring);
    for (enum party p = PARTY_FROM; p < PARTIES; p++) {
        struct str text = shown_to_caller(c, conf, p, s->original[p]);

        r->original[p] = text.n ? arena_dup(&note->txn->arena, text) : STR_NONE;
    }
    txn_watch(note->txn, TXN_RESPONSE_IN, on_reply, r, NULL);
}

/* ---- the functions ---- */

static struct str new_text(struct call *c, const struct replaced *s, enum party p,
                           const struct address *a)
{
    struct str display = s->has_display[p] ? s->display[p] : a->display;
    struct str uri = s->uri[p].n ? s->uri[p] : a->uri_text;

    return arena_fmt(c->arena, STR_FMT "%s<" STR_FMT ">", STR_ARG(display), display.n ? " " : "",
                     STR_ARG(uri));
}

static void keep_original(struct call *c, const struct uac_conf *conf, enum party p,
                          const struct address *a)
{
    const struct var_ref *avp = p == PARTY_FROM ? conf->restore_from_avp : conf->restore_to_avp;
    struct value v = VALUE_NONE;

    replaced_of(c)->original[p] = core_of(a, msg_header(c->msg, header_of[p]));
    if (!avp || (var_get(c, avp, &v) == ERR_OK && v.type == VALUE_STR && v.s.n))
        return;
    v = VALUE_OF_STR(a->uri_text);
    if (var_set(c, avp, &v))
        log_warn(AREA, "the original URI could not be kept in a variable");
}

static err_t replace(struct call *c, struct edit_list *edits, enum party p,
                     const struct str *display, struct str uri)
{
    const struct uac_conf *conf = call_conf(c, &module_uac);
    const struct address *a = c->msg->request ? address_of(c->msg, p) : NULL;
    struct replaced *s = replaced_of(c);

    if (!a)
        return ERR_NOT_FOUND;
    if (!is_clean(uri) || (display && !is_clean(*display)))
        return ERR_SYNTAX;
    if (uri.n && conf->restore_mode == RESTORE_AUTO && msg_to_tag(c->msg).n) {
        log_error(AREA, "From and To of requests within a dialog are changed by themselves in the "
                        "mode auto");
        return ERR_DENIED;
    }
    if (display) {
        s->has_display[p] = true;
        s->display[p] = arena_dup(c->arena, *display);
    }
    if (uri.n)
        s->uri[p] = arena_dup(c->arena, uri);
    put(c, edits, core_of(a, msg_header(c->msg, header_of[p])), new_text(c, s, p, a));
    if (!uri.n || conf->restore_mode == RESTORE_NONE)
        return ERR_OK;
    keep_original(c, conf, p, a);
    if (conf->restore_mode != RESTORE_AUTO)
        return ERR_OK;
    if (conf->restore_dlg)
        remember_in_dialog(c, p, a->uri_text, uri);
    else
        remember(c, conf, p, a->uri_text, uri);
    return ERR_OK;
}

err_t uac_replace(struct call *c, enum party p, const struct str *display, struct str uri)
{
    return replace(c, &c->edits, p, display, uri);
}

err_t uac_replace_in(struct call *c, struct edit_list *edits, enum party p, struct str display,
                     struct str uri)
{
    return replace(c, edits, p, &display, uri);
}

err_t uac_restore(struct call *c, enum party p)
{
    const struct uac_conf *conf = call_conf(c, &module_uac);
    struct str params = rr_route_params(c);

    return c->msg->request && (params.p || conf->restore_dlg) ? change_party(c, conf, params, p)
                                                              : ERR_NOT_FOUND;
}

void uac_replace_start(void)
{
    rr_on_loose_route(on_loose_route);
    txn_watch_all(TXN_REQUEST_FORWARDED, on_forwarded, NULL);
}
