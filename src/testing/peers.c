/* SPDX-License-Identifier: BSD-2-Clause */
/* What peers send: made from what they sent and received before. */
#include "testing/peers.h"
#include "sip/auth.h"
#include <string.h>

struct peer *peers_find(struct peers *ps, struct str name)
{
    for (size_t i = 0; i < ps->n; i++)
        if (str_eq(ps->at[i].name, name))
            return &ps->at[i];
    return NULL;
}

struct peer *peers_add(struct peers *ps, struct str name)
{
    struct peer *p;

    if (ps->n == PEERS_MAX)
        return NULL;
    p = &ps->at[ps->n++];
    *p = (struct peer){ .name = name, .via_proto = "UDP" };
    return p;
}

static struct str first_word(struct str s)
{
    return str_cut(s, 0, str_find(s, ' '));
}

struct str header_in(struct str bytes, const char *name)
{
    struct str rest = bytes;

    str_split(&rest, '\n');
    while (rest.n) {
        struct str line = str_split(&rest, '\n'), value = line;
        struct str label = str_trim(str_split(&value, ':'));

        if (!str_trim(line).n)
            break;
        if (str_ieq(label, str_of(name)))
            return str_trim(value);
    }
    return STR_NONE;
}

/* All values of a header, under another name or the same; backwards when asked to. */
static void add_lines(struct buf *out, struct str bytes, const char *name, const char *as,
                      bool backwards)
{
    struct str rest = bytes, found[16];
    size_t n = 0;

    str_split(&rest, '\n');
    while (rest.n && n < 16) {
        struct str line = str_trim(str_split(&rest, '\n')), value = line;
        struct str label = str_trim(str_split(&value, ':'));

        if (!line.n)
            break;
        if (str_ieq(label, str_of(name)))
            found[n++] = str_trim(value);
    }
    for (size_t i = 0; i < n; i++)
        buf_fmt(out, "%s: " STR_FMT "\r\n", as, STR_ARG(found[backwards ? n - 1 - i : i]));
}

static struct str method_in(struct str bytes)
{
    struct str cseq = header_in(bytes, "CSeq");

    str_split(&cseq, ' ');
    return str_trim(cseq);
}

static struct str call_of(struct str bytes)
{
    struct str id = header_in(bytes, "Call-ID");

    return str_split(&id, '@');
}

static struct str keep(struct peers *ps, struct peer *p, struct str bytes, bool received)
{
    struct kept *k;

    if (p->n == KEPT_MAX) {
        memmove(p->list, p->list + 1, (KEPT_MAX - 1) * sizeof *p->list);
        p->n--;
    }
    k = &p->list[p->n++];
    bytes = arena_dup(ps->arena, bytes);
    *k = (struct kept){ .bytes = bytes,
                        .received = received,
                        .request = !str_starts(bytes, STR("SIP/2.0 ")),
                        .method = method_in(bytes),
                        .call = call_of(bytes) };
    k->label = first_word(k->request ? bytes : str_skip(bytes, 8));
    return bytes;
}

void peer_received(struct peers *ps, struct peer *p, struct str bytes)
{
    keep(ps, p, bytes, true);
}

struct str peer_write_raw(struct peers *ps, struct peer *p, struct str bytes)
{
    return keep(ps, p, bytes, false);
}

/* The newest that fits; empty labels, methods and calls fit all. */
static const struct kept *peer_find(const struct peer *p, bool received, bool request,
                                    struct str label, struct str method, struct str call)
{
    for (size_t i = p->n; i-- > 0;) {
        const struct kept *k = &p->list[i];

        if (k->received == received && k->request == request &&
            (!call.n || str_eq(k->call, call)) && (!label.n || str_eq(k->label, label)) &&
            (!method.n || str_eq(k->method, method)))
            return k;
    }
    return NULL;
}

/* ---- parts of messages ---- */

static bool names_line(struct str line, const char *name)
{
    return str_ieq(str_trim(str_split(&line, ':')), str_of(name));
}

