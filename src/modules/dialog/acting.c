/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions that send something, or turn to other dialogs. */
#include "base/log.h"
#include "modules/dialog/funcs.h"
#include "modules/dialog/inner.h"
#include "modules/dialog/lookup.h"
#include "net/net.h"

struct sending {
    unsigned sides;
    enum dialog_side side;
    struct str method, headers, body;
    err_t e;
};

static int result_of(struct call *c, err_t e)
{
    if (e == ERR_OK)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

static int at_home(struct call *c, struct dialog *d, void (*fn)(struct dialog *d, void *arg),
                   struct sending *s)
{
    if (!d)
        return result_of(c, ERR_NOT_FOUND);
    err_t e = dialog_at_home(d, fn, s);
    return result_of(c, e ? e : s->e);
}

static void send_bye(struct dialog *d, void *arg)
{
    struct sending *s = arg;

    s->e = s->sides == BYE_BOTH && d->state >= DIALOG_ANSWERED
               ? dialog_end(d, s->headers)
               : dialog_bye(d, s->sides, s->headers);
}

int dlg_bye(struct call *c, const struct bye_args *a)
{
    static const unsigned sides[] = { BYE_CALLER, BYE_CALLEE, BYE_BOTH };

    return at_home(c, dialog_of(c), send_bye, &(struct sending){ .sides = sides[a->side] });
}

static void send_within(struct dialog *d, void *arg)
{
    struct sending *s = arg;

    s->e = d->state == DIALOG_ENDED ? ERR_STATE
                                    : dialog_send(&(struct dialog_request){ .dialog = d,
                                                                            .to = s->side,
                                                                            .method = s->method,
                                                                            .headers = s->headers,
                                                                            .body = s->body });
}

static int refer(struct call *c, struct dialog *d, int side, struct str address)
{
    const struct dialog_conf *conf = call_conf(c, &module_dialog);
    struct uri uri;
    struct sending s = { .side = side == 0 ? DIALOG_CALLER : DIALOG_CALLEE,
                         .method = STR("REFER") };

    if (uri_parse(address, &uri) != ERR_OK)
        return result_of(c, ERR_SYNTAX);
    s.headers = arena_fmt(c->arena,
                          "Contact: <" STR_FMT ">\r\nReferred-By: <" STR_FMT ">\r\n"
                          "Refer-To: <" STR_FMT ">\r\n",
                          STR_ARG(conf->bridge_contact), STR_ARG(conf->bridge_controller),
                          STR_ARG(address));
    return at_home(c, d, send_within, &s);
}

int dlg_refer(struct call *c, const struct refer_args *a)
{
    return refer(c, dialog_of(c), a->side, a->address);
}

int dlg_refer_did(struct call *c, const struct refer_did_args *a)
{
    struct dialog *d = lookup_id((uint32_t)a->h_entry, (uint32_t)a->h_id);
    int ret = refer(c, d, a->side, a->address);

    obj_drop(d);
    return ret;
}

int dlg_refer_cid(struct call *c, const struct refer_cid_args *a)
{
    struct dialog *d = lookup_call(a->call_id, STR_NONE);
    int ret = refer(c, d, a->side, a->address);

    obj_drop(d);
    return ret;
}

int dlg_req_within(struct call *c, const struct within_args *a)
{
    struct sending s = { .side = a->side == 0 ? DIALOG_CALLER : DIALOG_CALLEE,
                         .method = a->method };
    struct str type = STR_NONE;

    if (a->fifth.p) {
        s.headers = a->third;
        type = a->fourth;
        s.body = a->fifth;
    } else if (a->fourth.p) {
        type = a->third;
        s.body = a->fourth;
    } else {
        s.headers = a->third;
    }
    if (s.headers.n && !str_ends(s.headers, STR("\n")))
        s.headers = arena_fmt(c->arena, STR_FMT "\r\n", STR_ARG(s.headers));
    if (type.n)
        s.headers = arena_fmt(c->arena, STR_FMT "Content-Type: " STR_FMT "\r\n", STR_ARG(s.headers),
                              STR_ARG(type));
    return at_home(c, dialog_of(c), send_within, &s);
}

int dlg_bridge(struct call *c, const struct bridge_args *a)
{
    return result_of(c,
                     dialog_bridge(&(struct bridge){ a->from, a->to, a->proxy, STR_NONE, false }));
}

/* ---- other dialogs ---- */

int dlg_get(struct call *c, const struct get_args *a)
{
    struct dialog *d = lookup_tags(a->call_id, a->from_tag, a->to_tag);

    if (!d)
        return SCRIPT_FALSE;
    dialog_run_set(c, d);
    dialog_run(c)->upstream = false;
    obj_drop(d);
    return SCRIPT_TRUE;
}

struct variable_deed {
    struct str key, value;
    struct arena *arena;
};

static void read_key(struct dialog *d, void *arg)
{
    struct variable_deed *x = arg;
    struct str s = dialog_var(d, x->key);

    x->value = s.p ? arena_dup(x->arena, s) : STR_NONE;
}

static void write_key(struct dialog *d, void *arg)
{
    const struct variable_deed *x = arg;

    dialog_set_var(d, x->key, x->value.p ? x->value : STR(""));
}

int dlg_get_var(struct call *c, const struct get_var_args *a)
{
    struct variable_deed x = { .key = a->key, .arena = c->arena };
    struct dialog *d = lookup_tags(a->call_id, a->from_tag, a->to_tag);
    err_t e = d ? dialog_at_home(d, read_key, &x) : ERR_NOT_FOUND;
    struct value v;

    obj_drop(d);
    if (e)
        return result_of(c, e);
    v = x.value.p ? VALUE_OF_STR(x.value) : VALUE_NONE;
    return result_of(c, var_set(c, a->into, &v));
}

int dlg_set_var(struct call *c, const struct set_var_args *a)
{
    struct variable_deed x = { .key = a->key, .value = a->value };
    struct dialog *d = lookup_tags(a->call_id, a->from_tag, a->to_tag);
    err_t e = d ? dialog_at_home(d, write_key, &x) : ERR_NOT_FOUND;

    obj_drop(d);
    return result_of(c, e);
}

/* ---- the database ---- */

int dlg_db_load_callid(struct call *c, const struct load_args *a)
{
    const struct dialog_conf *conf = call_conf(c, &module_dialog);

    if (conf->db_mode == DB_MODE_NONE || !conf->db_url.n)
        return result_of(c, ERR_STATE);
    return result_of(c, dialogs_load_call(conf, a->call_id));
}

int dlg_db_load_extra(struct call *c)
{
    const struct dialog_conf *conf = call_conf(c, &module_dialog);

    if (conf->db_mode == DB_MODE_NONE || !conf->db_url.n)
        return result_of(c, ERR_STATE);
    return result_of(c, dialogs_load(conf));
}

int dlg_remove_dialogs_from_node(struct call *c, const struct node_args *a)
{
    (void)c, (void)a;
    return SCRIPT_TRUE; /* none of another node's are kept here */
}
