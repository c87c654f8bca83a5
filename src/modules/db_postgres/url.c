/* SPDX-License-Identifier: BSD-2-Clause */
/* Database URLs as connection strings of libpq. */
#include "base/net_addr.h"
#include "modules/db_postgres/inner.h"

/* name='value' with quotes and backslashes escaped. */
static void add(struct buf *b, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    buf_fmt(b, "%s%s='", b->n ? " " : "", name);
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\'' || value.p[i] == '\\')
            buf_char(b, '\\');
        buf_char(b, value.p[i]);
    }
    buf_char(b, '\'');
}

/* Cuts at the last `c`: what stands before it, or nothing. */
static struct str before_last(struct str *s, char c)
{
    size_t at = s->n;
    struct str front;

    while (at > 0 && s->p[at - 1] != c)
        at--;
    if (at == 0)
        return STR("");
    front = str_cut(*s, 0, at - 1);
    *s = str_skip(*s, at);
    return front;
}

static void add_host(struct buf *b, struct str host)
{
    struct str name, port = host;

    if (host.n && host.p[0] == '[') { /* IPv6 */
        size_t end = str_find(host, ']');

        name = end > 1 ? str_cut(host, 1, end) : STR("");
        port = str_skip(host, end + 1);
        port = port.n && port.p[0] == ':' ? str_skip(port, 1) : STR("");
    } else {
        name = str_split(&port, ':');
    }
    add(b, "host", name);
    add(b, "port", port);
}

err_t postgres_parameters(struct str url, struct buf *out, struct buf *why)
{
    size_t at = str_search(url, STR("://"));
    struct str rest = str_skip(url, at + 3), user, host, password, query, name;

    if (at == url.n) {
        buf_addz(why, "expected postgres://user:password@host:port/database");
        return ERR_SYNTAX;
    }
    user = before_last(&rest, '@');
    password = user;
    user = str_split(&password, ':');
    host = str_split(&rest, '/');
    query = rest;
    name = str_split(&query, '?');
    if (name.n == 0) {
        buf_addz(why, "the URL names no database");
        return ERR_SYNTAX;
    }
    add(out, "user", user);
    add(out, "password", password);
    add_host(out, host);
    add(out, "dbname", name);
    while (query.n) { /* host=/run/postgresql and other words of libpq */
        struct str value = str_split(&query, '&');
        struct str word = str_split(&value, '=');
        char label[32];

        if (word.n == 0 || word.n >= sizeof label)
            continue;
        memcpy(label, word.p, word.n);
        label[word.n] = '\0';
        add(out, label, value);
    }
    postgres_add_parameters(out);
    return ERR_OK;
}

struct str postgres_host(struct str url)
{
    struct str rest = str_skip(url, str_search(url, STR("://")) + 3), host;
    struct addr numeric;

    (void)before_last(&rest, '@');
    rest = str_split(&rest, '/');
    host = str_split(&rest, ':');
    if (host.n == 0 || host.p[0] == '[' || host.p[0] == '/' ||
        addr_parse(host, 0, &numeric) == ERR_OK)
        return STR("");
    return host;
}
