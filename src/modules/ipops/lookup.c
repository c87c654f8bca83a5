/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/ipops/lookup.h"
#include "modules/ipops/classify.h"
#include "net/dns.h"
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum lookup_kind { LOOKUP_HOST, LOOKUP_SRV, LOOKUP_NAPTR, LOOKUP_PTR, LOOKUP_KINDS };
enum { FIELDS_MAX = 6, RECORDS_MAX = 64 };

struct record {
    struct value fields[FIELDS_MAX];
    int64_t order; /* by which they are sorted */
};
struct answer {
    struct answer *next;
    enum lookup_kind kind;
    struct str id;
    struct record records[RECORDS_MAX];
    size_t n;
    bool v4, v6;
};

/* What may stand behind "=>"; the position is that in `fields`. */
static const char *const field_names[LOOKUP_KINDS][FIELDS_MAX] = {
    [LOOKUP_HOST] = { "addr", "type" },
    [LOOKUP_SRV] = { "priority", "weight", "port", "target" },
    [LOOKUP_NAPTR] = { "order", "pref", "flags", "services", "regex", "replace" },
    [LOOKUP_PTR] = { "hostname" },
};

static struct answer *answer_find(const struct call *c, enum lookup_kind kind, struct str id)
{
    struct answer *a = c->module_data[ipops_self.answers_slot];

    while (a && (a->kind != kind || !str_ieq(a->id, id)))
        a = a->next;
    return a;
}

/* An empty one: a second question under the same name replaces the first. */
static struct answer *answer_for(struct call *c, enum lookup_kind kind, struct str id)
{
    struct answer *a = answer_find(c, kind, id), *next;

    if (!a) {
        a = ARENA_NEW(c->arena, struct answer);
        a->next = c->module_data[ipops_self.answers_slot];
        c->module_data[ipops_self.answers_slot] = a;
        id = arena_dup(c->arena, id);
    } else {
        id = a->id;
    }
    next = a->next;
    *a = (struct answer){ .next = next, .kind = kind, .id = id };
    return a;
}

/* Addresses. */

static err_t addresses_of(struct call *c, struct str host, struct dns_target **targets, size_t *n)
{
    struct dns_query q = { .host = host, .port = 5060, .proto = PROTO_UDP };

    return host.n ? dns_resolve(&q, c->arena, targets, n) : ERR_NOT_FOUND;
}

int dns_match_ip(struct call *c, const struct match_args *a)
{
    struct dns_target *targets;
    struct addr wanted;
    enum ip_form form = ip_read(a->ip, &wanted);
    size_t n;

    if (form == IP_NONE)
        return LOOKUP_NO_ADDRESS;
    if (addresses_of(c, a->host, &targets, &n))
        return LOOKUP_FAILED;
    for (size_t i = 0; i < n; i++)
        if (addr_ip_eq(&targets[i].addr, &wanted))
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}

int dns_query(struct call *c, const struct lookup_args *a)
{
    struct answer *into = answer_for(c, LOOKUP_HOST, a->id);
    struct dns_target *targets;
    size_t n;

    if (addresses_of(c, a->name, &targets, &n))
        return LOOKUP_FAILED;
    for (size_t i = 0; i < n && i < RECORDS_MAX; i++) {
        bool v4 = targets[i].addr.sa.sa_family == AF_INET;
        struct buf b;

        buf_fixed(&b, arena_alloc(c->arena, 64), 64);
        addr_print_ip(&b, &targets[i].addr, false);
        into->records[i].fields[0] = VALUE_OF_STR(buf_str(&b));
        into->records[i].fields[1] = VALUE_OF_INT(v4 ? 4 : 6);
        into->v4 |= v4;
        into->v6 |= !v4;
        into->n = i + 1;
    }
    return SCRIPT_TRUE;
}

/* Records. A line is the type and its fields; those that may hold blanks stand in quotes. */

static struct str next_field(struct str *line)
{
    *line = str_trim(*line);
    if (line->n && line->p[0] == '"') {
        *line = str_skip(*line, 1);
        return str_split(line, '"');
    }
    return str_split(line, ' ');
}

static void read_line(struct call *c, enum lookup_kind kind, struct str line, struct record *r)
{
    (void)str_split(&line, ' ');
    for (size_t i = 0; i < FIELDS_MAX && field_names[kind][i]; i++) {
        struct str text = next_field(&line);
        bool number = kind == LOOKUP_SRV ? i < 3 : kind == LOOKUP_NAPTR && i < 2;
        int64_t n = 0;

        if (number && str_to_i64(text, &n) == ERR_OK)
            r->fields[i] = VALUE_OF_INT(n);
        else
            r->fields[i] = VALUE_OF_STR(arena_dup(c->arena, text));
    }
}

