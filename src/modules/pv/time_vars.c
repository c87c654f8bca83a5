/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: of the message, of the server's start, now; and what this process is. */
#include "modules/pv/time_vars.h"
#include "base/clock.h"
#include <time.h>
#include <unistd.h>

/* The message's arrival on the wall clock, in microseconds. */
static int64_t arrival_us(const struct call *c)
{
    return c->packet ? c->packet->received_us : clock_unix_us();
}

GETTER(get_start_seconds)
{
    (void)c;
    (void)at;
    return give_int(out, pv_self.started_unix);
}

GETTER(get_message_seconds)
{
    return give_int(out, at->var->tag == 1 ? clock_unix() : arrival_us(c) / 1000000);
}

GETTER(get_message_time)
{
    time_t t = (time_t)(at->var->tag == 1 ? clock_unix() : arrival_us(c) / 1000000);
    struct tm parts;
    char text[64];

    localtime_r(&t, &parts);
    size_t n = strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts);
    return give_str(out, arena_dup(c->arena, (struct str){ text, n }));
}

enum { TIME_S, TIME_U, TIME_SN, TIME_UN, TIME_SN_TEXT };
static const struct key_row time_value_keys[] = {
    { "s", TIME_S }, { "u", TIME_U }, { "sn", TIME_SN }, { "un", TIME_UN }, { 0 },
};

static int time_value_id(struct str key)
{
    if (str_eq(key, STR("Sn")))
        return TIME_SN_TEXT;
    for (const struct key_row *r = time_value_keys; r->name; r++)
        if (str_eq(key, str_of(r->name)))
            return r->id;
    return -1;
}

PREPARE(prepare_time_value)
{
    *prepared = NULL;
    if (time_value_id(at->key) >= 0)
        return ERR_OK;
    load_fault(l, NULL, "$TV takes s, u, sn, un or Sn, not \"" STR_FMT "\"", STR_ARG(at->key));
    return ERR_SYNTAX;
}

GETTER(get_time_value)
{
    int64_t then = arrival_us(c), now = clock_unix_us();

    switch (time_value_id(var_key(c, at))) {
    case TIME_S: return give_int(out, then / 1000000);
    case TIME_U: return give_int(out, then % 1000000);
    case TIME_SN: return give_int(out, now / 1000000);
    case TIME_UN: return give_int(out, now % 1000000);
    case TIME_SN_TEXT:
        return give_fmt(c, out, "%lld.%06lld", (long long)(now / 1000000),
                        (long long)(now % 1000000));
    default: return give_null(out);
    }
}

static struct tm now_parts(bool utc)
{
    time_t t = (time_t)clock_unix();
    struct tm parts;

    if (utc)
        gmtime_r(&t, &parts);
    else
        localtime_r(&t, &parts);
    return parts;
}

enum {
    PART_SEC,
    PART_MIN,
    PART_HOUR,
    PART_MDAY,
    PART_MON,
    PART_YEAR,
    PART_WDAY,
    PART_YDAY,
    PART_DST
};
static const struct key_row time_part_keys[] = {
    { "sec", PART_SEC },   { "min", PART_MIN },
    { "hour", PART_HOUR }, { "mday", PART_MDAY },
    { "mon", PART_MON },   { "year", PART_YEAR },
    { "wday", PART_WDAY }, { "yday", PART_YDAY },
    { "isdst", PART_DST }, { 0 },
};

PREPARE(prepare_time_part)
{
    return prepare_key(l, at, time_part_keys, prepared);
}

GETTER(get_time_part)
{
    struct tm t = now_parts(at->var->tag == 1);

    switch (key_id(c, at, time_part_keys)) {
    case PART_SEC: return give_int(out, t.tm_sec);
    case PART_MIN: return give_int(out, t.tm_min);
    case PART_HOUR: return give_int(out, t.tm_hour);
    case PART_MDAY: return give_int(out, t.tm_mday);
    case PART_MON: return give_int(out, t.tm_mon + 1);
    case PART_YEAR: return give_int(out, t.tm_year + 1900);
    case PART_WDAY: return give_int(out, t.tm_wday + 1);
    case PART_YDAY: return give_int(out, t.tm_yday + 1);
    case PART_DST: return give_int(out, t.tm_isdst);
    default: return give_null(out);
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
GETTER(get_time_format)
{
    struct tm t = now_parts(at->var->tag == 1);
    struct str format = arena_dup(c->arena, var_key(c, at));
    char text[256];
    size_t n = format.n ? strftime(text, sizeof text, format.p, &t) : 0;

    return n ? give_str(out, arena_dup(c->arena, (struct str){ text, n })) : give_null(out);
}
#pragma GCC diagnostic pop

GETTER(get_process_id)
{
    (void)c;
    (void)at;
    return give_int(out, getpid());
}

enum { VERSION_NUM, VERSION_FULL, VERSION_HASH };
static const struct key_row version_keys[] = {
    { "num", VERSION_NUM },
    { "full", VERSION_FULL },
    { "hash", VERSION_HASH },
    { 0 },
};

PREPARE(prepare_version)
{
    return prepare_key(l, at, version_keys, prepared);
}

GETTER(get_version)
{
    switch (key_id(c, at, version_keys)) {
    case VERSION_NUM: return give_str(out, STR(TANDEM_VERSION));
    case VERSION_FULL: return give_str(out, STR("tandem " TANDEM_VERSION));
    case VERSION_HASH: return give_str(out, STR("unknown"));
    default: return give_null(out);
    }
}

static const struct key_row ksr_keys[] = { { "ver", VERSION_NUM }, { 0 } };

PREPARE(prepare_ksr)
{
    return prepare_key(l, at, ksr_keys, prepared);
}

GETTER(get_ksr)
{
    return key_id(c, at, ksr_keys) < 0 ? give_null(out) : give_str(out, STR(TANDEM_VERSION));
}

static const struct key_row constant_keys[] = {
    { "IPv4", AF_INET },  { "IPv6", AF_INET6 }, { "UDP", PROTO_UDP },
    { "TCP", PROTO_TCP }, { "TLS", PROTO_TLS }, { "SCTP", PROTO_SCTP },
    { "WS", PROTO_WS },   { "WSS", PROTO_WSS }, { 0 },
};

PREPARE(prepare_constant)
{
    return prepare_key(l, at, constant_keys, prepared);
}

GETTER(get_constant)
{
    int id = key_id(c, at, constant_keys);
    return id < 0 ? give_null(out) : give_int(out, id);
}

GETTER(get_fixed)
{
    char ch = (char)at->var->tag;
    return give_str(out, arena_dup(c->arena, (struct str){ &ch, 1 }));
}

GETTER(get_true)
{
    (void)c;
    (void)at;
    return give_int(out, 1);
}

GETTER(get_server_id)
{
    (void)at;
    return give_int(out, c->gen->core->server_id);
}
