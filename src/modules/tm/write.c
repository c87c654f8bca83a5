/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * t_write_req and t_write_unix: tell a program about a request, as lines of text. The program
 * answers later by tm.reply. What t_write adds besides is a list of elements (tw_append).
 */
#include "base/clock.h"
#include "base/log.h"
#include "core/send.h"
#include "modules/tm/tm.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define AREA "tm"
enum { RETRY_MS = 5 };
static const struct str VERSION = STR_INIT("0.3");

enum element_kind { ELEMENT_HEADER, ELEMENT_AVP, ELEMENT_BODY };
struct element {
    enum element_kind kind;
    struct str title, name;
    const struct var_ref *avp;
};
struct write_list {
    struct write_list *next;
    struct str name;
    struct element *elements;
    size_t n;
};

/* ---- at load: tw_append ---- */

/* "[title=]kind[name]" */
static err_t read_element(struct load *l, struct str text, struct element *out)
{
    size_t open = str_find(text, '['), equals = str_find(text, '=');
    struct str rest = text, title = STR("");

    if (equals < open) {
        title = str_trim(str_cut(text, 0, equals));
        rest = str_trim(str_skip(text, equals + 1));
        open = str_find(rest, '[');
    }
    if (open >= rest.n || rest.p[rest.n - 1] != ']')
        return ERR_SYNTAX;
    struct str kind = str_cut(rest, 0, open), name = str_cut(rest, open + 1, rest.n - 1);
    *out = (struct element){ .title = title.n ? title : name, .name = name };
    if (str_ieq(kind, STR("hdr")) && name.n) {
        out->kind = ELEMENT_HEADER;
        return ERR_OK;
    }
    if (str_ieq(kind, STR("avp")) && name.n) {
        out->kind = ELEMENT_AVP;
        return load_var(l, arena_fmt(load_arena(l), "$avp(" STR_FMT ")", STR_ARG(name)), &out->avp);
    }
    out->kind = ELEMENT_BODY;
    return str_ieq(kind, STR("msg")) && str_eq(name, STR("body")) ? ERR_OK : ERR_SYNTAX;
}

/* "name:element;…" */
static err_t read_list(struct load *l, struct str text, struct write_list **to)
{
    struct arena *a = load_arena(l);
    struct write_list *list = ARENA_NEW(a, struct write_list);
    struct str rest = text;
    size_t most = 1;

    for (size_t i = 0; i < text.n; i++)
        most += text.p[i] == ';';
    list->name = str_trim(str_split(&rest, ':'));
    list->elements = ARENA_ARRAY(a, struct element, most);
    list->next = *to;
    *to = list;
    while (rest.n) {
        struct str one = str_trim(str_split(&rest, ';'));

        if (!one.n)
            continue;
        if (read_element(l, one, &list->elements[list->n++]) != ERR_OK) {
            load_fault(l, "tw_append",
                       "\"" STR_FMT "\" is not [title=]hdr[name], [title=]avp[name] or msg[body]",
                       STR_ARG(one));
            return ERR_SYNTAX;
        }
    }
    if (list->name.n && list->n)
        return ERR_OK;
    load_fault(l, "tw_append", "is name:element;element…");
    return ERR_SYNTAX;
}

err_t write_check(struct load *l, void *conf)
{
    struct tm_conf *c = conf;

    for (size_t i = 0; i < c->tw_append.n; i++) {
        err_t e = read_list(l, c->tw_append.items[i], &c->appends);

        if (e)
            return e;
    }
    return ERR_OK;
}

/* ---- the text ---- */

static void add_line(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_char(out, s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i]);
    buf_char(out, '\n');
}

static struct str tag_free(const struct address *a, struct str whole)
{
    struct str rest = whole;
    size_t end;

    if (!a)
        return whole;
    end = (size_t)(a->uri_text.p + a->uri_text.n - whole.p);
    if (end < rest.n && rest.p[end] == '>')
        end++;
    return str_cut(rest, 0, end);
}

static struct str header_body(struct call *c, enum header_id id)
{
    const struct header *h = msg_header(c->msg, id);

    return h ? h->body : STR("");
}

/* Where later requests of the dialog would go: target, route set, first hop. */
static void add_routes(struct call *c, struct buf *out)
{
    const struct address *contacts, *routes, *from = msg_from(c->msg, NULL);
    size_t n = 0, n_routes = 0;
    bool known = msg_addresses(c->msg, HEADER_CONTACT, &contacts, &n) == ERR_OK && n;
    struct str target = known ? contacts[0].uri_text : from ? from->uri_text : STR("");
    bool any = msg_addresses(c->msg, HEADER_RECORD_ROUTE, &routes, &n_routes) == ERR_OK && n_routes;
    bool strict = any && !routes[0].uri.has_lr;
    const char *comma = "";

    add_line(out, strict ? routes[0].uri_text : target);
    add_line(out,
             header_body(c, HEADER_FROM).n ? tag_free(from, header_body(c, HEADER_FROM)) : STR(""));
    add_line(out, header_body(c, HEADER_TO));
    add_line(out, msg_call_id(c->msg));
    add_line(out, msg_from_tag(c->msg));
    add_line(out, msg_to_tag(c->msg));
    const struct cseq *cseq = msg_cseq(c->msg, NULL);
    buf_fmt(out, "%u\n%u:%u\n", cseq ? cseq->number : 0, c->txn->index, c->txn->label);
    for (size_t i = strict; any && i < n_routes; i++, comma = ",")
        buf_fmt(out, "%s<" STR_FMT ">", comma, STR_ARG(routes[i].uri_text));
    if (strict)
        buf_fmt(out, "%s<" STR_FMT ">", comma, STR_ARG(target));
    buf_addz(out, any ? "\n" : ".\n");
    add_line(out, any && !strict ? routes[0].uri_text : STR("."));
}