/* Whether a wish writes this header itself, or wants none. */
static bool has_own(const struct wish *w, const char *name)
{
    for (size_t i = 0; i < w->n_with; i++)
        if (names_line(w->with[i], name))
            return true;
    for (size_t i = 0; i < w->n_without; i++)
        if (str_ieq(w->without[i], str_of(name)))
            return true;
    return false;
}

static void add_header(struct buf *out, const struct wish *w, const char *name, struct str value)
{
    if (!has_own(w, name))
        buf_fmt(out, "%s: " STR_FMT "\r\n", name, STR_ARG(value));
}

static void add_contact(struct buf *out, const struct peer *p, const struct wish *w)
{
    if (!has_own(w, "Contact"))
        buf_fmt(out, "Contact: <sip:" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(p->name),
                STR_ARG(p->contact));
}

/* Credentials for the newest challenge. */
static void add_credentials(struct buf *out, struct peers *ps, struct peer *p, const struct wish *w,
                            struct str method, struct str uri)
{
    const struct kept *asked = NULL;
    bool proxy = false;
    struct digest_challenge challenge;
    struct digest_text ha1, response;

    for (size_t i = p->n; i-- > 0;) {
        const struct kept *k = &p->list[i];

        if (!k->received || (!str_eq(k->label, STR("401")) && !str_eq(k->label, STR("407"))))
            continue;
        asked = k;
        proxy = str_eq(k->label, STR("407"));
        break;
    }
    if (!asked)
        return;
    struct str text = header_in(asked->bytes, proxy ? "Proxy-Authenticate" : "WWW-Authenticate");
    if (digest_challenge_parse(text, &challenge))
        return;
    struct digest_credentials c = { .scheme = STR("Digest"),
                                    .username = w->user.n ? w->user : p->name,
                                    .realm = challenge.realm,
                                    .nonce = challenge.nonce,
                                    .uri = uri,
                                    .opaque = challenge.opaque,
                                    .algorithm_text = challenge.algorithm_text,
                                    .algorithm = challenge.algorithm };
    if (challenge.offers_auth) {
        c.qop = AUTH_QOP_AUTH;
        c.qop_text = STR("auth");
        c.cnonce = STR("0a4f113b");
        c.nc = ++p->nonce_count;
        c.nc_text = arena_fmt(ps->arena, "%08x", c.nc);
    }
    digest_ha1(c.algorithm, c.username, c.realm, w->password, &ha1);
    digest_response(&c, digest_text_str(&ha1), method, w->body, &response);
    c.response = digest_text_str(&response);
    buf_fmt(out, "%s: ", proxy ? "Proxy-Authorization" : "Authorization");
    digest_credentials_write(out, &c);
    buf_addz(out, "\r\n");
}

static struct str sdp_of(struct peers *ps, const struct peer *p)
{
    struct str host = p->contact;

    if (host.n && host.p[0] != '[')
        host = str_cut(host, 0, str_find(host, ':'));
    return arena_fmt(ps->arena,
                     "v=0\r\no=" STR_FMT " 1 1 IN IP4 " STR_FMT "\r\ns=-\r\nc=IN IP4 " STR_FMT
                     "\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\n"
                     "a=rtpmap:0 PCMU/8000\r\n",
                     STR_ARG(p->name), STR_ARG(host), STR_ARG(host));
}

/* The wish's own headers, the length, the body. */
static void add_end(struct buf *out, struct peers *ps, const struct peer *p, const struct wish *w)
{
    struct str body = w->sdp ? sdp_of(ps, p) : w->body;

    for (size_t i = 0; i < w->n_with; i++)
        buf_fmt(out, STR_FMT "\r\n", STR_ARG(w->with[i]));
    if (w->sdp && !has_own(w, "Content-Type"))
        buf_addz(out, "Content-Type: application/sdp\r\n");
    if (!has_own(w, "Content-Length"))
        buf_fmt(out, "Content-Length: %zu\r\n", body.n);
    buf_addz(out, "\r\n");
    buf_add(out, body);
}