/* SRV: the lower priority, then the greater weight first; NAPTR: order, then preference. */
static int by_order(const void *x, const void *y)
{
    const struct record *a = x, *b = y;

    return a->order < b->order ? -1 : a->order > b->order;
}

static int64_t order_of(enum lookup_kind kind, const struct record *r)
{
    if (kind == LOOKUP_PTR)
        return 0;
    return r->fields[0].i * 65536 + (kind == LOOKUP_SRV ? 65535 - r->fields[1].i : r->fields[1].i);
}

static err_t ask(struct call *c, enum lookup_kind kind, struct str name, const char *type,
                 struct answer *into)
{
    struct buf b;
    struct str lines;
    err_t e;

    buf_init(&b, MEM_MODULE);
    e = name.n ? dns_lookup(name, str_of(type), &b) : ERR_NOT_FOUND;
    lines = buf_str(&b);
    while (!e && lines.n && into->n < RECORDS_MAX) {
        struct record *r = &into->records[into->n];
        struct str line = str_split(&lines, '\n');

        if (line.n == 0)
            continue;
        read_line(c, kind, line, r);
        r->order = order_of(kind, r);
        into->n++;
    }
    buf_free(&b);
    qsort(into->records, into->n, sizeof *into->records, by_order);
    return e;
}

/* A name without records is an answer too: none. */
static int asked(err_t e)
{
    return e == ERR_OK || e == ERR_NOT_FOUND ? SCRIPT_TRUE : LOOKUP_FAILED;
}

int srv_query(struct call *c, const struct lookup_args *a)
{
    return asked(ask(c, LOOKUP_SRV, a->name, "SRV", answer_for(c, LOOKUP_SRV, a->id)));
}

int naptr_query(struct call *c, const struct lookup_args *a)
{
    return asked(ask(c, LOOKUP_NAPTR, a->name, "NAPTR", answer_for(c, LOOKUP_NAPTR, a->id)));
}

static void reverse_name(const struct addr *a, struct buf *b)
{
    if (a->sa.sa_family == AF_INET) {
        const unsigned char *p = (const unsigned char *)&a->v4.sin_addr;

        buf_fmt(b, "%u.%u.%u.%u.in-addr.arpa", p[3], p[2], p[1], p[0]);
        return;
    }
    for (size_t i = 16; i-- > 0;)
        buf_fmt(b, "%x.%x.", a->v6.sin6_addr.s6_addr[i] & 15, a->v6.sin6_addr.s6_addr[i] >> 4);
    buf_addz(b, "ip6.arpa");
}

int ptr_query(struct call *c, const struct lookup_args *a)
{
    struct answer *into = answer_for(c, LOOKUP_PTR, a->id);
    char space[128];
    struct addr ip;
    struct buf b;

    if (ip_read(a->name, &ip) == IP_NONE)
        return LOOKUP_FAILED;
    buf_fixed(&b, space, sizeof space);
    reverse_name(&ip, &b);
    return ask(c, LOOKUP_PTR, buf_str(&b), "PTR", into) ? LOOKUP_FAILED : SCRIPT_TRUE;
}

/* $dns(id=>addr[1]) and its kin. */

static int64_t index_in(struct call *c, struct str text)
{
    struct value v = VALUE_NONE;
    const struct var_ref *var;
    int64_t n = 0;

    if (text.n && text.p[0] == '$') {
        if (var_parse_now(c, text, &var) || var_get(c, var, &v))
            return INT64_MAX;
        return value_number(&v);
    }
    return str_to_i64(text, &n) ? INT64_MAX : n;
}

static err_t give_field(struct call *c, const struct answer *a, struct str field, struct value *out)
{
    size_t open = str_find(field, '[');
    struct str name = str_trim(str_cut(field, 0, open));
    int64_t i = 0;

    if (open < field.n) {
        struct str inside = str_skip(field, open + 1);

        i = index_in(c, str_trim(str_cut(inside, 0, str_find(inside, ']'))));
    }
    if (i < 0)
        i += (int64_t)a->n;
    if (i < 0 || i >= (int64_t)a->n)
        return ERR_OK;
    for (size_t k = 0; k < FIELDS_MAX && field_names[a->kind][k]; k++)
        if (str_ieq(name, str_of(field_names[a->kind][k])))
            *out = a->records[i].fields[k];
    return ERR_OK;
}

