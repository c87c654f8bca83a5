/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/build.h"
#include "base/hash.h"

static const struct {
    unsigned status;
    struct str reason;
} reasons[] = {
    { 100, STR_INIT("Trying") },
    { 180, STR_INIT("Ringing") },
    { 181, STR_INIT("Call Is Being Forwarded") },
    { 182, STR_INIT("Queued") },
    { 183, STR_INIT("Session Progress") },
    { 199, STR_INIT("Early Dialog Terminated") },
    { 200, STR_INIT("OK") },
    { 202, STR_INIT("Accepted") },
    { 204, STR_INIT("No Notification") },
    { 300, STR_INIT("Multiple Choices") },
    { 301, STR_INIT("Moved Permanently") },
    { 302, STR_INIT("Moved Temporarily") },
    { 305, STR_INIT("Use Proxy") },
    { 380, STR_INIT("Alternative Service") },
    { 400, STR_INIT("Bad Request") },
    { 401, STR_INIT("Unauthorized") },
    { 402, STR_INIT("Payment Required") },
    { 403, STR_INIT("Forbidden") },
    { 404, STR_INIT("Not Found") },
    { 405, STR_INIT("Method Not Allowed") },
    { 406, STR_INIT("Not Acceptable") },
    { 407, STR_INIT("Proxy Authentication Required") },
    { 408, STR_INIT("Request Timeout") },
    { 410, STR_INIT("Gone") },
    { 412, STR_INIT("Conditional Request Failed") },
    { 413, STR_INIT("Request Entity Too Large") },
    { 414, STR_INIT("Request-URI Too Long") },
    { 415, STR_INIT("Unsupported Media Type") },
    { 416, STR_INIT("Unsupported URI Scheme") },
    { 417, STR_INIT("Unknown Resource-Priority") },
    { 420, STR_INIT("Bad Extension") },
    { 421, STR_INIT("Extension Required") },
    { 422, STR_INIT("Session Interval Too Small") },
    { 423, STR_INIT("Interval Too Brief") },
    { 428, STR_INIT("Use Identity Header") },
    { 429, STR_INIT("Provide Referrer Identity") },
    { 430, STR_INIT("Flow Failed") },
    { 433, STR_INIT("Anonymity Disallowed") },
    { 436, STR_INIT("Bad Identity Info") },
    { 437, STR_INIT("Unsupported Credential") },
    { 438, STR_INIT("Invalid Identity Header") },
    { 439, STR_INIT("First Hop Lacks Outbound Support") },
    { 440, STR_INIT("Max-Breadth Exceeded") },
    { 469, STR_INIT("Bad Info Package") },
    { 470, STR_INIT("Consent Needed") },
    { 480, STR_INIT("Temporarily Unavailable") },
    { 481, STR_INIT("Call/Transaction Does Not Exist") },
    { 482, STR_INIT("Loop Detected") },
    { 483, STR_INIT("Too Many Hops") },
    { 484, STR_INIT("Address Incomplete") },
    { 485, STR_INIT("Ambiguous") },
    { 486, STR_INIT("Busy Here") },
    { 487, STR_INIT("Request Terminated") },
    { 488, STR_INIT("Not Acceptable Here") },
    { 489, STR_INIT("Bad Event") },
    { 491, STR_INIT("Request Pending") },
    { 493, STR_INIT("Undecipherable") },
    { 494, STR_INIT("Security Agreement Required") },
    { 500, STR_INIT("Server Internal Error") },
    { 501, STR_INIT("Not Implemented") },
    { 502, STR_INIT("Bad Gateway") },
    { 503, STR_INIT("Service Unavailable") },
    { 504, STR_INIT("Server Time-out") },
    { 505, STR_INIT("Version Not Supported") },
    { 513, STR_INIT("Message Too Large") },
    { 580, STR_INIT("Precondition Failure") },
    { 600, STR_INIT("Busy Everywhere") },
    { 603, STR_INIT("Decline") },
    { 604, STR_INIT("Does Not Exist Anywhere") },
    { 606, STR_INIT("Not Acceptable") },
    { 607, STR_INIT("Unwanted") },
    { 608, STR_INIT("Rejected") },
};

