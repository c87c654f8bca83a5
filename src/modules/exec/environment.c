/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/exec/environment.h"
#include "core/send.h"
#include <ctype.h>
#include <unistd.h>

struct list {
    char **items;
    size_t n;
    bool no_functions; /* see bash_safety */
};

/* A NUL or a line end in a value would end it, or begin another. */
static void put(struct call *c, struct list *to, const char *name, struct str value)
{
    bool function = to->no_functions && str_starts(value, STR("()"));
    struct str line =
        arena_fmt(c->arena, "%s=%s" STR_FMT, name, function ? " " : "", STR_ARG(value));
    char *p = (char *)(uintptr_t)line.p;

    for (size_t i = 0; i < line.n; i++)
        if (p[i] == '\r' || p[i] == '\n')
            p[i] = ' ';
    to->items[to->n++] = p;
}

/* "SIP_HF_CALLID": capital letters, '_' for the rest, the long form of compact names. */
static const char *variable_name(struct call *c, const struct header *h)
{
    struct str name = h->id == HEADER_OTHER ? h->name : header_name(h->id);
    struct str z = arena_fmt(c->arena, "SIP_HF_" STR_FMT, STR_ARG(name));
    char *p = (char *)(uintptr_t)z.p;

    if (h->id == HEADER_CALL_ID)
        return "SIP_HF_CALLID";
    for (size_t i = 0; i < z.n; i++)
        p[i] = isalnum((unsigned char)p[i]) ? (char)toupper((unsigned char)p[i]) : '_';
    return p;
}

static bool same_name(const struct header *a, const struct header *b)
{
    return a->id == HEADER_OTHER ? b->id == HEADER_OTHER && str_ieq(a->name, b->name)
                                 : a->id == b->id;
}

/* All headers of a name in one variable, separated by commas. */
static void put_headers(struct call *c, struct list *to)
{
    const struct msg *m = c->msg;

    for (size_t i = 0; i < m->n_headers; i++) {
        const struct header *h = &m->headers[i];
        bool seen = false;
        struct buf b;

        for (size_t k = 0; k < i; k++)
            seen |= same_name(h, &m->headers[k]);
        if (seen)
            continue;
        buf_init(&b, MEM_MESSAGE);
        buf_add(&b, h->body);
        for (size_t k = i + 1; k < m->n_headers; k++) {
            if (!same_name(h, &m->headers[k]))
                continue;
            buf_char(&b, ',');
            buf_add(&b, m->headers[k].body);
        }
        put(c, to, variable_name(c, h), buf_str(&b));
        buf_free(&b);
    }
}

static struct str user_of(struct call *c, struct str text)
{
    struct uri u;

    (void)c;
    return uri_parse(text, &u) == ERR_OK ? u.user : STR("");
}

static void put_addresses(struct call *c, struct list *to)
{
    char ip[64];
    struct buf b;

    buf_fixed(&b, ip, sizeof ip);
    if (addr_is_set(&c->from.peer))
        addr_print_ip(&b, &c->from.peer, false);
    put(c, to, "SIP_SRCIP", buf_str(&b));
    put(c, to, "SIP_DID", msg_to_tag(c->msg));
    if (!c->msg->request)
        return;
    put(c, to, "SIP_TID", send_stateless_branch(c));
    /* The name that the packaged server really uses, and the one in its manual. */
    put(c, to, "SIP_ORUI", c->msg->uri);
    put(c, to, "SIP_ORURI", c->msg->uri);
    put(c, to, "SIP_RURI", call_uri_text(c));
    put(c, to, "SIP_USER", user_of(c, call_uri_text(c)));
    put(c, to, "SIP_OUSER", user_of(c, c->msg->uri));
}

char *const *environment_of(struct call *c, bool bash_safety)
{
    struct list to = { .no_functions = bash_safety };
    size_t n = 0;

    while (environ && environ[n])
        n++;
    to.items = ARENA_ARRAY(c->arena, char *, n + c->msg->n_headers + 10);
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "SIP_", 4) != 0)
            to.items[to.n++] = environ[i];
    put_headers(c, &to);
    put_addresses(c, &to);
    return to.items;
}
