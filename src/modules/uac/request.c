/* SPDX-License-Identifier: BSD-2-Clause */
/* $uac_req(…) and uac_req_send(): requests that a script makes. */
#include "base/log.h"
#include "base/random.h"
#include "core/local.h"
#include "modules/uac/inner.h"

#define AREA "uac"

enum { TAG = 16, FIRST_CSEQ = 10 };

/* The parts by name; the numbers stand behind the texts. */
enum part {
    PART_RURI,
    PART_TURI,
    PART_FURI,
    PART_OURI,
    PART_METHOD,
    PART_HDRS,
    PART_BODY,
    PART_AUSER,
    PART_APASSWD,
    PART_CALLID,
    PART_SOCK,
    PART_EVPARAM,
    TEXTS,
    PART_EVROUTE = TEXTS,
    PART_EVTYPE,
    PART_EVCODE,
    PART_FLAGS,
    PARTS,
    PART_ALL = PARTS,
};
static const char *const part_names[] = {
    "ruri",   "turi", "furi",    "ouri",    "method", "hdrs",   "body",  "auser", "apasswd",
    "callid", "sock", "evparam", "evroute", "evtype", "evcode", "flags", "all",
};
enum { NUMBERS = PARTS - TEXTS };
enum { EVROUTE_REPLY = 1, EVROUTE_FAILURE = 2 };
enum { EVTYPE_REPLY = 1, EVTYPE_FAILURE = 2 };
enum { FLAG_HA1 = 1 };

struct request {
    struct str text[TEXTS];
    int64_t number[NUMBERS];
};

static struct request *request_of(struct call *c)
{
    unsigned slot = uac_request_slot();

    if (!c->module_data[slot])
        c->module_data[slot] = ARENA_NEW(c->arena, struct request);
    return c->module_data[slot];
}

static int part_of(struct str name)
{
    for (int i = 0; i <= PART_ALL; i++)
        if (str_eq(name, str_of(part_names[i])))
            return i;
    return -1;
}

err_t uac_req_prepare(struct load *l, const struct var_ref *at, const void **prepared)
{
    *prepared = NULL;
    if (part_of(at->key) >= 0)
        return ERR_OK;
    load_fault(l, NULL, "$uac_req has no part \"" STR_FMT "\"", STR_ARG(at->key));
    return ERR_SYNTAX;
}

err_t uac_req_get(struct call *c, const struct var_ref *at, struct value *out)
{
    int part = part_of(at->key);
    const struct request *r = request_of(c);

    *out = VALUE_NONE;
    if (part < 0 || part == PART_ALL)
        return ERR_OK;
    if (part >= TEXTS)
        *out = VALUE_OF_INT(r->number[part - TEXTS]);
    else if (r->text[part].n)
        *out = VALUE_OF_STR(r->text[part]);
    return ERR_OK;
}

err_t uac_req_set(struct call *c, const struct var_ref *at, const struct value *in)
{
    int part = part_of(at->key);
    struct request *r = request_of(c);

    if (part < 0)
        return ERR_NOT_FOUND;
    if (part == PART_ALL)
        *r = (struct request){ .number = { 0 } };
    else if (part < TEXTS)
        r->text[part] =
            in->type == VALUE_NULL ? STR_NONE : arena_dup(c->arena, value_text(in, c->arena));
    else
        r->number[part - TEXTS] = value_number(in);
    return ERR_OK;
}

struct listener *uac_socket(struct str text)
{
    struct local_name name;
    struct listener *ln = text.n ? listener_by_name(text) : NULL;

    if (ln || !text.n || local_name_parse(text, &name))
        return ln;
    return local_listener(name.proto, name.host, name.port);
}

/* ---- sending ---- */

/* A request on its way: what may have to be sent again with credentials. Counted. */
struct sending {
    struct request r;
    struct generation *gen;
    struct str from_tag;
    struct listener *socket;
    struct arena arena;
    uint32_t cseq;
    bool authorized;
};

/* One reply, to be looked at by the script. */
struct outcome_note {
    struct sending *s;
    struct arena arena;
    struct str raw;
    unsigned status;
    bool made_here;
};

static void sending_end(void *self)
{
    struct sending *s = self;

    obj_drop(s->gen);
    arena_free(&s->arena);
}

static void run_event(struct call *c, void *arg)
{
    const struct outcome_note *n = arg;
    struct request *r = request_of(c);

    *r = n->s->r;
    r->number[PART_EVCODE - TEXTS] = n->status;
    r->number[PART_EVTYPE - TEXTS] = n->made_here ? EVTYPE_FAILURE : EVTYPE_REPLY;
    c->route = ROUTE_EVENT;
    event_run(c, "uac:reply", SCRIPT_TRUE);
}

static void tell(void *arg)
{
    struct outcome_note *n = arg;
    struct msg msg;
    bool has_reply = n->raw.n && msg_parse(n->raw, &msg_default_limits, &n->arena, &msg, NULL) == 0;

    call_run_detached(n->s->gen, has_reply ? &msg : NULL, run_event, n);
    obj_drop(n->s);
    arena_free(&n->arena);
    mem_free(MEM_MODULE, n);
}