/* ---- replies ---- */

static struct str write_reply(struct peers *ps, const struct peer *p, const struct wish *w,
                              struct buf *out)
{
    const struct kept *q = NULL;
    unsigned status = 0;

    for (size_t i = p->n; i-- > 0 && !q;) {
        const struct kept *k = &p->list[i];

        if (k->received && k->request && !str_eq(k->label, STR("ACK")) &&
            (!w->call.n || str_eq(k->call, w->call)) && (!w->of.n || str_eq(k->label, w->of)))
            q = k;
    }
    if (!q || str_to_u32(w->what, &status) != ERR_OK)
        return STR_NONE;
    struct str to = header_in(q->bytes, "To");
    bool tagged = str_search(to, STR("tag=")) < to.n;
    buf_fmt(out, "SIP/2.0 %u ", status);
    if (w->reason.n)
        buf_add(out, w->reason);
    else
        buf_fmt(out, "Reply %u", status);
    buf_addz(out, "\r\n");
    if (!has_own(w, "Via"))
        add_lines(out, q->bytes, "Via", "Via", false);
    if (!has_own(w, "Record-Route"))
        add_lines(out, q->bytes, "Record-Route", "Record-Route", false);
    add_header(out, w, "From", header_in(q->bytes, "From"));
    if (!has_own(w, "To")) {
        buf_fmt(out, "To: " STR_FMT, STR_ARG(to));
        if (!tagged && status > 100)
            buf_fmt(out, ";tag=" STR_FMT, STR_ARG(p->name));
        buf_addz(out, "\r\n");
    }
    add_header(out, w, "Call-ID", header_in(q->bytes, "Call-ID"));
    add_header(out, w, "CSeq", header_in(q->bytes, "CSeq"));
    add_contact(out, p, w);
    add_end(out, ps, p, w);
    return buf_str(out);
}

/* ---- requests ---- */

/* Who is who in a dialog, from the peer's side (RFC 3261, 12.2.1.1). */
struct dialog {
    struct str local, remote, target, call_id;
    struct str routes;
    bool backwards;
};

static struct str between_angles(struct str s)
{
    size_t open = str_find(s, '<');

    if (open == s.n)
        return str_cut(s, 0, str_find(s, ';'));
    s = str_skip(s, open + 1);
    return str_cut(s, 0, str_find(s, '>'));
}

static bool makes_dialog(const struct kept *k)
{
    struct str to = header_in(k->bytes, "To");

    return !k->request && k->label.n && (k->label.p[0] == '1' || k->label.p[0] == '2') &&
           str_search(to, STR("tag=")) < to.n &&
           (str_eq(k->method, STR("INVITE")) || str_eq(k->method, STR("SUBSCRIBE")));
}

static bool dialog_of(const struct peer *p, struct str call, struct dialog *d)
{
    for (size_t i = p->n; i-- > 0;) {
        const struct kept *k = &p->list[i], *request;

        if ((call.n && !str_eq(k->call, call)) || !makes_dialog(k))
            continue;
        d->call_id = header_in(k->bytes, "Call-ID");
        d->routes = k->bytes;
        d->backwards = k->received;
        if (k->received) {
            d->local = header_in(k->bytes, "From");
            d->remote = header_in(k->bytes, "To");
            d->target = between_angles(header_in(k->bytes, "Contact"));
            return true;
        }
        request = peer_find(p, true, true, k->method, STR_NONE, k->call);
        d->local = header_in(k->bytes, "To");
        d->remote = header_in(k->bytes, "From");
        d->target = request ? between_angles(header_in(request->bytes, "Contact")) : STR_NONE;
        return request != NULL;
    }
    return false;
}

static void add_dialog(struct buf *out, const struct wish *w, const struct dialog *d,
                       const struct str *cseq, struct str method)
{
    if (!has_own(w, "Route"))
        add_lines(out, d->routes, "Record-Route", "Route", d->backwards);
    add_header(out, w, "From", d->local);
    add_header(out, w, "To", d->remote);
    add_header(out, w, "Call-ID", d->call_id);
    if (!has_own(w, "CSeq"))
        buf_fmt(out, "CSeq: " STR_FMT " " STR_FMT "\r\n", STR_ARG(*cseq), STR_ARG(method));
}

