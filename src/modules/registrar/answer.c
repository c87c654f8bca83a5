/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to REGISTER. What save() prepared waits in the call for reg_send_reply(). */
#include "base/clock.h"
#include "base/hash.h"
#include "modules/registrar/inner.h"
#include "txn/txn.h"

struct answer {
    unsigned status;
    struct str reason, lines;
};

static void add_q(struct buf *b, int q)
{
    if (q < 0)
        return;
    if (q >= 1000)
        buf_addz(b, ";q=1");
    else if (q % 100 == 0)
        buf_fmt(b, ";q=0.%d", q / 100);
    else if (q % 10 == 0)
        buf_fmt(b, ";q=0.%02d", q / 10);
    else
        buf_fmt(b, ";q=0.%03d", q);
}

static struct str temporary_gruu(struct arena *a, const struct contact *c, struct str domain)
{
    struct str ruid = contact_text(c, CONTACT_RUID);

    return arena_fmt(a, "sip:" STR_FMT "-%x@" STR_FMT ";gr", STR_ARG(ruid),
                     (unsigned)(hash_fast(ruid) & UINT32_MAX), STR_ARG(domain));
}

/* RFC 5627: ;pub-gruu and ;temp-gruu; RFC 5626: +sip.instance and reg-id. */
static void add_instance(struct buf *b, const struct registration *r, const struct contact *c)
{
    struct str instance = contact_text(c, CONTACT_INSTANCE), urn = instance;

    if (instance.n == 0)
        return;
    if (urn.n > 2 && urn.p[0] == '<' && urn.p[urn.n - 1] == '>')
        urn = str_cut(urn, 1, urn.n - 1);
    if (r->conf->gruu_enabled && r->supports_gruu) {
        struct str user = str_cut(r->aor, 0, str_find(r->aor, '@'));

        buf_addz(b, ";pub-gruu=\"sip:");
        uri_escape_user(b, user);
        buf_fmt(b, "@" STR_FMT ";gr=" STR_FMT "\"", STR_ARG(r->domain), STR_ARG(urn));
        buf_addz(b, ";temp-gruu=\"");
        buf_add(b, temporary_gruu(r->call->arena, c, r->domain));
        buf_char(b, '"');
    }
    buf_addz(b, ";+sip.instance=\"");
    buf_add(b, instance);
    buf_char(b, '"');
    if (c->reg_id > 0)
        buf_fmt(b, ";reg-id=%d", c->reg_id);
}

static void add_contact(struct buf *b, const struct registration *r, const struct contact *c,
                        int64_t now)
{
    struct str received = contact_text(c, CONTACT_RECEIVED);

    buf_char(b, '<');
    buf_add(b, contact_text(c, CONTACT_URI));
    buf_char(b, '>');
    add_q(b, c->q);
    buf_addz(b, ";expires=");
    buf_int(b, c->expires ? c->expires - now : INT32_MAX);
    if (received.n && r->conf->received_param.n) {
        buf_char(b, ';');
        buf_add(b, r->conf->received_param);
        buf_addz(b, "=\"");
        buf_add(b, received);
        buf_char(b, '"');
    }
    add_instance(b, r, c);
}

static void add_contacts(struct buf *b, const struct registration *r)
{
    int64_t now = clock_unix();
    size_t n = 0;

    for (size_t i = 0; i < r->now.n; i++) {
        if (contact_is_expired(r->now.at[i], now))
            continue;
        buf_addz(b, n++ ? ", " : "Contact: ");
        add_contact(b, r, r->now.at[i], now);
    }
    if (n)
        buf_addz(b, "\r\n");
}

static void add_extensions(struct buf *b, const struct registration *r)
{
    if (r->conf->use_path && r->conf->path_mode != PATH_OFF && r->supports_path &&
        r->common.text[CONTACT_PATH].n) {
        buf_addz(b, "Path: ");
        buf_add(b, r->common.text[CONTACT_PATH]);
        buf_addz(b, "\r\n");
    }
    if (r->conf->outbound_mode == OUTBOUND_NONE)
        return;
    buf_addz(b, "Supported: outbound\r\n");
    if (!r->outbound)
        return;
    buf_addz(b, "Require: outbound\r\n");
    if (r->conf->flow_timer > 0)
        buf_fmt(b, "Flow-Timer: %lld\r\n", (long long)r->conf->flow_timer);
}

void answer_prepare(struct registration *r)
{
    struct call *c = r->call;
    struct answer *a = ARENA_NEW(c->arena, struct answer);
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    if (r->status) {
        a->status = r->status;
        a->reason = str_of(r->reason);
        buf_fmt(&b, "P-Registrar-Error: %s\r\n", r->error);
        buf_addz(&b, r->lines ? r->lines : "");
        if (r->status >= 500 && r->conf->retry_after > 0)
            buf_fmt(&b, "Retry-After: %lld\r\n", (long long)r->conf->retry_after);
    } else {
        a->status = 200;
        a->reason = STR("OK");
        add_contacts(&b, r);
        add_extensions(&b, r);
    }
    a->lines = arena_dup(c->arena, buf_str(&b));
    buf_free(&b);
    c->module_data[registrar_self.answer_slot] = a;
}

int answer_send(struct call *c)
{
    struct answer *a = c->module_data[registrar_self.answer_slot];
    err_t e;

    if (!a)
        return SCRIPT_FALSE;
    c->module_data[registrar_self.answer_slot] = NULL;
    if (a->lines.n)
        reply_add_header(c, a->lines);
    if (c->txn)
        e = txn_reply(c, c->txn, a->status, a->reason);
    else
        e = send_local_reply(c, a->status, a->reason, STR_NONE);
    return e ? SCRIPT_FALSE : SCRIPT_TRUE;
}