static void add_appended(struct call *c, const struct write_list *list, struct buf *out)
{
    bool body = false;

    buf_fmt(out, "P-MsgFlags: %02X\n", c->flags);
    for (size_t i = 0; list && i < list->n; i++) {
        const struct element *e = &list->elements[i];
        struct value v = VALUE_NONE;
        const struct header *h = NULL;

        body |= e->kind == ELEMENT_BODY;
        if (e->kind == ELEMENT_HEADER)
            h = msg_header_named(c->msg, e->name);
        else if (e->kind == ELEMENT_AVP && var_get(c, e->avp, &v) != ERR_OK)
            v = VALUE_NONE;
        if (!h && v.type == VALUE_NULL)
            continue;
        buf_add(out, e->title);
        buf_addz(out, ": ");
        add_line(out, h ? h->body : value_text(&v, c->arena));
    }
    buf_addz(out, ".\n");
    if (body)
        buf_add(out, c->msg->body);
    buf_addz(out, "\n\n");
}

static void write_text(struct call *c, struct str action, const struct write_list *list,
                       struct buf *out)
{
    const struct uri *ruri = call_uri(c, NULL);
    const struct listener *l = c->from.local;

    add_line(out, VERSION);
    buf_addz(out, "sip_request.");
    add_line(out, action);
    add_line(out, c->msg->method_name);
    add_line(out, ruri ? ruri->user : STR(""));
    add_line(out, ruri ? ruri->host : STR(""));
    add_line(out, l ? l->host : STR(""));
    buf_fmt(out, "%u\n", l ? l->port : 0);
    add_line(out, call_uri_text(c));
    add_routes(c, out);
    add_appended(c, list, out);
}

/* ---- the way out: never blocks, retries until unix_tx_timeout ---- */

struct outlet {
    int fd;
    struct sockaddr_un to; /* of a socket; sun_family 0: a FIFO */
};

static ssize_t put(const struct outlet *o, struct str text)
{
    if (o->to.sun_family)
        return sendto(o->fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL,
                      (const struct sockaddr *)&o->to, sizeof o->to);
    return write(o->fd, text.p, text.n);
}

static err_t put_all(const struct outlet *o, struct str text, int64_t timeout_ms)
{
    int64_t end = worker_now() + timeout_ms;

    while (text.n) {
        ssize_t n = put(o, text);

        if (n >= 0) {
            text = o->to.sun_family ? STR_NONE : str_skip(text, (size_t)n);
            continue;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ENOBUFS)
            return ERR_IO;
        if (worker_now() >= end)
            return ERR_TIMEOUT;
        err_t e = co_sleep(RETRY_MS);
        if (e)
            return e;
    }
    return ERR_OK;
}

static err_t open_outlet(struct str path, bool is_socket, struct outlet *o)
{
    *o = (struct outlet){ .fd = -1 };
    if (!path.n || path.n >= sizeof o->to.sun_path)
        return ERR_LIMIT;
    memcpy(o->to.sun_path, path.p, path.n);
    if (is_socket) {
        o->to.sun_family = AF_UNIX;
        o->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    } else {
        o->fd = open(o->to.sun_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    }
    return o->fd < 0 ? ERR_IO : ERR_OK;
}

static int tell(struct call *c, const struct write_args *a, bool is_socket)
{
    const struct tm_conf *conf = call_conf(c, &module_tm);
    const struct write_list *list = conf->appends;
    struct str rest = a->what, action = str_split(&rest, '/');
    struct outlet o;
    struct buf text;

    while (list && !str_eq(list->name, rest))
        list = list->next;
    if (!c->txn || !c->msg->request || (rest.n && !list)) {
        log_warn(AREA, "a request is not written: %s",
                 rest.n && !list ? "there is no such tw_append" : "it has no transaction");
        return SCRIPT_FALSE;
    }
    buf_init(&text, MEM_MODULE);
    write_text(c, action, list, &text);
    c->error = open_outlet(a->place, is_socket, &o);
    if (c->error == ERR_OK)
        c->error = put_all(&o, buf_str(&text), conf->unix_tx_timeout);
    if (c->error)
        log_warn(AREA, "a request could not be written to " STR_FMT ": %s", STR_ARG(a->place),
                 err_text(c->error));
    if (o.fd >= 0)
        close(o.fd);
    buf_free(&text);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}

int t_write_req(struct call *c, const struct write_args *a)
{
    return tell(c, a, false);
}

int t_write_unix(struct call *c, const struct write_args *a)
{
    return tell(c, a, true);
}