static void add_via(struct buf *out, const struct peer *p, const struct wish *w, struct str branch)
{
    if (has_own(w, "Via"))
        return;
    buf_fmt(out, "Via: SIP/2.0/%s " STR_FMT, p->via_proto, STR_ARG(p->via_host));
    if (!w->old_branch)
        buf_fmt(out, ";branch=z9hG4bK" STR_FMT, STR_ARG(branch));
    buf_addz(out, "\r\n");
}

/* The reply that an ACK is for. */
static const struct kept *final_reply(const struct peer *p, struct str call)
{
    for (size_t i = p->n; i-- > 0;) {
        const struct kept *k = &p->list[i];

        if (k->received && !k->request && k->label.p[0] >= '2' &&
            str_eq(k->method, STR("INVITE")) && (!call.n || str_eq(k->call, call)))
            return k;
    }
    return NULL;
}

static void add_ack(struct buf *out, struct peers *ps, const struct peer *p, const struct wish *w,
                    const struct kept *invite, const struct kept *reply)
{
    bool positive = reply->label.p[0] == '2';
    struct str cseq = header_in(invite->bytes, "CSeq"), number = str_split(&cseq, ' ');
    struct str uri = w->uri.n ? w->uri : first_word(str_skip(invite->bytes, 7));
    struct dialog d;
    bool dialog = positive && w->in_dialog && !w->uri.n && dialog_of(p, reply->call, &d);

    buf_fmt(out, "ACK " STR_FMT " SIP/2.0\r\n", STR_ARG(dialog ? d.target : uri));
    if (positive)
        add_via(out, p, w,
                arena_fmt(ps->arena, "ack%zu" STR_FMT, (size_t)(p - ps->at), STR_ARG(reply->call)));
    else
        add_header(out, w, "Via", header_in(invite->bytes, "Via"));
    if (dialog) {
        add_dialog(out, w, &d, &number, STR("ACK"));
    } else {
        if (!positive && !has_own(w, "Route"))
            add_lines(out, invite->bytes, "Route", "Route", false);
        add_header(out, w, "From", header_in(invite->bytes, "From"));
        add_header(out, w, "To", header_in(reply->bytes, "To"));
        add_header(out, w, "Call-ID", header_in(invite->bytes, "Call-ID"));
        if (!has_own(w, "CSeq"))
            buf_fmt(out, "CSeq: " STR_FMT " ACK\r\n", STR_ARG(number));
    }
    add_header(out, w, "Max-Forwards", STR("70"));
    add_end(out, ps, p, w);
}

/* ACK: of the last final reply; with the INVITE's branch unless that was a 2xx. */
static struct str write_ack(struct peers *ps, const struct peer *p, const struct wish *w,
                            struct buf *out)
{
    const struct kept *reply = final_reply(p, w->call);
    const struct kept *invite =
        reply ? peer_find(p, false, true, STR("INVITE"), STR_NONE, reply->call) : NULL;

    if (!invite)
        return STR_NONE;
    add_ack(out, ps, p, w, invite, reply);
    return buf_str(out);
}

struct str peer_ack_of(struct peers *ps, struct peer *p, struct str bytes)
{
    static const struct wish plain = { 0 };
    struct kept reply = { .bytes = bytes, .label = first_word(str_skip(bytes, 8)) };
    const struct kept *invite;
    struct str branch;
    struct buf out;

