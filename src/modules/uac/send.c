/* SPDX-License-Identifier: BSD-2-Clause */
/* REGISTER requests, and what their answers mean (RFC 3261 10.2). */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "modules/uac/registrations.h"
#include "sip/values.h"

#define AREA "uac"

enum { TOKEN = 20, FIRST_CSEQ = 10, TRIES = 3 };

/* One REGISTER on its way, and those sent again in answer to a challenge. Counted. */
struct registering {
    struct arena arena;
    struct registration_view record;
    struct str uri, who, call_id, from_tag;
    struct listener *socket;
    struct generation *gen;
    uint32_t cseq, attempt;
    int64_t expires; /* 0: ends it */
    bool authorized;
    unsigned tries;
};

static void registering_end(void *self)
{
    struct registering *s = self;

    obj_drop(s->gen);
    arena_free(&s->arena);
}

static struct str token(struct arena *a)
{
    char space[TOKEN + 1];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    random_token(&b, TOKEN);
    return arena_dup(a, buf_str(&b));
}

/* ---- what becomes of a record ---- */

struct result {
    const struct registering *s;
    const struct uac_conf *conf;
    bool good;
    int64_t expires;
};

static void note_call(struct registration *r, const struct registering *s)
{
    mem_free(MEM_MODULE, (char *)(uintptr_t)r->call_id.p);
    r->call_id = mem_dup(MEM_MODULE, s->call_id);
    r->cseq = s->cseq;
}

static void forget_call(struct registration *r)
{
    mem_free(MEM_MODULE, (char *)(uintptr_t)r->call_id.p);
    r->call_id = STR_NONE;
}

static void on_result(struct registration *r, void *arg)
{
    const struct result *o = arg;

    if (r->attempt != o->s->attempt)
        return;
    r->flags &= ~(unsigned)(REG_ONGOING | REG_AUTH_SENT | REG_ONLINE);
    if (o->s->expires == 0) {
        r->timer_expires = 0;
        forget_call(r);
    } else if (o->good) {
        r->flags |= REG_ONLINE;
        r->timer_expires = clock_unix() + o->expires;
        note_call(r, o->s);
    } else {
        forget_call(r);
        if (o->conf->reg_retry_interval)
            r->timer_expires = clock_unix() + o->conf->reg_retry_interval;
        else
            r->flags |= REG_DISABLED;
    }
}

static void finish(struct registering *s, bool good, int64_t expires)
{
    const struct uac_conf *conf = uac_conf_of(s->gen);
    struct result o = { s, conf, good, expires };

    reg_change(s->record.text[REG_UUID], on_result, &o);
}

/* ---- answers ---- */

/* For how long the registrar keeps our Contact (10.2.4). */
static int64_t granted(struct registering *s, struct msg *reply)
{
    const struct str user = s->record.text[REG_CONTACT_USER];
    const struct address *list;
    int64_t by_header = msg_expires(reply);
    uint32_t seconds;
    size_t n = 0;

    if (msg_addresses(reply, HEADER_CONTACT, &list, &n))
        n = 0;
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].uri.user, user) && list[i].expires.n &&
            seconds_parse(list[i].expires, &seconds) == ERR_OK)
            return seconds;
    return by_header >= 0 ? by_header : s->expires;
}

static bool find_secret(void *arg, struct str realm, struct credential *out)
{
    const struct registering *s = arg;
    const struct str *t = s->record.text;

    if (t[REG_REALM].n && !str_eq(t[REG_REALM], realm))
        return false;
    *out = (struct credential){ t[REG_AUTH_USERNAME], realm,
                                t[REG_AUTH_HA1].n ? t[REG_AUTH_HA1] : t[REG_AUTH_PASSWORD] };
    return true;
}

static err_t send_it(struct registering *s, struct str credentials);

static void mark_auth(struct registration *r, void *arg)
{
    const struct registering *s = arg;

    if (r->attempt == s->attempt)
        r->flags |= REG_AUTH_SENT;
}

static bool authorize(struct registering *s, struct msg *reply)
{
    struct answer_plan plan = { .reply = reply,
                                .find = find_secret,
                                .arg = s,
                                .is_ha1 = s->record.text[REG_AUTH_HA1].n > 0,
                                .method = STR("REGISTER"),
                                .uri = s->uri };
    struct str line;

    if (s->authorized || uac_answer_challenge(&plan, &s->arena, &line))
        return false;
    s->authorized = true;
    s->cseq++;
    reg_change(s->record.text[REG_UUID], mark_auth, s);
    return send_it(s, line) == ERR_OK;
}

