/* SPDX-License-Identifier: BSD-2-Clause */
/* $uuid(x): universally unique identifiers (RFC 4122). */
#include "base/clock.h"
#include "base/random.h"
#include "core/call.h"
#include "script/value.h"
#include <stdatomic.h>

static struct {
    struct module_slot slot;
    unsigned char node[6];  /* made up at start, with the multicast bit set (RFC 4122, 4.5) */
    _Atomic(uint64_t) last; /* time of the latest made by time: no two are alike */
} self;

enum { UUID_BYTES = 16, UUID_TEXT = 36 };
/* 100 ns steps from 15 October 1582 to 1970. */
static const uint64_t gregorian_steps = UINT64_C(0x01B21DD213814000);

static void made_by_chance(unsigned char *u)
{
    random_bytes(u, UUID_BYTES);
    u[6] = (unsigned char)((u[6] & 0x0f) | 0x40);
    u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
}

static uint64_t next_time(void)
{
    uint64_t now = (uint64_t)clock_unix_us() * 10 + gregorian_steps;
    uint64_t last = atomic_load(&self.last), next;

    do
        next = now > last ? now : last + 1;
    while (!atomic_compare_exchange_weak(&self.last, &last, next));
    return next;
}

static void made_by_time(unsigned char *u)
{
    uint64_t t = next_time();

    random_bytes(u + 8, 2);
    u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
    for (int i = 0; i < 4; i++)
        u[i] = (unsigned char)(t >> (24 - 8 * i));
    u[4] = (unsigned char)(t >> 40);
    u[5] = (unsigned char)(t >> 32);
    u[6] = (unsigned char)((t >> 56 & 0x0f) | 0x10);
    u[7] = (unsigned char)(t >> 48);
    memcpy(u + 10, self.node, sizeof self.node);
}

static err_t get_uuid(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str kind = var_key(c, at);
    unsigned char u[UUID_BYTES];
    struct buf b;

    if (kind.n == 1 && (kind.p[0] == 't' || kind.p[0] == 's'))
        made_by_time(u);
    else
        made_by_chance(u);
    buf_fixed(&b, arena_alloc(c->arena, UUID_TEXT + 1), UUID_TEXT + 1);
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            buf_char(&b, '-');
        buf_hex(&b, (struct str){ (const char *)&u[i], 1 });
    }
    *out = VALUE_OF_STR(buf_str(&b));
    return ERR_OK;
}

static err_t prepare_uuid(struct load *l, const struct var_ref *at, const void **prepared)
{
    (void)prepared;
    if (at->key.n == 0 || (at->key.n == 1 && memchr("grts", at->key.p[0], 4)))
        return ERR_OK;
    load_fault(l, NULL, "expected $uuid(g), $uuid(r), $uuid(t) or $uuid(s)");
    return ERR_SYNTAX;
}

static err_t start(const void *conf)
{
    (void)conf;
    random_bytes(self.node, sizeof self.node);
    self.node[0] |= 1;
    return ERR_OK;
}

static const struct variable vars[] = {
    { .name = "uuid",
      .key = true,
      .get = get_uuid,
      .prepare = prepare_uuid,
      .doc = "A new identifier: g or r made by chance; t or s by the time.",
      .differs = "those by time have a node made up at start, never a hardware address" },
    { 0 },
};

const struct module module_uuid = {
    .abi = MODULE_ABI,
    .name = "uuid",
    .doc = "Universally unique identifiers.",
    .slot = &self.slot,
    .vars = vars,
    .start = start,
};