    if (!str_starts(bytes, STR("SIP/2.0 ")) || !reply.label.n || reply.label.p[0] < '3' ||
        !str_eq(method_in(bytes), STR("INVITE")))
        return STR_NONE;
    reply.call = call_of(bytes);
    branch = header_in(bytes, "Via");
    branch = str_skip(branch, str_search(branch, STR("branch=")));
    branch = str_cut(branch, 0, str_find(branch, ';'));
    for (size_t i = p->n; i-- > 0;) {
        invite = &p->list[i];
        if (invite->received || !str_eq(invite->label, STR("INVITE")) ||
            str_search(invite->bytes, branch) == invite->bytes.n)
            continue;
        buf_init(&out, MEM_OTHER);
        add_ack(&out, ps, p, &plain, invite, &reply);
        bytes = keep(ps, p, buf_str(&out), false);
        buf_free(&out);
        return bytes;
    }
    return STR_NONE;
}

static struct str write_cancel(struct peers *ps, const struct peer *p, const struct wish *w,
                               struct buf *out)
{
    const struct kept *invite = peer_find(p, false, true, STR("INVITE"), STR_NONE, w->call);

    if (!invite)
        return STR_NONE;
    struct str cseq = header_in(invite->bytes, "CSeq"), number = str_split(&cseq, ' ');
    struct str uri = str_skip(invite->bytes, 7);
    buf_fmt(out, "CANCEL " STR_FMT " SIP/2.0\r\n", STR_ARG(first_word(uri)));
    add_header(out, w, "Via", header_in(invite->bytes, "Via"));
    if (!has_own(w, "Route"))
        add_lines(out, invite->bytes, "Route", "Route", false);
    add_header(out, w, "From", header_in(invite->bytes, "From"));
    add_header(out, w, "To", header_in(invite->bytes, "To"));
    add_header(out, w, "Call-ID", header_in(invite->bytes, "Call-ID"));
    if (!has_own(w, "CSeq"))
        buf_fmt(out, "CSeq: " STR_FMT " CANCEL\r\n", STR_ARG(number));
    add_header(out, w, "Max-Forwards", STR("70"));
    add_end(out, ps, p, w);
    return buf_str(out);
}

static struct str next_cseq(struct peers *ps, struct peer *p)
{
    return arena_fmt(ps->arena, "%u", ++p->cseq);
}

/* One that begins something: a call, a registration, a message. */
static void add_beginning(struct buf *out, struct peers *ps, struct peer *p, const struct wish *w,
                          struct str uri, struct str call, const struct str *cseq)
{
    struct str host = str_skip(uri, str_find(uri, ':') + 1);

    if (!has_own(w, "From"))
        buf_fmt(out, "From: <sip:" STR_FMT "@" STR_FMT ">;tag=" STR_FMT "\r\n", STR_ARG(p->name),
                STR_ARG(ps->domain), STR_ARG(p->name));
    if (!has_own(w, "To")) {
        if (str_eq(w->what, STR("REGISTER"))) /* of oneself */
            buf_fmt(out, "To: <sip:" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(p->name), STR_ARG(host));
        else
            buf_fmt(out, "To: <" STR_FMT ">\r\n", STR_ARG(uri));
    }
    if (!has_own(w, "Call-ID"))
        buf_fmt(out, "Call-ID: " STR_FMT "@scenario\r\n", STR_ARG(call));
    if (!has_own(w, "CSeq"))
        buf_fmt(out, "CSeq: " STR_FMT " " STR_FMT "\r\n", STR_ARG(*cseq), STR_ARG(w->what));
}

static struct str default_uri(struct peers *ps, const struct wish *w)
{
    if (w->uri.n)
        return w->uri;
    return str_eq(w->what, STR("REGISTER")) && ps->domain.n
               ? arena_fmt(ps->arena, "sip:" STR_FMT, STR_ARG(ps->domain))
               : STR("sip:bob@192.0.2.2");
}

static struct str write_request(struct peers *ps, struct peer *p, const struct wish *w,
                                struct buf *out)
{
    struct str cseq, call = w->call.n ? w->call : p->name;
    struct dialog d;
    bool dialog = w->in_dialog && dialog_of(p, w->call, &d);
    struct str uri = default_uri(ps, w);