/* 423: the registrar wants longer intervals. */
static bool ask_for_longer(struct registering *s, struct msg *reply)
{
    const struct header *h = msg_header(reply, HEADER_MIN_EXPIRES);
    uint32_t least;

    if (!h || seconds_parse(h->body, &least) || least <= s->expires || ++s->tries > TRIES)
        return false;
    s->expires = least;
    s->authorized = false;
    s->cseq++;
    return send_it(s, STR("")) == ERR_OK;
}

static void on_final(const struct txn_note *note, void *arg)
{
    struct registering *s = arg;

    if (note->event != TXN_LOCAL_FINAL)
        return;
    if (note->status / 100 == 2) {
        finish(s, true, note->reply ? granted(s, note->reply) : s->expires);
        return;
    }
    if (note->reply && (note->status == 401 || note->status == 407) && authorize(s, note->reply))
        return;
    if (note->reply && note->status == 423 && s->expires && ask_for_longer(s, note->reply))
        return;
    log_warn(AREA, "registering " STR_FMT " with " STR_FMT " failed: %u",
             STR_ARG(s->record.text[REG_UUID]), STR_ARG(s->uri), note->status);
    finish(s, false, 0);
}

/* ---- sending ---- */

static err_t send_it(struct registering *s, struct str credentials)
{
    const struct str *t = s->record.text;
    struct txn_request q = {
        .method = STR("REGISTER"),
        .uri = s->uri,
        .next_hop = t[REG_AUTH_PROXY],
        .from = s->who,
        .to = s->who,
        .from_tag = s->from_tag,
        .call_id = s->call_id,
        .cseq = s->cseq,
        .headers = arena_fmt(&s->arena,
                             "Contact: <sip:" STR_FMT "@" STR_FMT ">\r\nExpires: %lld\r\n" STR_FMT,
                             STR_ARG(t[REG_CONTACT_USER]), STR_ARG(t[REG_CONTACT_ADDR]),
                             (long long)s->expires, STR_ARG(credentials)),
        .socket = s->socket,
        .gen = s->gen,
        .fn = on_final,
    };

    return uac_send(&q, s);
}

struct beginning {
    struct registering *s;
    bool keep_call;
};

static void begin(struct registration *r, void *arg)
{
    struct beginning *b = arg;

    r->flags |= REG_ONGOING | REG_INIT;
    b->s->attempt = ++r->attempt;
    if (!(r->flags & REG_ONLINE))
        r->timer_expires = clock_unix();
    if (r->call_id.n && (b->keep_call || b->s->expires == 0)) {
        b->s->call_id = arena_dup(&b->s->arena, r->call_id);
        b->s->cseq = r->cseq + 1;
    }
}

static struct registering *registering_new(void)
{
    struct registering *s = obj_new(struct registering, MEM_MODULE, registering_end);

    arena_init(&s->arena, MEM_MODULE, 2048);
    s->gen = generation_current();
    s->cseq = FIRST_CSEQ;
    s->from_tag = token(&s->arena);
    s->call_id = uac_call_id(&s->arena);
    return s;
}

err_t reg_send(const struct uac_conf *conf, struct str uuid, int64_t expires)
{
    struct registering *s = registering_new();
    struct beginning b = { s, conf->reg_keep_callid != 0 };
    struct str *t = s->record.text;
    err_t e = reg_find(uuid, &s->arena, &s->record);

    s->expires = expires;
    if (e || !reg_change(uuid, begin, &b)) {
        obj_drop(s);
        return ERR_NOT_FOUND;
    }
    s->uri = arena_fmt(&s->arena, "sip:" STR_FMT, STR_ARG(t[REG_R_DOMAIN]));
    s->who = arena_fmt(&s->arena, "<sip:" STR_FMT "@" STR_FMT ">", STR_ARG(t[REG_R_USERNAME]),
                       STR_ARG(t[REG_R_DOMAIN]));
    if (!t[REG_CONTACT_ADDR].n)
        t[REG_CONTACT_ADDR] = arena_dup(&s->arena, conf->reg_contact_addr);
    if (!t[REG_CONTACT_USER].n)
        t[REG_CONTACT_USER] = t[REG_UUID];
    s->socket = uac_socket(t[REG_SOCKET]);
    if (!s->socket)
        s->socket = uac_socket(conf->default_socket);
    e = send_it(s, STR(""));
    if (e) {
        log_error(AREA, "a REGISTER for " STR_FMT " cannot be sent: %s", STR_ARG(uuid),
                  err_text(e));
        finish(s, false, 0);
    }
    obj_drop(s);
    return e;
}