static err_t get_answer(struct call *c, const struct var_ref *at, struct value *out)
{
    enum lookup_kind kind = (enum lookup_kind)at->var->tag;
    struct str key = var_key(c, at);
    size_t arrow = str_search(key, STR("=>"));
    struct str field = str_trim(str_skip(key, arrow + 2));
    const struct answer *a = answer_find(c, kind, str_trim(str_cut(key, 0, arrow)));

    *out = VALUE_NONE;
    if (!a || arrow == key.n)
        return ERR_OK;
    /* What failed to resolve was never there. */
    if (kind == LOOKUP_HOST && a->n == 0)
        return ERR_OK;
    if (str_ieq(field, STR("count")))
        *out = VALUE_OF_INT((int64_t)a->n);
    else if (kind == LOOKUP_HOST && str_ieq(field, STR("ipv4")))
        *out = VALUE_OF_INT(a->v4);
    else if (kind == LOOKUP_HOST && str_ieq(field, STR("ipv6")))
        *out = VALUE_OF_INT(a->v6);
    else
        return give_field(c, a, field, out);
    return ERR_OK;
}

static err_t prepare_answer(struct load *l, const struct var_ref *at, const void **prepared)
{
    size_t arrow = str_search(at->key, STR("=>"));

    (void)prepared;
    if (arrow > 0 && arrow + 2 < at->key.n)
        return ERR_OK;
    load_fault(l, NULL, "expected $%s(id=>field)", at->var->name);
    return ERR_SYNTAX;
}

/* $HN(x): names of this machine. */

static bool resolve_own(struct call *c, struct str name, struct addr *out)
{
    struct dns_target *targets;
    size_t n;

    if (addresses_of(c, name, &targets, &n))
        return false;
    *out = targets[0].addr;
    return true;
}

/* While the configuration is read there is no coroutine to wait on. The machine's own name stands
 * in its host file nearly always. IPv4 goes first. */
static bool resolve_own_early(struct str name, struct addr *out)
{
    static const int families[] = { AF_INET, AF_INET6 };

    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        struct addrinfo hints = { .ai_family = families[i], .ai_socktype = SOCK_DGRAM };
        struct addrinfo *found;

        if (getaddrinfo(name.p, NULL, &hints, &found))
            continue;
        memset(out, 0, sizeof *out);
        memcpy(&out->sa, found->ai_addr, found->ai_addrlen);
        freeaddrinfo(found);
        return true;
    }
    return false;
}

static err_t get_own_name(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str key = var_key(c, at), name;
    char text[256];
    size_t dot;

    *out = VALUE_NONE;
    if (key.n != 1 || gethostname(text, sizeof text))
        return ERR_OK;
    text[sizeof text - 1] = '\0';
    name = arena_dup(c->arena, str_of(text));
    dot = str_find(name, '.');
    if (key.p[0] == 'n')
        *out = VALUE_OF_STR(str_cut(name, 0, dot));
    else if (key.p[0] == 'f')
        *out = VALUE_OF_STR(name);
    else if (key.p[0] == 'd' && dot < name.n)
        *out = VALUE_OF_STR(str_skip(name, dot + 1));
    else if (key.p[0] == 'i') {
        struct addr address;
        struct buf b;

        if (!(c->msg ? resolve_own(c, name, &address) : resolve_own_early(name, &address)))
            return ERR_OK;
        buf_fixed(&b, arena_alloc(c->arena, 64), 64);
        addr_print_ip(&b, &address, false);
        *out = VALUE_OF_STR(buf_str(&b));
    }
    return ERR_OK;
}

static err_t prepare_own_name(struct load *l, const struct var_ref *at, const void **prepared)
{
    (void)prepared;
    if (at->key.n == 1 && memchr("nfdi", at->key.p[0], 4))
        return ERR_OK;
    load_fault(l, NULL, "expected $HN(n), $HN(f), $HN(d) or $HN(i)");
    return ERR_SYNTAX;
}

#define ANSWER(label, kind, doc_text)                                                              \
    {                                                                                              \
        .name = (label), .key = true, .get = get_answer, .prepare = prepare_answer, .tag = (kind), \
        .doc = (doc_text)                                                                          \
    }
const struct variable ipops_vars[] = {
    ANSWER("dns", LOOKUP_HOST,
           "Of dns_query(): id=>count, ipv4, ipv6, addr[i] and type[i] (4 or 6)."),
    ANSWER("srvquery", LOOKUP_SRV,
           "Of srv_query(): id=>count, priority[i], weight[i], port[i], target[i]."),
    ANSWER("naptrquery", LOOKUP_NAPTR,
           "Of naptr_query(): id=>count, order[i], pref[i], flags[i], services[i], regex[i], "
           "replace[i]."),
    ANSWER("ptrquery", LOOKUP_PTR, "Of ptr_query(): id=>hostname."),
    { .name = "HN",
      .key = true,
      .early = true,
      .get = get_own_name,
      .prepare = prepare_own_name,
      .doc = "This machine: n its name, f with its domain, d the domain, i an address." },
    { 0 },
};
