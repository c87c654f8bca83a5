/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of listen and alias lines, and sockets in blocks. */
#include "script/parse.h"
#include <stdlib.h>

static bool proto_word(struct str s)
{
    return proto_of(s) != PROTO_NONE;
}

/* One part of proto:host:port: a string, an address in brackets, or words joined by dots and
 * dashes. */
struct str parse_address_part(struct parser *p)
{
    static const enum tok stop[] = { TOK_COLON, TOK_COMMA,  TOK_RPAREN,
                                     TOK_SEMI,  TOK_RBRACE, TOK_ASSIGN };

    if (p->t->kind == TOK_STRING)
        return parse_next(p)->value;
    if (p->t->kind == TOK_LBRACK) {
        struct buf b;
        struct str out;

        buf_init(&b, MEM_CONFIG);
        while (p->t->kind != TOK_END && p->t->kind != TOK_RBRACK && !p->t->line_start)
            buf_add(&b, parse_next(p)->text);
        buf_char(&b, ']');
        out = arena_dup(p->arena, buf_str(&b));
        buf_free(&b);
        parse_need(p, TOK_RBRACK, "to close the address");
        return out;
    }
    return parse_glued(p, stop, sizeof stop / sizeof *stop);
}

/* A quoted "udp:host:port" is taken apart too. */
static void split_quoted(struct tree_listen *item)
{
    struct str rest = item->host, first;
    size_t colon = str_find(rest, ':');

    if (item->proto.n || item->port.n || colon == rest.n)
        return;
    first = str_cut(rest, 0, colon);
    if (proto_word(first)) {
        item->proto = first;
        rest = str_skip(rest, colon + 1);
    }
    item->host = rest;
    if (rest.n && rest.p[0] == '[') {
        size_t end = str_find(rest, ']');

        item->host = str_cut(rest, 0, end < rest.n ? end + 1 : end);
        rest = str_skip(rest, item->host.n);
        if (rest.n && rest.p[0] == ':')
            item->port = str_skip(rest, 1);
        return;
    }
    colon = str_find(rest, ':');
    if (colon < rest.n && str_find(str_skip(rest, colon + 1), ':') == rest.n - colon - 1) {
        item->host = str_cut(rest, 0, colon);
        item->port = str_skip(rest, colon + 1);
    }
}

static bool only_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static void take_port(struct parser *p, struct tree_listen *item)
{
    struct place at = p->t->at;
    struct str text = parse_address_part(p);
    size_t dash = str_find(text, '-');

    item->port = str_cut(text, 0, dash);
    item->port_end = dash < text.n ? str_skip(text, dash + 1) : STR_NONE;
    if (!p->failed &&
        (!only_digits(item->port) || (item->port_end.p && !only_digits(item->port_end)))) {
        at.width = text.n ? (uint32_t)text.n : 1;
        diag_fault(p->diag, &at, "expected a port number");
        p->failed = true;
    }
}

/* [proto:]host[:port] */
static bool endpoint(struct parser *p, struct tree_listen *item)
{
    item->at = p->t->at;
    if (p->t->kind == TOK_IDENT && proto_word(p->t->text) && parse_ahead(p, 1)->kind == TOK_COLON) {
        item->proto = parse_next(p)->text;
        parse_next(p);
    }
    item->host = p->t->kind == TOK_STAR ? parse_next(p)->text : parse_address_part(p);
    if (!item->host.n)
        return parse_expected(p, "an address, host name or interface");
    if (parse_accept(p, TOK_COLON))
        take_port(p, item);
    else
        split_quoted(item);
    if (!p->failed && item->port.n && (item->port.n > 5 || atoi(item->port.p) > 65535)) {
        diag_fault(p->diag, &item->at, "port " STR_FMT " is out of range: expected 1 to 65535",
                   STR_ARG(item->port));
        p->failed = true;
    }
    return !p->failed;
}

static bool option_word(struct parser *p, const char *lower, const char *upper)
{
    return (parse_word(p, lower) || parse_word(p, upper)) && parse_ahead(p, 1)->kind != TOK_ASSIGN;
}

/* advertise host:port, name "x", virtual, vrf x */
static void options(struct parser *p, struct tree_listen *item)
{
    for (;;) {
        if (option_word(p, "advertise", "ADVERTISE")) {
            struct tree_listen adv = { 0 };

            parse_next(p);
            if (!endpoint(p, &adv))
                return;
            item->adv_proto = adv.proto;
            item->adv_host = adv.host;
            item->adv_port = adv.port;
        } else if (option_word(p, "name", "NAME")) {
            parse_next(p);
            if (p->t->kind != TOK_STRING) {
                parse_expected(p, "a name in quotes");
                return;
            }
            item->name = parse_next(p)->value;
        } else if (option_word(p, "vrf", "VRF")) {
            parse_next(p);
            item->vrf = parse_address_part(p);
        } else if (option_word(p, "virtual", "VIRTUAL")) {
            parse_next(p);
            item->is_virtual = true;
        } else {
            return;
        }
    }
}

