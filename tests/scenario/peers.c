/* SPDX-License-Identifier: BSD-2-Clause */
/* What the peers of a scenario send: made from what they sent and received before. */
#include "scenario.h"
#include "sip/message.h"
#include <stdio.h>
#include <string.h>

enum { KEPT = 40 };

/* The messages a peer sent or received, newest last. */
struct kept {
    struct str bytes, label, method, call;
    bool received, request;
};
static struct {
    struct kept list[PEERS_MAX][KEPT];
    size_t n[PEERS_MAX];
    uint32_t cseq[PEERS_MAX];
} self;

void peers_reset(void)
{
    memset(&self, 0, sizeof self);
}

struct str peer_host(const struct scenario *s, unsigned peer, char space[32])
{
    snprintf(space, 32, s->ipv6[peer] ? "[2001:db8::%u]" : "192.0.2.%u", peer + 1);
    return str_of(space);
}

static struct str first_word(struct str s)
{
    return str_cut(s, 0, str_find(s, ' '));
}

/* A header's value, by name, from bytes. */
static struct str header(struct str bytes, const char *name)
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

/* All lines of a header. */
static void add_lines(struct buf *out, struct str bytes, const char *name)
{
    struct str rest = bytes;

    str_split(&rest, '\n');
    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n')), value = line;
        struct str label = str_trim(str_split(&value, ':'));

        if (!line.n)
            break;
        if (str_ieq(label, str_of(name)))
            buf_fmt(out, STR_FMT "\r\n", STR_ARG(line));
    }
}

static struct str method_in(struct str bytes)
{
    struct str cseq = header(bytes, "CSeq");

    str_split(&cseq, ' ');
    return str_trim(cseq);
}

static struct str call_of(struct str bytes)
{
    struct str id = header(bytes, "Call-ID");

    return str_split(&id, '@');
}

static void keep(struct scenario *s, unsigned peer, struct str bytes, bool received)
{
    struct kept *k;

    if (self.n[peer] == KEPT) {
        memmove(self.list[peer], self.list[peer] + 1, (KEPT - 1) * sizeof *self.list[peer]);
        self.n[peer]--;
    }
    k = &self.list[peer][self.n[peer]++];
    bytes = arena_dup(&s->arena, bytes);
    *k = (struct kept){ .bytes = bytes,
                        .received = received,
                        .request = !str_starts(bytes, STR("SIP/2.0 ")),
                        .method = method_in(bytes),
                        .call = call_of(bytes) };
    k->label = k->request ? first_word(bytes) : first_word(str_skip(bytes, 8));
}

void peer_received(struct scenario *s, unsigned peer, struct str bytes)
{
    keep(s, peer, bytes, true);
}

/* The newest that fits; empty labels and methods fit all. */
static const struct kept *find(unsigned peer, bool received, bool request, struct str label,
                               struct str method, struct str call)
{
    for (size_t i = self.n[peer]; i-- > 0;) {
        const struct kept *k = &self.list[peer][i];

        if (k->received == received && k->request == request && str_eq(k->call, call) &&
            (!label.n || str_eq(k->label, label)) && (!method.n || str_eq(k->method, method)))
            return k;
    }
    return NULL;
}

static void add_own(struct buf *out, const struct step *st)
{
    for (size_t i = 0; i < st->n_with; i++)
        buf_fmt(out, STR_FMT "\r\n", STR_ARG(st->with[i]));
}

/* Whether a step writes this header itself. */
static bool has_own(const struct step *st, const char *name)
{
    for (size_t i = 0; i < st->n_with; i++) {
        if (str_istarts(st->with[i], str_of(name)))
            return true;
    }
    return false;
}

static struct str write_reply(struct scenario *s, const struct step *st, struct buf *out)
{
    const struct kept *q = NULL;
    unsigned status = 0;
    char space[32];