    if (w->in_dialog && !dialog)
        return STR_NONE;
    cseq = next_cseq(ps, p);
    if (dialog && !w->uri.n)
        uri = d.target;
    buf_fmt(out, STR_FMT " " STR_FMT " SIP/2.0\r\n", STR_ARG(w->what), STR_ARG(uri));
    add_via(out, p, w,
            arena_fmt(ps->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(p->name), STR_ARG(cseq),
                      STR_ARG(call)));
    if (dialog)
        add_dialog(out, w, &d, &cseq, w->what);
    else
        add_beginning(out, ps, p, w, uri, call, &cseq);
    add_header(out, w, "Max-Forwards", STR("70"));
    add_contact(out, p, w);
    if (w->password.p)
        add_credentials(out, ps, p, w, w->what, uri);
    add_end(out, ps, p, w);
    return buf_str(out);
}

/* The last request again, as a new one: with credentials, or with other headers. */
static struct str write_anew(struct peers *ps, struct peer *p, const struct wish *w,
                             const struct kept *last, struct buf *out)
{
    struct str rest = last->bytes, uri = last->bytes, cseq = next_cseq(ps, p), line;

    str_split(&uri, ' ');
    line = str_split(&rest, '\n');
    buf_fmt(out, STR_FMT "\n", STR_ARG(line));
    add_via(out, p, w,
            arena_fmt(ps->arena, STR_FMT STR_FMT "anew", STR_ARG(p->name), STR_ARG(cseq)));
    while ((line = str_trim(str_split(&rest, '\n'))).n) {
        struct str value = line, name = str_trim(str_split(&value, ':'));
        char label[64] = "";

        memcpy(label, name.p, name.n < sizeof label ? name.n : 0);
        if (str_ieq(name, STR("CSeq")))
            buf_fmt(out, "CSeq: " STR_FMT " " STR_FMT "\r\n", STR_ARG(cseq), STR_ARG(last->label));
        else if (!str_ieq(name, STR("Via")) && !str_ieq(name, STR("Authorization")) &&
                 !str_ieq(name, STR("Proxy-Authorization")) && !has_own(w, label))
            buf_fmt(out, STR_FMT "\r\n", STR_ARG(line));
    }
    if (w->password.p)
        add_credentials(out, ps, p, w, last->label, first_word(uri));
    for (size_t i = 0; i < w->n_with; i++)
        buf_fmt(out, STR_FMT "\r\n", STR_ARG(w->with[i]));
    buf_addz(out, "\r\n");
    buf_add(out, rest);
    return buf_str(out);
}

static struct str write_again(struct peers *ps, struct peer *p, const struct wish *w,
                              struct buf *out)
{
    bool reply = w->what.n && w->what.p[0] >= '1' && w->what.p[0] <= '6';
    const struct kept *last = peer_find(p, false, !reply, w->what, w->of, w->call);

    for (size_t i = p->n; !w->what.n && i-- > 0;) {
        last = &p->list[i];
        if (!last->received && last->request && !str_eq(last->label, STR("ACK")))
            break;
    }
    if (!last || last->received)
        return STR_NONE;
    if (w->password.p || w->n_with || w->n_without)
        return write_anew(ps, p, w, last, out);
    return last->bytes;
}

struct str peer_write(struct peers *ps, struct peer *p, const struct wish *w)
{
    bool reply = w->what.n && w->what.p[0] >= '1' && w->what.p[0] <= '6';
    struct str bytes;
    struct buf out;

    buf_init(&out, MEM_OTHER);
    if (w->repeat)
        bytes = write_again(ps, p, w, &out);
    else if (reply)
        bytes = write_reply(ps, p, w, &out);
    else if (str_eq(w->what, STR("ACK")) && final_reply(p, w->call))
        bytes = write_ack(ps, p, w, &out);
    else if (str_eq(w->what, STR("CANCEL")))
        bytes = write_cancel(ps, p, w, &out);
    else
        bytes = write_request(ps, p, w, &out);
    if (bytes.n)
        bytes = keep(ps, p, bytes, false);
    buf_free(&out);
    return bytes;
}