struct str reason_of(unsigned status)
{
    static const struct str of_class[] = {
        STR_INIT(""),
        STR_INIT("Progress"),
        STR_INIT("Success"),
        STR_INIT("Redirection"),
        STR_INIT("Request Failure"),
        STR_INIT("Server Failure"),
        STR_INIT("Global Failure"),
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return status < 700 ? of_class[status / 100] : of_class[0];
}

static void add_line(struct buf *b, struct str name, struct str value)
{
    if (!value.p)
        return;
    buf_add(b, name);
    buf_add(b, STR(": "));
    buf_add(b, value);
    buf_add(b, STR("\r\n"));
}

/* All headers of a kind, as they are. */
static void copy_headers(struct buf *b, const struct msg *m, enum header_id id)
{
    for (const struct header *h = msg_header(m, id); h; h = msg_header_next(m, h))
        add_line(b, h->name, h->body);
}

static void copy_first(struct buf *b, const struct msg *m, enum header_id id)
{
    const struct header *h = msg_header(m, id);

    if (h)
        add_line(b, h->name, h->body);
}

static void add_body(struct buf *b, struct str content_type, struct str body)
{
    if (body.n)
        add_line(b, STR("Content-Type"), content_type);
    buf_add(b, STR("Content-Length: "));
    buf_int(b, (int64_t)body.n);
    buf_add(b, STR("\r\n\r\n"));
    buf_add(b, body);
}

/* A piece of text that takes the place of a slice of another. */
struct patch {
    struct str what, before, text;
};

/* `text` with its patches, which stand in order. */
static void add_patched(struct buf *b, struct str text, const struct patch *patches, size_t n)
{
    const char *at = text.p;

    for (size_t i = 0; i < n; i++) {
        buf_add(b, (struct str){ at, (size_t)(patches[i].what.p - at) });
        buf_add(b, patches[i].before);
        buf_add(b, patches[i].text);
        at = patches[i].what.p + patches[i].what.n;
    }
    buf_add(b, (struct str){ at, (size_t)(text.p + text.n - at) });
}

/* The first Via header, its first value telling where the request came from. */
static void add_marked_via(struct buf *b, const struct header *h, const struct via *top,
                           const struct reply_parts *parts)
{
    struct str end = str_skip(top->all, top->all.n);
    struct patch patches[4];
    size_t n = 0;
    char digits[8];
    struct buf port;

    buf_fixed(&port, digits, sizeof digits);
    buf_int(&port, parts->rport);
    if (parts->rport && top->has_rport)
        patches[n++] =
            (struct patch){ top->rport, top->rport.n ? STR("") : STR("="), buf_str(&port) };
    if (parts->received.p && top->received.p)
        patches[n++] = (struct patch){ top->received, STR(""), parts->received };
    if (n == 2 && patches[0].what.p > patches[1].what.p) {
        struct patch first = patches[1];
        patches[1] = patches[0];
        patches[0] = first;
    }
    if (parts->rport && !top->has_rport && parts->force_rport)
        patches[n++] = (struct patch){ end, STR(";rport="), buf_str(&port) };
    if (parts->received.p && !top->received.p)
        patches[n++] = (struct patch){ end, STR(";received="), parts->received };
    if (parts->via_params.n)
        patches[n++] = (struct patch){ end, STR(""), parts->via_params };
    buf_add(b, h->name);
    buf_add(b, STR(": "));
    add_patched(b, h->body, patches, n);
    buf_add(b, STR("\r\n"));
}

static void add_vias(struct buf *b, struct msg *request, const struct reply_parts *parts)
{
    const struct header *h = msg_header(request, HEADER_VIA);
    const struct via *top = msg_via(request, 0, NULL);

    if (!top) {
        copy_headers(b, request, HEADER_VIA);
        return;
    }
    add_marked_via(b, h, top, parts);
    while ((h = msg_header_next(request, h)))
        add_line(b, h->name, h->body);
}

static void add_to(struct buf *b, struct msg *request, const struct reply_parts *parts)
{
    const struct header *h = msg_header(request, HEADER_TO);

    if (!h)
        return;
    buf_add(b, h->name);
    buf_add(b, STR(": "));
    buf_add(b, h->body);
    if (parts->to_tag.n && parts->status > 100 && !msg_to_tag(request).p) {
        buf_add(b, STR(";tag="));
        buf_add(b, parts->to_tag);
    }
    buf_add(b, STR("\r\n"));
}

static bool forms_dialog(const struct msg *request, unsigned status)
{
    enum sip_method m = request->method;

    return status > 100 && status < 300 &&
           (m == METHOD_INVITE || m == METHOD_SUBSCRIBE || m == METHOD_REFER ||
            m == METHOD_NOTIFY || m == METHOD_UPDATE);
}

static void add_timestamp(struct buf *b, const struct msg *request)
{
    const struct header *h = msg_header_named(request, STR("Timestamp"));

    if (h)
        add_line(b, h->name, h->body);
}

void build_reply(struct buf *b, struct msg *request, const struct reply_parts *parts)
{
    buf_add(b, STR("SIP/2.0 "));
    buf_int(b, parts->status);
    buf_char(b, ' ');
    buf_add(b, parts->reason.p ? parts->reason : reason_of(parts->status));
    buf_add(b, STR("\r\n"));
    add_vias(b, request, parts);
    if (forms_dialog(request, parts->status))
        copy_headers(b, request, HEADER_RECORD_ROUTE);
    copy_first(b, request, HEADER_FROM);
    add_to(b, request, parts);
    copy_first(b, request, HEADER_CALL_ID);
    copy_first(b, request, HEADER_CSEQ);
    if (parts->status == 100)
        add_timestamp(b, request);
    buf_add(b, parts->lines);
    add_body(b, parts->content_type, parts->body);
}

static void add_request_line(struct buf *b, struct str method, struct str uri)
{
    buf_add(b, method);
    buf_char(b, ' ');
    buf_add(b, uri);
    buf_add(b, STR(" SIP/2.0\r\n"));
}

/* The frame of an ACK or CANCEL of `invite`: one Via, the same Route set, To from `to`. */
static void add_companion(struct buf *b, struct str method, struct msg *invite,
                          const struct msg *to, struct str lines)
{
    const struct via *top = msg_via(invite, 0, NULL);
    const struct cseq *cseq = msg_cseq(invite, NULL);

    add_request_line(b, method, invite->uri);
    if (top)
        add_line(b, STR("Via"), top->all);
    copy_headers(b, invite, HEADER_ROUTE);
    copy_first(b, invite, HEADER_FROM);
    copy_first(b, msg_header(to, HEADER_TO) ? to : invite, HEADER_TO);
    copy_first(b, invite, HEADER_CALL_ID);
    if (cseq)
        buf_fmt(b, "CSeq: %u " STR_FMT "\r\n", cseq->number, STR_ARG(method));
    buf_add(b, STR("Max-Forwards: 70\r\n"));
    buf_add(b, lines);
    add_body(b, STR_NONE, STR_NONE);
}

void build_ack(struct buf *b, struct msg *invite, struct msg *reply)
{
    add_companion(b, STR("ACK"), invite, reply, STR_NONE);
}

void build_cancel(struct buf *b, struct msg *invite, struct str lines)
{
    add_companion(b, STR("CANCEL"), invite, invite, lines);
}

void build_request(struct buf *b, const struct request_parts *parts)
{
    add_request_line(b, parts->method, parts->uri);
    add_line(b, STR("Via"), parts->via);
    buf_fmt(b, "Max-Forwards: %u\r\n", parts->max_forwards ? parts->max_forwards : 70);
    add_line(b, STR("From"), parts->from);
    add_line(b, STR("To"), parts->to);
    add_line(b, STR("Call-ID"), parts->call_id);
    buf_fmt(b, "CSeq: %u " STR_FMT "\r\n", parts->cseq, STR_ARG(parts->method));
    add_line(b, STR("Contact"), parts->contact);
    buf_add(b, parts->lines);
    add_body(b, parts->content_type, parts->body);
}

struct str to_tag_of(struct msg *request, char space[TO_TAG_LENGTH + 1])
{
    const struct via *top = msg_via(request, 0, NULL);
    const struct cseq *cseq = msg_cseq(request, NULL);
    uint64_t parts[] = {
        hash_keyed(msg_call_id(request)),
        hash_keyed(msg_from_tag(request)),
        hash_keyed(top ? top->branch : STR_NONE),
        hash_keyed(top ? top->host : STR_NONE),
        cseq ? cseq->number : 0,
    };
    uint64_t tag = hash_keyed((struct str){ (const char *)parts, sizeof parts });
    struct buf b;

    buf_fixed(&b, space, TO_TAG_LENGTH + 1);
    buf_hex(&b, (struct str){ (const char *)&tag, sizeof tag });
    return (struct str){ space, TO_TAG_LENGTH };
}
