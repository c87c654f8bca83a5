/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams encrypted as a whole. event_route[crypto:netio] says of each, as it comes in and before
 * it leaves, whether it is to be decrypted or encrypted. It runs on a coroutine of its own; when it
 * waits, its datagram goes on later.
 */
#include "base/log.h"
#include "core/send.h"
#include "modules/crypto/crypto.h"
#include "rt/co.h"
#include "script/value.h"

static struct {
    unsigned call_slot, local;
} self;

struct passing {
    const struct crypto_conf *conf;
    bool incoming, wanted; /* wanted: the event asked for it */
    struct packet *packet; /* incoming */
    struct hop to;         /* outgoing */
    struct str bytes;
    struct buf changed;
    struct arena arena;
    err_t result;
    bool done, detached;
};

static void run_event(struct call *c, void *arg)
{
    struct passing *p = arg;
    struct msg read;

    if (!msg_parse(p->bytes, &msg_default_limits, c->arena, &read, NULL))
        *c->msg = read;
    c->raw_bytes = p->bytes;
    if (p->incoming)
        c->from = p->packet->from;
    else
        c->sending_to = &p->to;
    c->module_data[self.call_slot] = p;
    event_run(c, "crypto:netio", SCRIPT_TRUE);
}

/* Decides and does it; what cannot be done is told, and the bytes stay. */
static struct str filter(struct passing *p)
{
    struct generation *g = generation_current();
    err_t e = ERR_OK;

    p->conf = generation_conf(g, &module_crypto);
    co_local_set(self.local, p);
    if (p->conf)
        call_run_detached(g, NULL, run_event, p);
    if (p->wanted && p->incoming)
        e = crypto_decrypt(p->conf, p->conf->netio_key, p->bytes, &p->changed);
    else if (p->wanted)
        e = crypto_encrypt(p->conf, p->conf->netio_key, p->bytes, &p->changed);
    obj_drop(g);
    if (e)
        log_error("crypto", "a message was not %s: %s", p->incoming ? "decrypted" : "encrypted",
                  err_text(e));
    return p->wanted && !e ? buf_str(&p->changed) : STR_NONE;
}

static struct passing *passing_new(struct str bytes)
{
    struct passing *p = mem_zalloc(MEM_MESSAGE, sizeof *p);

    arena_init(&p->arena, MEM_MESSAGE, 1024);
    buf_init(&p->changed, MEM_MESSAGE);
    p->bytes = bytes;
    return p;
}

static void passing_free(struct passing *p)
{
    buf_free(&p->changed);
    arena_free(&p->arena);
    mem_free(MEM_MESSAGE, p);
}

/* Streams are cut into messages by what stands in them, so they cannot be encrypted so; what the
 * event itself sends leaves as it is. */
static bool concerns(const struct flow *f)
{
    return f->proto == PROTO_UDP && !(co_self() && co_local_get(self.local));
}

static void take_in(void *arg)
{
    struct passing *p = arg;

    net_pass_plain(p->packet, filter(p));
    passing_free(p);
}

static void received(struct packet *packet)
{
    struct passing *p;

    if (!concerns(&packet->from)) {
        net_pass_plain(packet, STR_NONE);
        return;
    }
    p = passing_new(packet->bytes);
    p->incoming = true;
    p->packet = packet;
    co_spawn(take_in, p);
}

static void send_out(void *arg)
{
    struct passing *p = arg;
    struct str changed = filter(p);

    /* What should be secret does not leave in the open. */
    p->result = p->wanted && !changed.p
                    ? ERR_DENIED
                    : net_send_wire(&p->to.flow, changed.p ? changed : p->bytes);
    p->done = true;
    if (p->detached)
        passing_free(p);
}

/* The result is known here only when the event did not wait. */
static err_t sending(const struct flow *to, struct str bytes)
{
    struct passing *p;
    err_t e;

    if (!concerns(to))
        return net_send_wire(to, bytes);
    p = passing_new(STR_NONE);
    p->bytes = arena_dup(&p->arena, bytes);
    p->to.flow = *to;
    co_spawn(send_out, p);
    if (!p->done) {
        p->detached = true;
        return ERR_OK;
    }
    e = p->result;
    passing_free(p);
    return e;
}

void netio_start(void)
{
    self.call_slot = call_slot_new();
    self.local = co_local_new();
}

void netio_adopt(const struct crypto_conf *conf)
{
    static const struct net_filter cipher = { .received = received, .sending = sending };

    net_set_cipher(conf->register_evcb ? &cipher : NULL);
}

/* ---- functions ---- */

static struct passing *passing_of(const struct call *c)
{
    return c->module_data[self.call_slot];
}

static int want(struct call *c, bool incoming)
{
    struct passing *p = passing_of(c);

    if (!p || p->incoming != incoming)
        return SCRIPT_FALSE;
    if (!p->conf->netio_key.n) {
        log_error("crypto", "there is no key; set the parameter netio_key");
        return SCRIPT_FALSE;
    }
    p->wanted = true;
    return SCRIPT_TRUE;
}

int crypto_netio_in(struct call *c)
{
    return passing_of(c) && passing_of(c)->incoming ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int crypto_netio_out(struct call *c)
{
    return passing_of(c) && !passing_of(c)->incoming ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int crypto_netio_encrypt(struct call *c)
{
    return want(c, false);
}

int crypto_netio_decrypt(struct call *c)
{
    return want(c, true);
}