    for (size_t i = self.n[st->peer]; i-- > 0 && !q;) {
        const struct kept *k = &self.list[st->peer][i];

        if (k->received && k->request && !str_eq(k->label, STR("ACK")) &&
            str_eq(k->call, st->call) && (!st->of.n || str_eq(k->label, st->of)))
            q = k;
    }
    if (!q)
        return STR_NONE;
    if (str_to_u32(st->what, &status) != ERR_OK)
        return STR_NONE;
    struct str to = header(q->bytes, "To");
    bool tagged = str_search(to, STR("tag=")) < to.n;
    buf_fmt(out, "SIP/2.0 %u Reply %u\r\n", status, status);
    add_lines(out, q->bytes, "Via");
    add_lines(out, q->bytes, "Record-Route");
    buf_fmt(out, "From: " STR_FMT "\r\nTo: " STR_FMT, STR_ARG(header(q->bytes, "From")),
            STR_ARG(to));
    if (!tagged && status > 100)
        buf_fmt(out, ";tag=" STR_FMT, STR_ARG(s->peers[st->peer]));
    buf_fmt(out, "\r\nCall-ID: " STR_FMT "\r\nCSeq: " STR_FMT "\r\n",
            STR_ARG(header(q->bytes, "Call-ID")), STR_ARG(header(q->bytes, "CSeq")));
    buf_fmt(out, "Contact: <sip:" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(s->peers[st->peer]),
            STR_ARG(peer_host(s, st->peer, space)));
    add_own(out, st);
    buf_addz(out, "Content-Length: 0\r\n\r\n");
    return buf_str(out);
}

/* ACK: of the last final reply; with the INVITE's branch unless that was a 2xx. */
static struct str write_ack(struct scenario *s, const struct step *st, struct buf *out)
{
    const struct kept *invite = find(st->peer, false, true, STR("INVITE"), STR_NONE, st->call);
    const struct kept *reply = NULL;
    char space[32];

    for (size_t i = self.n[st->peer]; i-- > 0 && !reply;) {
        const struct kept *k = &self.list[st->peer][i];

        if (k->received && !k->request && k->label.p[0] >= '2' &&
            str_eq(k->method, STR("INVITE")) && str_eq(k->call, st->call))
            reply = k;
    }
    if (!invite || !reply)
        return STR_NONE;
    bool positive = reply->label.p[0] == '2';
    struct str cseq = header(invite->bytes, "CSeq"), number = str_split(&cseq, ' ');
    struct str uri = str_skip(invite->bytes, 7);
    buf_fmt(out, "ACK " STR_FMT " SIP/2.0\r\n", STR_ARG(st->uri.n ? st->uri : first_word(uri)));
    if (positive)
        buf_fmt(out, "Via: SIP/2.0/UDP " STR_FMT ":5060;branch=z9hG4bKack%u" STR_FMT "\r\n",
                STR_ARG(peer_host(s, st->peer, space)), st->peer, STR_ARG(st->call));
    else
        buf_fmt(out, "Via: " STR_FMT "\r\n", STR_ARG(header(invite->bytes, "Via")));
    buf_fmt(out, "From: " STR_FMT "\r\nTo: " STR_FMT "\r\nCall-ID: " STR_FMT "\r\n",
            STR_ARG(header(invite->bytes, "From")), STR_ARG(header(reply->bytes, "To")),
            STR_ARG(header(invite->bytes, "Call-ID")));
    buf_fmt(out, "CSeq: " STR_FMT " ACK\r\nMax-Forwards: 70\r\n", STR_ARG(number));
    add_own(out, st);
    buf_addz(out, "Content-Length: 0\r\n\r\n");
    return buf_str(out);
}

static struct str write_cancel(const struct step *st, struct buf *out)
{
    const struct kept *invite = find(st->peer, false, true, STR("INVITE"), STR_NONE, st->call);