static bool wants_event(const struct sending *s, const struct txn_note *note)
{
    int64_t evroute = s->r.number[PART_EVROUTE - TEXTS];

    return evroute == EVROUTE_REPLY || (evroute == EVROUTE_FAILURE && note->status >= 300);
}

static void spawn_event(struct sending *s, const struct txn_note *note)
{
    struct outcome_note *n = mem_zalloc(MEM_MODULE, sizeof *n);

    arena_init(&n->arena, MEM_MODULE, 1024);
    n->s = obj_hold(s);
    n->status = note->status;
    n->made_here = note->made_here;
    n->raw = note->reply ? arena_dup(&n->arena, note->reply->raw) : STR_NONE;
    co_spawn(tell, n);
}

static bool find_own(void *arg, struct str realm, struct credential *out)
{
    const struct sending *s = arg;

    *out = (struct credential){ s->r.text[PART_AUSER], realm, s->r.text[PART_APASSWD] };
    return true;
}

static err_t send_it(struct sending *s, struct str credentials);

/* Once, with credentials. */
static bool try_again(struct sending *s, struct msg *reply)
{
    struct answer_plan plan = { .reply = reply,
                                .find = find_own,
                                .arg = s,
                                .is_ha1 = s->r.number[PART_FLAGS - TEXTS] & FLAG_HA1,
                                .method = s->r.text[PART_METHOD],
                                .uri = s->r.text[PART_RURI],
                                .body = s->r.text[PART_BODY] };
    struct str line;

    if (s->authorized || !s->r.text[PART_AUSER].n || !s->r.text[PART_APASSWD].n)
        return false;
    if (uac_answer_challenge(&plan, &s->arena, &line))
        return false;
    s->authorized = true;
    s->cseq++;
    return send_it(s, line) == ERR_OK;
}

static void on_final(const struct txn_note *note, void *arg)
{
    struct sending *s = arg;

    if (note->event != TXN_LOCAL_FINAL)
        return;
    if (wants_event(s, note))
        spawn_event(s, note);
    if (note->reply && (note->status == 401 || note->status == 407) && !try_again(s, note->reply))
        log_debug(AREA, "a challenge was not answered");
}

static err_t send_it(struct sending *s, struct str credentials)
{
    const struct str *t = s->r.text;
    struct arena *a = &s->arena;
    bool ended = !t[PART_HDRS].n || str_ends(t[PART_HDRS], STR("\n"));
    struct txn_request q = {
        .method = t[PART_METHOD],
        .uri = t[PART_RURI],
        .next_hop = t[PART_OURI],
        .from = arena_fmt(a, "<" STR_FMT ">", STR_ARG(t[PART_FURI])),
        .to = t[PART_TURI].n ? arena_fmt(a, "<" STR_FMT ">", STR_ARG(t[PART_TURI])) : STR(""),
        .from_tag = s->from_tag,
        .call_id = t[PART_CALLID],
        .cseq = s->cseq,
        .headers = arena_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(t[PART_HDRS]), ended ? "" : "\r\n",
                             STR_ARG(credentials)),
        .body = t[PART_BODY],
        .socket = s->socket,
        .gen = s->gen,
        .fn = on_final,
    };

    return uac_send(&q, s);
}

err_t uac_send(struct txn_request *q, void *owner)
{
    err_t e;

    q->arg = obj_hold(owner);
    q->release = obj_drop;
    e = txn_send_request(q);
    if (e)
        obj_drop(owner);
    return e;
}

struct str uac_call_id(struct arena *a)
{
    char space[TXN_CALL_ID_MAX];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    txn_new_call_id(&b);
    return arena_dup(a, buf_str(&b));
}

static struct str token(struct arena *a)
{
    char space[TAG + 1];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    random_token(&b, TAG);
    return arena_dup(a, buf_str(&b));
}

static struct sending *sending_new(struct call *c, const struct request *r)
{
    const struct uac_conf *conf = call_conf(c, &module_uac);
    struct sending *s = obj_new(struct sending, MEM_MODULE, sending_end);

    arena_init(&s->arena, MEM_MODULE, 1024);
    s->r = *r;
    for (size_t i = 0; i < TEXTS; i++)
        s->r.text[i] = arena_dup(&s->arena, r->text[i]);
    s->gen = obj_hold(c->gen);
    s->from_tag = token(&s->arena);
    s->cseq = FIRST_CSEQ;
    s->socket = uac_socket(r->text[PART_SOCK]);
    if (!s->socket)
        s->socket = uac_socket(conf->default_socket);
    return s;
}

err_t uac_request_send(struct call *c)
{
    struct request *r = request_of(c);
    struct sending *s;
    err_t e;

    if (!r->text[PART_RURI].n || !r->text[PART_FURI].n || !r->text[PART_METHOD].n) {
        log_error(AREA, "uac_req_send() needs $uac_req(method), (ruri) and (furi)");
        return ERR_SYNTAX;
    }
    if (!r->text[PART_CALLID].n)
        r->text[PART_CALLID] = uac_call_id(c->arena);
    s = sending_new(c, r);
    e = send_it(s, STR(""));
    obj_drop(s);
    if (e)
        log_error(AREA, "a request could not be sent: %s", err_text(e));
    return e;
}
