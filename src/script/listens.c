/* SPDX-License-Identifier: BSD-2-Clause */
/* listen, socket, alias and domain lines, and -l, --alias of the command line. */
#include "core/local.h"
#include "script/parse.h"
#include "script/state.h"

struct listens {
    struct listen_item *items;
    size_t n, cap;
};

static struct listen_item *next_item(struct load *l, struct listens *all)
{
    if (all->n == all->cap) {
        struct listen_item *old = all->items;

        all->cap = all->cap ? all->cap * 2 : 8;
        all->items = ARENA_ARRAY(l->arena, struct listen_item, all->cap);
        if (all->n)
            memcpy(all->items, old, all->n * sizeof *old);
    }
    return &all->items[all->n++];
}

static uint16_t port_of(struct str text)
{
    uint32_t n;

    return str_to_u32(text, &n) || n > 65535 ? 0 : (uint16_t)n;
}

static struct str keep(struct load *l, struct str s)
{
    return s.p ? arena_dup(l->arena, s) : STR_NONE;
}

static void add_listen(struct load *l, struct listens *all, const struct tree_listen *t)
{
    struct listen_item *item = next_item(l, all);

    *item = (struct listen_item){
        .proto = proto_of(t->proto),
        .host = keep(l, t->host),
        .port = port_of(t->port),
        .port_end = port_of(t->port_end),
        .advertise_host = keep(l, t->adv_host),
        .advertise_port = port_of(t->adv_port),
        .name = keep(l, t->name),
        .vrf = keep(l, t->vrf),
        .flags = t->is_virtual ? LISTENER_VIRTUAL : 0,
        .workers = t->workers,
    };
    item->where = t->at.source
                      ? arena_fmt(l->arena, STR_FMT ":%u", STR_ARG(t->at.source->name), t->at.line)
                      : STR("command line");
    if (item->port_end && item->port_end < item->port)
        diag_fault(l->diag, &t->at, "the range of ports ends before it begins");
}

/* Reads text as if it stood behind `listen=`. */
static const struct tree_listen *read_listen(struct load *l, struct str text, const char *option,
                                             bool listen)
{
    struct lexer *lexer = lexer_new(&l->temp, l->diag);
    struct parser p = { .arena = &l->temp, .diag = l->diag };
    struct tree_listen *first;
    struct tokens tokens = lexer_run(lexer, str_of(option), text);

    p.t = p.first = tokens.at;
    first = parse_listen_list(&p, listen);
    if (!p.failed && p.t->kind != TOK_END)
        parse_expected(&p, "the end of the address");
    return p.failed ? NULL : first;
}

static void add_alias(struct load *l, struct alias_item *items, struct local_name *names, size_t *n,
                      const struct tree_listen *t)
{
    items[*n] = (struct alias_item){ proto_of(t->proto), keep(l, t->host), port_of(t->port) };
    names[*n] = (struct local_name){ items[*n].proto, items[*n].host, items[*n].port };
    ++*n;
}

static void load_aliases(struct load *l)
{
    const struct load_options *o = l->options;
    struct alias_item *items;
    struct local_name *names;
    size_t n = o->n_aliases * 4;

    for (const struct top *t = l->top; t; t = t->next)
        if (t->kind == TOP_ALIAS)
            for (const struct tree_listen *i = t->listen; i; i = i->next)
                n++;
    items = ARENA_ARRAY(l->arena, struct alias_item, n + 1);
    names = ARENA_ARRAY(l->arena, struct local_name, n + 1);
    n = 0;
    for (const struct top *t = l->top; t; t = t->next)
        if (t->kind == TOP_ALIAS)
            for (const struct tree_listen *i = t->listen; i; i = i->next)
                add_alias(l, items, names, &n, i);
    for (size_t i = 0; i < o->n_aliases; i++) {
        const struct tree_listen *t = read_listen(l, o->aliases[i], "--alias", false);

        if (t)
            add_alias(l, items, names, &n, t);
    }
    l->program->info.aliases = items;
    l->program->info.n_aliases = n;
    l->gen->aliases = names;
    l->gen->n_aliases = n;
}

void load_listens(struct load *l)
{
    const struct load_options *o = l->options;
    struct listens all = { 0 };

    for (size_t i = 0; i < o->n_listens; i++)
        for (const struct tree_listen *t = read_listen(l, o->listens[i], "-l", true); t;
             t = t->next)
            add_listen(l, &all, t);
    for (const struct top *t = l->top; t; t = t->next)
        if (t->kind == TOP_LISTEN && !o->n_listens)
            for (const struct tree_listen *i = t->listen; i; i = i->next)
                add_listen(l, &all, i);
    l->program->info.listens = all.items;
    l->program->info.n_listens = all.n;
    load_aliases(l);
}
