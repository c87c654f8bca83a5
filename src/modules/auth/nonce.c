/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces: time and number, and an HMAC over both and the parts of the request that they are bound
 * to. Nothing needs to be kept for a nonce, except where it may be used once only or uses are
 * counted: then its number names a slot in a ring.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "modules/auth/inner.h"

enum { NONCE_HEX = 16, RING_DEFAULT_LOG2 = 20, RING_MAX_LOG2 = 26, NC_MAX = 255 };

static int64_t checks_of(struct call *c, const struct auth_conf *conf)
{
    if (c->msg->method == METHOD_REGISTER)
        return conf->auth_checks_register;
    return msg_to_tag(c->msg).n ? conf->auth_checks_in_dlg : conf->auth_checks_no_dlg;
}

/* Adds the parts of the request that its nonces are bound to. */
static void add_bound(struct call *c, const struct auth_conf *conf, struct buf *b)
{
    int64_t checks = checks_of(c, conf);

    if (checks & CHECK_URI)
        buf_add(b, c->msg->uri);
    buf_char(b, '\n');
    if (checks & CHECK_CALL_ID)
        buf_add(b, msg_call_id(c->msg));
    buf_char(b, '\n');
    if (checks & CHECK_FROM_TAG)
        buf_add(b, msg_from_tag(c->msg));
    buf_char(b, '\n');
    if (checks & CHECK_SOURCE)
        addr_print_ip(b, &c->from.peer, false);
}

/* The HMAC of "time number" (hexadecimal) and the bound parts, into `out`. */
static void sign(struct call *c, const struct auth_conf *conf, struct str head, unsigned char *out)
{
    const unsigned char *key = conf->secret.n ? conf->key : auth_self.key;
    unsigned char whole[DIGEST_MAX];
    struct buf text;

    buf_init(&text, MEM_MESSAGE);
    buf_add(&text, head);
    add_bound(c, conf, &text);
    digest_hmac(DIGEST_SHA256, (struct str){ (const char *)key, NONCE_KEY_BYTES }, buf_str(&text),
                whole);
    buf_free(&text);
    memcpy(out, whole, NONCE_MAC_BYTES);
}

struct str nonce_make(struct call *c, const struct auth_conf *conf)
{
    uint32_t id = atomic_fetch_add(&auth_self.next_id, 1);
    unsigned char mac[NONCE_MAC_BYTES];
    char space[NONCE_HEX + 2 * NONCE_MAC_BYTES];
    _Atomic(uint64_t) *ring = atomic_load(&auth_self.in_flight);
    struct buf b;

    if (ring)
        atomic_store(&ring[id & auth_self.mask], (uint64_t)id << 32);
    buf_fixed(&b, space, sizeof space);
    buf_fmt(&b, "%08x%08x", (unsigned)clock_unix(), id);
    sign(c, conf, buf_str(&b), mac);
    buf_hex(&b, (struct str){ (const char *)mac, sizeof mac });
    return arena_dup(c->arena, buf_str(&b));
}

static bool read_hex(struct str s, uint32_t *out)
{
    uint32_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char d = s.p[i];

        if (d >= '0' && d <= '9')
            n = n << 4 | (uint32_t)(d - '0');
        else if (d >= 'a' && d <= 'f')
            n = n << 4 | (uint32_t)(d - 'a' + 10);
        else
            return false;
    }
    *out = n;
    return true;
}

err_t nonce_check(struct call *c, const struct auth_conf *conf, struct str nonce, uint32_t *id)
{
    unsigned char mac[NONCE_MAC_BYTES];
    char space[2 * NONCE_MAC_BYTES];
    uint32_t made;
    int64_t age;
    struct buf b;

    if (nonce.n != NONCE_HEX + 2 * NONCE_MAC_BYTES || !read_hex(str_cut(nonce, 0, 8), &made) ||
        !read_hex(str_cut(nonce, 8, 16), id))
        return ERR_TIMEOUT;
    age = clock_unix() - made;
    if (age > conf->nonce_expire || age < -conf->nonce_auth_max_drift)
        return ERR_TIMEOUT;
    sign(c, conf, str_cut(nonce, 0, NONCE_HEX), mac);
    buf_fixed(&b, space, sizeof space);
    buf_hex(&b, (struct str){ (const char *)mac, sizeof mac });
    return secret_eq(buf_str(&b), str_skip(nonce, NONCE_HEX)) ? ERR_OK : ERR_TIMEOUT;
}

err_t nonce_use(const struct auth_conf *conf, uint32_t id, uint32_t nc)
{
    bool counts = conf->nonce_count && nc > 0;
    _Atomic(uint64_t) *ring = atomic_load(&auth_self.in_flight), *slot;
    uint64_t seen;

    if (!ring || (!counts && !conf->one_time_nonce))
        return ERR_OK;
    if (counts && nc > NC_MAX)
        return ERR_TIMEOUT;
    slot = &ring[id & auth_self.mask];
    seen = atomic_load(slot);
    do {
        if (seen >> 32 != id)
            return ERR_TIMEOUT;
        if ((seen & UINT32_MAX) >= (counts ? nc : 1))
            return ERR_DENIED;
    } while (!atomic_compare_exchange_weak(slot, &seen,
                                           (uint64_t)id << 32 | (counts ? nc : UINT32_MAX)));
    return ERR_OK;
}

static unsigned ring_log2(int64_t order, int64_t size)
{
    unsigned n = 0;

    if (order > 0)
        return order > RING_MAX_LOG2 ? RING_MAX_LOG2 : (unsigned)order;
    if (size <= 0)
        return RING_DEFAULT_LOG2;
    while (n < RING_MAX_LOG2 && (int64_t)2 << n <= size)
        n++;
    return n;
}

void nonce_start(const struct auth_conf *conf)
{
    unsigned counted = ring_log2(conf->nc_array_order, conf->nc_array_size);
    unsigned once = ring_log2(conf->otn_in_flight_order, conf->otn_in_flight_no);
    unsigned log2;

    if (atomic_load(&auth_self.in_flight) || (!conf->nonce_count && !conf->one_time_nonce))
        return;
    log2 = conf->nonce_count ? counted : once;
    if (conf->nonce_count && conf->one_time_nonce && once > log2)
        log2 = once;
    auth_self.mask = (1u << log2) - 1;
    atomic_store(&auth_self.in_flight, mem_zalloc(MEM_MODULE, sizeof(uint64_t) << log2));
}
