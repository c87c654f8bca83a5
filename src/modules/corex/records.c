/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/corex/records.h"
#include "net/dns_cache.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FLAG_ABSENT = 1, FLAG_PERMANENT = 2, TTL_MAX = 2147483, LINE_MAX_BYTES = 1024 };

struct attributes {
    struct str type, name, addr;
    int64_t ttl, priority, weight, port, flags;
};
static const struct field attribute_fields[] = {
    FIELD(attributes, type, "A, AAAA or SRV."),
    FIELD(attributes, name, "The name."),
    FIELD(attributes, addr, "Its address; of SRV the name of the host.", .optional = true),
    FIELD(attributes, ttl, "Seconds.", .def = "0", .max = INT32_MAX),
    FIELD(attributes, priority, "Of SRV.", .def = "0", .max = 65535),
    FIELD(attributes, weight, "Of SRV.", .def = "0", .max = 65535),
    FIELD(attributes, port, "Of SRV.", .def = "0", .max = 65535),
    FIELD(attributes, flags, "1: there is no such record; 2: for good.", .def = "0", .max = 3),
    { 0 },
};

static err_t read_attributes(struct str text, struct attributes *a, struct buf *why)
{
    struct str rest = text;

    fields_default(attribute_fields, a, NULL);
    while (rest.n) {
        struct str value = str_trim(str_split(&rest, ';'));
        struct str name = str_trim(str_split(&value, '='));
        const struct field *f = field_find(attribute_fields, name);
        struct value v = VALUE_OF_STR(str_trim(value));
        err_t e;

        if (!name.n)
            continue;
        if (!f) {
            buf_fmt(why,
                    "there is no attribute \"" STR_FMT "\"; there are type, name, addr, ttl, "
                    "priority, weight, port, flags",
                    STR_ARG(name));
            return ERR_SYNTAX;
        }
        e = field_set(f, a, &v, NULL, why);
        if (e)
            return e;
    }
    return ERR_OK;
}

static err_t read_record(const struct attributes *a, struct dns_manual *m, struct buf *why)
{
    struct dns_record *r = &m->record;

    *m = (struct dns_manual){ .name = a->name,
                              .ttl_ms = (a->ttl > TTL_MAX ? TTL_MAX : a->ttl) * 1000,
                              .permanent = a->flags & FLAG_PERMANENT,
                              .absent = a->flags & FLAG_ABSENT };
    r->priority = (uint16_t)a->priority;
    r->weight = (uint16_t)a->weight;
    r->port = (uint16_t)a->port;
    if (!dns_type_of(a->type, &r->type) ||
        (r->type != DNS_A && r->type != DNS_AAAA && r->type != DNS_SRV) || !a->name.n) {
        buf_addz(why, "expected type=A, AAAA or SRV, and a name");
        return ERR_SYNTAX;
    }
    if (r->type == DNS_SRV)
        r->target = a->addr;
    else if (!m->absent && (addr_parse(a->addr, 0, &r->addr) ||
                            r->addr.sa.sa_family != (r->type == DNS_A ? AF_INET : AF_INET6)))
        buf_fmt(why, "\"" STR_FMT "\" is no address of type %s", STR_ARG(a->addr),
                dns_type_name(r->type));
    return why->n ? ERR_SYNTAX : ERR_OK;
}

err_t record_put(struct str text, bool really, struct buf *why)
{
    struct attributes a;
    struct dns_manual m;
    err_t e = read_attributes(text, &a, why);

    if (!e)
        e = read_record(&a, &m, why);
    if (!e && really)
        dns_cache_put(&m);
    return e;
}

err_t records_put_file(struct str path, bool really, struct buf *why)
{
    char *name = mem_strdup(MEM_MODULE, path), line[LINE_MAX_BYTES];
    FILE *f = fopen(name, "re");
    unsigned number = 0;
    err_t e = ERR_OK;

    mem_free(MEM_MODULE, name);
    if (!f) {
        buf_fmt(why, STR_FMT ": %s", STR_ARG(path), strerror(errno));
        return ERR_IO;
    }
    while (!e && fgets(line, sizeof line, f)) {
        struct str text = str_trim(str_of(line));

        number++;
        if (text.n && text.p[0] != '#')
            e = record_put(text, really, why);
    }
    if (e)
        buf_fmt(why, " (" STR_FMT ", line %u)", STR_ARG(path), number);
    fclose(f);
    return e;
}
