/* SPDX-License-Identifier: BSD-2-Clause */
/* Record-Route (RFC 3261 16.6 item 4; RFC 5658 for two of them). */
#include "base/log.h"
#include "modules/rr/inner.h"
#include "script/value.h"

enum { FLAG_PRESET = 1, FLAG_ADVERTISED = 2 };
enum { TEXT_PARAMS, TEXT_FIRST, TEXT_SECOND };

/* Carries a parameter; the Record-Route takes it when it is built. */
static err_t param_hook(struct call *c, const struct build_hook *hook, const struct hop *hop,
                        struct edit_list *edits)
{
    (void)c, (void)hook, (void)hop, (void)edits;
    return ERR_OK;
}

/* Carries the user part. */
static err_t user_hook(struct call *c, const struct build_hook *hook, const struct hop *hop,
                       struct edit_list *edits)
{
    (void)c, (void)hook, (void)hop, (void)edits;
    return ERR_OK;
}

void rr_add_param(struct call *c, struct str param)
{
    call_add_build_hook(c, &(struct build_hook){ .fn = param_hook, .text = { param } });
}

static struct str user_of(const struct call *c)
{
    for (const struct build_hook *h = c->build_hooks; h; h = h->next)
        if (h->fn == user_hook)
            return h->text[0];
    return STR_NONE;
}

/* What stands behind the address: who began the dialog, and what the script and modules add. */
static void print_params(struct call *c, const struct build_hook *hook, struct buf *b)
{
    const struct rr_conf *conf = rr_conf(c);

    buf_add(b, conf->enable_full_lr ? STR(";lr=on") : STR(";lr"));
    if (conf->append_fromtag) {
        struct str tag = rr_direction(c) == RR_UPSTREAM ? msg_to_tag(c->msg) : msg_from_tag(c->msg);

        if (tag.n) {
            buf_add(b, STR(";ftag="));
            buf_add(b, tag);
        }
    }
    for (const struct build_hook *h = c->build_hooks; h; h = h->next)
        if (h->fn == param_hook)
            buf_add(b, h->text[0]);
        else if (h == hook)
            buf_add(b, hook->text[TEXT_PARAMS]);
}

static void print_begin(struct call *c, struct buf *b)
{
    const struct uri *uri = call_uri(c, NULL);
    bool secure = uri && uri->scheme == URI_SIPS && !rr_conf(c)->ignore_sips;
    struct str user = user_of(c);

    buf_add(b, secure ? STR("Record-Route: <sips:") : STR("Record-Route: <sip:"));
    if (user.n) {
        buf_add(b, user);
        buf_char(b, '@');
    }
}

static void print_end(struct call *c, const struct build_hook *hook, struct buf *b)
{
    print_params(c, hook, b);
    buf_add(b, STR(">\r\n"));
}

static void print_transport(enum proto proto, bool always, struct buf *b)
{
    if (proto == PROTO_UDP && !always)
        return;
    buf_add(b, STR(";transport="));
    /* RFC 7118, 5.2: one name for WebSocket, secure or not. */
    buf_add(b, proto_name(proto == PROTO_WSS ? PROTO_WS : proto));
}

/* One header for one listener; `address` replaces its own address when it is not empty. */
static void print_socket(struct call *c, const struct build_hook *hook, const struct listener *ln,
                         struct str address, bool one_of_two, struct buf *b)
{
    const struct rr_conf *conf = rr_conf(c);

    print_begin(c, b);
    if (address.n) {
        buf_add(b, address);
    } else {
        buf_add(b, send_own_host(c, ln));
        buf_char(b, ':');
        buf_add(b, send_own_port(c, ln));
    }
    print_transport(ln->proto, conf->enable_double_rr == 2, b);
    if (conf->sockname_mode && ln->name.n) {
        buf_add(b, STR(";sn="));
        buf_add(b, ln->name);
    }
    if (one_of_two)
        buf_add(b, STR(";r2=on"));
    print_end(c, hook, b);
}

static void print_preset(struct call *c, const struct build_hook *hook, struct str address,
                         struct buf *b)
{
    print_begin(c, b);
    buf_add(b, address);
    print_end(c, hook, b);
}

static void insert(struct call *c, struct edit_list *edits, struct str lines)
{
    const struct header *first = msg_header(c->msg, HEADER_RECORD_ROUTE), *via = NULL;

    if (first) {
        edit_push_header(edits, c->msg, first, lines);
        return;
    }
    for (const struct header *h = msg_header(c->msg, HEADER_VIA); h; h = msg_header_next(c->msg, h))
        via = h;
    if (via)
        edit_insert_header_after(edits, c->msg, via, lines);
    else
        edit_insert_header(edits, c->msg, NULL, lines);
}

/* The side where the request leaves stands first: the callee's requests meet it first. */
static err_t record_hook(struct call *c, const struct build_hook *hook, const struct hop *hop,
                         struct edit_list *edits)
{
    const struct listener *in = c->from.local, *out = hop->flow.local;
    const struct rr_conf *conf = rr_conf(c);
    bool two = in && in != out && conf->enable_double_rr;
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    if (hook->flags & FLAG_PRESET) {
        print_preset(c, hook, hook->text[TEXT_FIRST], &b);
        if (hook->text[TEXT_SECOND].n)
            print_preset(c, hook, hook->text[TEXT_SECOND], &b);
    } else {
        two = two || (in && conf->enable_double_rr == 2);
        if (hook->flags & FLAG_ADVERTISED)
            two = two && in->proto != out->proto;
        print_socket(c, hook, out, hook->text[TEXT_FIRST], two, &b);
        if (two)
            print_socket(c, hook, in, hook->text[TEXT_FIRST], true, &b);
    }
    insert(c, edits, buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

bool rr_is_recording(const struct call *c)
{
    for (const struct build_hook *h = c->build_hooks; h; h = h->next)
        if (h->fn == record_hook)
            return true;
    return false;
}

/* add_username: what the configuration's AVP holds, else the user of the Request-URI as it came, or
 * as it was rewritten where it had none. */
static void add_user(struct call *c)
{
    const struct rr_conf *conf = rr_conf(c);
    const struct uri *received = msg_ruri(c->msg, NULL), *now = call_uri(c, NULL);
    struct build_hook hook = { .fn = user_hook };
    struct value v = VALUE_NONE;

    if (!conf->add_username)
        return;
    if (conf->custom_user_avp && var_get(c, conf->custom_user_avp, &v) == ERR_OK &&
        v.type != VALUE_NULL)
        hook.text[0] = value_text(&v, c->arena);
    else if (received && received->user.n)
        hook.text[0] = received->user;
    else if (now)
        hook.text[0] = now->user;
    if (hook.text[0].n)
        call_add_build_hook(c, &hook);
}

err_t rr_record(struct call *c, enum rr_preset kind, struct str params, struct str first,
                struct str second)
{
    struct build_hook hook = { .fn = record_hook,
                               .flags = kind == RR_PRESET       ? FLAG_PRESET
                                        : kind == RR_ADVERTISED ? FLAG_ADVERTISED
                                                                : 0,
                               .text = { params, first, second } };

    if (rr_is_recording(c)) {
        log_warn("rr", "Record-Route was added to this request before");
        return ERR_EXISTS;
    }
    add_user(c);
    call_add_build_hook(c, &hook);
    return ERR_OK;
}

void rr_forget(struct call *c)
{
    call_remove_build_hooks(c, record_hook);
    call_remove_build_hooks(c, user_hook);
}