/* Whether the current token begins a further address of the same listen or alias line. */
static bool more_endpoints(const struct parser *p)
{
    const struct token *t = p->t, *next = parse_ahead(p, 1);

    if (t->kind == TOK_END || t->kind == TOK_SEMI || parse_at_block(p))
        return false;
    if (t->kind == TOK_IDENT && proto_word(t->text) && next->kind == TOK_COLON)
        return true;
    return !t->line_start &&
           (t->kind == TOK_IDENT || t->kind == TOK_STRING || t->kind == TOK_IP ||
            t->kind == TOK_LBRACK || t->kind == TOK_STAR || t->kind == TOK_NUMBER) &&
           next->kind != TOK_ASSIGN;
}

/* proto:(a, b):port stands for two. */
static struct tree_listen *group(struct parser *p, struct tree_listen **tail)
{
    struct tree_listen *first = NULL, *item = NULL, **end = &first;
    struct str proto = STR_NONE;

    if (p->t->kind == TOK_IDENT) {
        proto = parse_next(p)->text;
        parse_next(p);
    }
    parse_next(p);
    do {
        item = ARENA_NEW(p->arena, struct tree_listen);
        item->at = p->t->at;
        item->proto = proto;
        item->host = parse_address_part(p);
        *end = item;
        end = &item->next;
    } while (parse_accept(p, TOK_COMMA) && !p->failed);
    if (parse_need(p, TOK_RPAREN, "to close the list") && parse_accept(p, TOK_COLON))
        take_port(p, item);
    for (struct tree_listen *i = first; i; i = i->next) {
        i->port = item->port;
        i->port_end = item->port_end;
    }
    *tail = first;
    return item;
}

struct tree_listen *parse_listen_list(struct parser *p, bool listen)
{
    struct tree_listen *first = NULL, **tail = &first;

    do {
        struct tree_listen *item;

        if (p->t->kind == TOK_LPAREN ||
            (p->t->kind == TOK_IDENT && parse_ahead(p, 1)->kind == TOK_COLON &&
             parse_ahead(p, 2)->kind == TOK_LPAREN)) {
            item = group(p, tail);
        } else {
            item = ARENA_NEW(p->arena, struct tree_listen);
            if (!endpoint(p, item))
                return first;
            *tail = item;
        }
        if (listen)
            options(p, item);
        tail = &item->next;
        parse_accept(p, TOK_COMMA);
    } while (!p->failed && more_endpoints(p));
    return first;
}

/* socket = { bind = udp:1.2.3.4:5060; advertise = …; name = "…"; workers = 4; virtual = yes } */
struct tree_listen *parse_socket(struct parser *p)
{
    struct tree_listen *item = ARENA_NEW(p->arena, struct tree_listen);
    struct tree_listen adv = { 0 };

    item->at = p->t->at;
    if (!parse_need(p, TOK_LBRACE, "to begin the socket"))
        return NULL;
    while (!p->failed && p->t->kind == TOK_IDENT) {
        struct str name = parse_next(p)->text;

        if (!parse_need(p, TOK_ASSIGN, "after this attribute"))
            break;
        if (str_ieq(name, STR("bind")))
            endpoint(p, item);
        else if (str_ieq(name, STR("advertise")))
            endpoint(p, &adv);
        else if (str_ieq(name, STR("name")) || str_ieq(name, STR("agname")))
            *(str_ieq(name, STR("name")) ? &item->name : &adv.name) = parse_next(p)->value;
        else if (str_ieq(name, STR("vrf")))
            item->vrf = parse_address_part(p);
        else if (str_ieq(name, STR("workers")))
            item->workers = parse_next(p)->number;
        else if (str_ieq(name, STR("virtual")))
            item->is_virtual = !parse_word(p, "no") && p->t->number != 0 ? parse_next(p) != NULL
                                                                         : (parse_next(p), false);
        else {
            p->t -= 2;
            parse_expected(p, "bind, advertise, name, agname, vrf, workers or virtual");
        }
        parse_accept(p, TOK_SEMI);
    }
    if (!p->failed)
        parse_need(p, TOK_RBRACE, "to end the socket");
    item->adv_proto = adv.proto;
    item->adv_host = adv.host;
    item->adv_port = adv.port;
    return item->host.n ? item : NULL;
}
