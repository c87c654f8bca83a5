/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash.h"
#include "modules/permissions/inner.h"
#include <ctype.h>
#include <stdio.h>

enum { SLOTS_MIN = 16 };

struct address_set *address_set_new(size_t entries)
{
    struct address_set *set = mem_zalloc(MEM_MODULE, sizeof *set);
    size_t slots = SLOTS_MIN;

    while (slots < entries)
        slots *= 2;
    arena_init(&set->arena, MEM_MODULE, 1024);
    set->mask = slots - 1;
    set->exact = ARENA_ARRAY(&set->arena, struct address_entry *, slots);
    set->last_subnet = &set->subnets;
    return set;
}

void address_set_free(void *object)
{
    struct address_set *set = object;

    if (!set)
        return;
    arena_free(&set->arena);
    mem_free(MEM_MODULE, set);
}

static unsigned whole(const struct addr *a)
{
    return a->sa.sa_family == AF_INET6 ? 128 : 32;
}

bool address_is_name(const struct address_entry *e)
{
    return e->name.n > 0;
}

bool address_is_subnet(const struct address_entry *e)
{
    return e->name.n == 0 && e->range.bits < whole(&e->range.base);
}

/* By address without port. */
static uint64_t slot_of_addr(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET6)
        return hash_fast((struct str){ (const char *)&a->v6.sin6_addr, sizeof a->v6.sin6_addr });
    return hash_fast((struct str){ (const char *)&a->v4.sin_addr, sizeof a->v4.sin_addr });
}

static void put_exact(struct address_set *set, struct address_entry *e)
{
    uint64_t hash = address_is_name(e) ? hash_keyed_icase(e->name) : slot_of_addr(&e->range.base);
    struct address_entry **at = &set->exact[hash & set->mask];

    while (*at) /* in the order of loading: the first match counts */
        at = &(*at)->next;
    *at = e;
}

err_t address_set_add(struct address_set *set, int64_t group, struct str text, int64_t mask,
                      int64_t port, struct str tag)
{
    struct address_entry *e;
    struct addr base;
    bool numeric = addr_parse(text, 0, &base) == ERR_OK;

    if (text.n == 0 || group < 1 || mask < 0 || mask > 128 || port < 0 || port > UINT16_MAX)
        return ERR_SYNTAX;
    if (numeric && mask > whole(&base))
        return ERR_SYNTAX;
    e = ARENA_NEW(&set->arena, struct address_entry);
    e->group = group;
    e->port = (uint16_t)port;
    e->tag = tag.n ? arena_dup(&set->arena, tag) : STR_NONE;
    if (!numeric) {
        e->name = arena_dup(&set->arena, text);
    } else {
        e->range.base = base;
        e->range.bits = mask ? (unsigned)mask : whole(&base);
    }
    if (!address_is_subnet(e)) {
        put_exact(set, e);
        return ERR_OK;
    }
    *set->last_subnet = e;
    set->last_subnet = &e->next;
    set->n_subnets++;
    return ERR_OK;
}

static bool applies(const struct address_entry *e, int64_t group, uint16_t port)
{
    return (group == 0 || e->group == group) && (e->port == 0 || e->port == port);
}

static const struct address_entry *find_name(const struct address_set *set, int64_t group,
                                             struct str name, uint16_t port)
{
    const struct address_entry *e = set->exact[hash_keyed_icase(name) & set->mask];

    while (e && !(str_ieq(e->name, name) && applies(e, group, port)))
        e = e->next;
    return e;
}

const struct address_entry *address_set_find(const struct address_set *set, int64_t group,
                                             struct str host, uint16_t port, bool longest)
{
    const struct address_entry *e, *best = NULL;
    struct addr addr;

    if (!set || host.n == 0)
        return NULL;
    if (addr_parse(host, port, &addr))
        return find_name(set, group, host, port);
    for (e = set->exact[slot_of_addr(&addr) & set->mask]; e; e = e->next) {
        if (!address_is_name(e) && addr_ip_eq(&e->range.base, &addr) && applies(e, group, port))
            return e;
    }
    for (e = set->subnets; e; e = e->next) {
        if (!applies(e, group, port) || !addr_range_has(&e->range, &addr))
            continue;
        if (!longest)
            return e;
        if (!best || e->range.bits > best->range.bits)
            best = e;
    }
    return best;
}

void address_add_range(struct buf *b, const struct address_entry *e)
{
    if (address_is_name(e))
        buf_add(b, e->name);
    else
        addr_print_ip(b, &e->range.base, false);
}

/* The next word of a line, or nothing. */
static struct str word(struct str *line)
{
    size_t i = 0;
    struct str w;

    *line = str_trim(*line);
    while (i < line->n && !isspace((unsigned char)line->p[i]))
        i++;
    w = str_cut(*line, 0, i);
    *line = str_skip(*line, i);
    return w;
}

/* "group address [mask [port [tag]]]" with a comment behind. */
static err_t add_line(struct address_set *set, struct str line)
{
    int64_t group, mask = 0, port = 0;
    struct str address, text, tag;
    err_t e;

    line = str_trim(str_cut(line, 0, str_find(line, '#')));
    if (line.n == 0)
        return ERR_OK;
    e = str_to_i64(word(&line), &group);
    address = word(&line);
    text = word(&line);
    if (!e && text.n)
        e = str_to_i64(text, &mask);
    text = word(&line);
    if (!e && text.n)
        e = str_to_i64(text, &port);
    tag = word(&line);
    return e ? e : address_set_add(set, group, address, mask, port, tag);
}

err_t address_set_read_file(struct address_set *set, struct str path)
{
    char name[1024], line[1024];
    err_t e = ERR_OK;
    FILE *f;

    if (path.n >= sizeof name)
        return ERR_LIMIT;
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    f = fopen(name, "re");
    if (!f)
        return ERR_NOT_FOUND;
    while (!e && fgets(line, sizeof line, f))
        e = add_line(set, str_of(line));
    fclose(f);
    return e;
}