    if (!invite)
        return STR_NONE;
    struct str cseq = header(invite->bytes, "CSeq"), number = str_split(&cseq, ' ');
    struct str uri = str_skip(invite->bytes, 7);
    buf_fmt(out, "CANCEL " STR_FMT " SIP/2.0\r\nVia: " STR_FMT "\r\n", STR_ARG(first_word(uri)),
            STR_ARG(header(invite->bytes, "Via")));
    buf_fmt(out, "From: " STR_FMT "\r\nTo: " STR_FMT "\r\nCall-ID: " STR_FMT "\r\n",
            STR_ARG(header(invite->bytes, "From")), STR_ARG(header(invite->bytes, "To")),
            STR_ARG(header(invite->bytes, "Call-ID")));
    buf_fmt(out, "CSeq: " STR_FMT " CANCEL\r\nMax-Forwards: 70\r\n", STR_ARG(number));
    add_own(out, st);
    buf_addz(out, "Content-Length: 0\r\n\r\n");
    return buf_str(out);
}

static struct str write_request(struct scenario *s, const struct step *st, struct buf *out)
{
    uint32_t cseq = ++self.cseq[st->peer];
    struct str name = s->peers[st->peer];
    struct str uri = st->uri.n ? st->uri : STR("sip:bob@192.0.2.2");
    bool old = false;
    char space[32];

    for (size_t i = 0; i < st->n_with; i++)
        old |= str_eq(st->with[i], STR("X-Old-Branch: yes"));
    buf_fmt(out, STR_FMT " " STR_FMT " SIP/2.0\r\n", STR_ARG(st->what), STR_ARG(uri));
    buf_fmt(out, "Via: SIP/2.0/UDP " STR_FMT ":5060", STR_ARG(peer_host(s, st->peer, space)));
    if (!old)
        buf_fmt(out, ";branch=z9hG4bK" STR_FMT "%u" STR_FMT, STR_ARG(name), cseq,
                STR_ARG(st->call));
    buf_fmt(out, "\r\nFrom: <sip:" STR_FMT "@example.org>;tag=" STR_FMT "\r\n", STR_ARG(name),
            STR_ARG(name));
    if (str_eq(st->what, STR("REGISTER"))) /* of oneself */
        buf_fmt(out, "To: <sip:" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(name),
                STR_ARG(str_skip(uri, str_find(uri, ':') + 1)));
    else if (!has_own(st, "To:"))
        buf_fmt(out, "To: <" STR_FMT ">\r\n", STR_ARG(uri));
    buf_fmt(out, "Call-ID: " STR_FMT "@scenario\r\n", STR_ARG(st->call));
    if (!has_own(st, "CSeq:"))
        buf_fmt(out, "CSeq: %u " STR_FMT "\r\n", cseq, STR_ARG(st->what));
    if (!has_own(st, "Max-Forwards:"))
        buf_addz(out, "Max-Forwards: 70\r\n");
    buf_fmt(out, "Contact: <sip:" STR_FMT "@" STR_FMT ">\r\n", STR_ARG(name),
            STR_ARG(peer_host(s, st->peer, space)));
    add_own(out, st);
    buf_addz(out, "Content-Length: 0\r\n\r\n");
    return buf_str(out);
}

struct str peer_write(struct scenario *s, const struct step *st)
{
    struct buf out;
    struct str bytes = STR_NONE;
    bool reply = st->what.p[0] >= '1' && st->what.p[0] <= '6';
    const struct kept *last = find(st->peer, false, !reply, st->what, st->of, st->call);

    buf_init(&out, MEM_OTHER);
    if (st->repeat)
        bytes = last ? last->bytes : STR_NONE;
    else if (reply)
        bytes = write_reply(s, st, &out);
    else if (str_eq(st->what, STR("ACK")))
        bytes = write_ack(s, st, &out);
    else if (str_eq(st->what, STR("CANCEL")))
        bytes = write_cancel(st, &out);
    else
        bytes = write_request(s, st, &out);
    if (bytes.n) {
        keep(s, st->peer, bytes, false);
        bytes = self.list[st->peer][self.n[st->peer] - 1].bytes;
    } else {
        snprintf(s->fault, sizeof s->fault, "%s:%d: nothing to make this from", s->file, st->line);
    }
    buf_free(&out);
    return bytes;
}
