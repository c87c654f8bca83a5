/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the resolver. */
#include "testing/names.h"
#include "net/dns_state.h"
#include "rt/co.h"

enum { TTL_MS = 60000, ANSWER_MS = 5 };

static struct {
    const struct name *names;
    size_t n;
} self;

const char *const name_types[] = { "A", "AAAA", "SRV", "NAPTR", "silent", NULL };
static const int type_numbers[] = { DNS_A, DNS_AAAA, DNS_SRV, DNS_NAPTR, 0 };

static struct str word(struct str *rest)
{
    *rest = str_trim(*rest);
    return str_split(rest, ' ');
}

err_t name_read(struct str text, struct name *out)
{
    struct str type = word(&text), amount, unit;
    int64_t n;

    for (size_t i = 0; name_types[i]; i++) {
        if (!str_eq(type, str_of(name_types[i])))
            continue;
        *out = (struct name){ .type = type_numbers[i], .name = word(&text) };
        out->value = str_trim(text);
        if (out->type)
            return out->name.n && out->value.n ? ERR_OK : ERR_SYNTAX;
        amount = word(&text);
        unit = word(&text);
        if (str_to_i64(amount, &n) != ERR_OK || n < 0 || n > 1000000)
            return ERR_SYNTAX;
        out->silent_ms = str_eq(unit, STR("s")) ? n * 1000 : n;
        return str_eq(unit, STR("s")) || str_eq(unit, STR("ms")) ? ERR_OK : ERR_SYNTAX;
    }
    return ERR_NOT_FOUND;
}

static uint16_t number(struct str *rest)
{
    uint32_t n = 0;

    *rest = str_trim(*rest);
    struct str w = str_split(rest, ' ');
    return str_to_u32(w, &n) == ERR_OK ? (uint16_t)n : 0;
}

/* "192.0.2.2"; "10 50 5060 a.example.org"; "10 20 s SIP+D2T _sip._tcp.example.org" */
static struct dns_record record_of(const struct name *name)
{
    struct dns_record r = { .type = (enum dns_type)name->type };
    struct str rest = str_trim(name->value);

    if (r.type == DNS_A || r.type == DNS_AAAA) {
        ASSERT(addr_parse(rest, 0, &r.addr) == ERR_OK);
        return r;
    }
    r.priority = number(&rest);
    r.weight = number(&rest);
    if (r.type == DNS_SRV) {
        r.port = number(&rest);
    } else {
        r.flags = str_split(&rest, ' ');
        r.service = str_split(&rest, ' ');
    }
    r.target = str_trim(rest);
    return r;
}

static struct dns_answer *ask(struct str name, enum dns_type type)
{
    struct dns_answer *a = dns_answer_new(ERR_NOT_FOUND);
    int64_t wait = ANSWER_MS;

    a->records = ARENA_ARRAY(&a->arena, struct dns_record, NAMES_MAX);
    for (size_t i = 0; i < self.n; i++) {
        const struct name *n = &self.names[i];

        if (!str_ieq(n->name, name))
            continue;
        if (!n->type) {
            wait = n->silent_ms;
            a->result = ERR_TIMEOUT;
        } else if (n->type == (int)type) {
            a->records[a->n++] = record_of(n);
            a->result = ERR_OK;
        }
    }
    a->ttl_ms = TTL_MS;
    if (co_sleep(wait) != ERR_OK)
        a->result = ERR_CANCELED;
    return a;
}

void names_use(const struct name *names, size_t n)
{
    self.names = names;
    self.n = n;
    dns_hosts_use("/dev/null");
    dns_set_source(ask);
}
