/* SPDX-License-Identifier: BSD-2-Clause */
/* Third-party call control: INVITE on hold, REFER, BYE (RFC 5589, 3725). */
#include "base/log.h"
#include "base/random.h"
#include "modules/dialog/inner.h"

enum { TAG = 16, ANSWER_S = 60 };

struct bridging {
    struct arena arena;
    struct bridge what;
    struct str controller, contact, call_id, tag;
};

static const char hold_sdp[] = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=session\r\nc=IN IP4 0.0.0.0\r\n"
                               "t=0 0\r\nm=audio 9 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\n"
                               "a=rtpmap:0 PCMU/8000\r\na=inactive\r\n";

static struct str token(struct arena *a)
{
    char space[TAG + 1];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    random_token(&b, TAG);
    return arena_dup(a, buf_str(&b));
}

static err_t invite(struct bridging *b, struct txn_answer *out)
{
    struct str body = b->what.body.n ? b->what.body : str_of(hold_sdp);
    struct str headers = arena_fmt(&b->arena, "Contact: <" STR_FMT ">\r\n", STR_ARG(b->contact));

    if (b->what.no_body)
        body = STR("");
    else
        headers =
            arena_fmt(&b->arena, STR_FMT "Content-Type: application/sdp\r\n", STR_ARG(headers));
    return txn_ask(
        &(struct txn_request){
            .method = STR("INVITE"),
            .uri = b->what.from,
            .next_hop = b->what.proxy,
            .from = arena_fmt(&b->arena, "<" STR_FMT ">;tag=" STR_FMT, STR_ARG(b->controller),
                              STR_ARG(b->tag)),
            .call_id = b->call_id,
            .cseq = 1,
            .headers = headers,
            .body = body,
            .fr_ms = (int64_t)ANSWER_S * 1000,
        },
        &b->arena, out);
}

/* The dialog that the answer made: contact, To with tag, route set (RFC 3261 12.1.2). */
struct peer {
    struct str uri, to, routes;
};

static bool read_peer(struct bridging *b, struct str raw, struct peer *out)
{
    const struct address *list;
    const struct header *to;
    struct msg m;
    size_t n;

    if (msg_parse(raw, &msg_default_limits, &b->arena, &m, NULL) != ERR_OK)
        return false;
    to = msg_header(&m, HEADER_TO);
    if (!to || msg_addresses(&m, HEADER_CONTACT, &list, &n) != ERR_OK || !n)
        return false;
    *out = (struct peer){ list[0].uri_text, to->body, STR("") };
    if (msg_addresses(&m, HEADER_RECORD_ROUTE, &list, &n) == ERR_OK)
        while (n--)
            out->routes = arena_fmt(&b->arena, STR_FMT "Route: " STR_FMT "\r\n",
                                    STR_ARG(out->routes), STR_ARG(list[n].all));
    return true;
}

static err_t ask_within(struct bridging *b, const struct peer *p, const char *method, uint32_t cseq,
                        struct str extra, struct txn_answer *out)
{
    return txn_ask(
        &(struct txn_request){
            .method = str_of(method),
            .uri = p->uri,
            .next_hop = p->routes.n ? STR("") : b->what.proxy,
            .from = arena_fmt(&b->arena, "<" STR_FMT ">;tag=" STR_FMT, STR_ARG(b->controller),
                              STR_ARG(b->tag)),
            .to = p->to,
            .call_id = b->call_id,
            .cseq = cseq,
            .headers = arena_fmt(&b->arena, STR_FMT "Contact: <" STR_FMT ">\r\n" STR_FMT,
                                 STR_ARG(p->routes), STR_ARG(b->contact), STR_ARG(extra)),
        },
        &b->arena, out);
}

static void bridge(void *arg)
{
    struct bridging *b = arg;
    struct txn_answer answer = { 0 };
    struct peer peer;
    err_t e = invite(b, &answer);

    if (e || answer.status >= 300 || !read_peer(b, answer.raw, &peer)) {
        log_info(AREA, "a bridge was not made: the first side answered %u", answer.status);
    } else {
        struct str refer =
            arena_fmt(&b->arena, "Referred-By: <" STR_FMT ">\r\nRefer-To: <" STR_FMT ">\r\n",
                      STR_ARG(b->controller), STR_ARG(b->what.to));

        e = ask_within(b, &peer, "REFER", 2, refer, &answer);
        if (e == ERR_OK && answer.status >= 300)
            log_info(AREA, "a bridge was not made: REFER was answered %u", answer.status);
        if (e == ERR_OK)
            e = ask_within(b, &peer, "BYE", 3, STR(""), &answer);
    }
    arena_free(&b->arena);
    mem_free(MEM_DIALOG, b);
}

static void bridge_here(void *arg)
{
    co_spawn(bridge, arg);
}

err_t dialog_bridge(const struct bridge *what)
{
    const struct dialog_conf *conf = dialog_conf_now();
    struct uri uri;
    struct bridging *b;

    if (uri_parse(what->from, &uri) != ERR_OK || uri_parse(what->to, &uri) != ERR_OK ||
        (what->proxy.n && uri_parse(what->proxy, &uri) != ERR_OK))
        return ERR_SYNTAX;
    b = mem_zalloc(MEM_DIALOG, sizeof *b);
    arena_init(&b->arena, MEM_DIALOG, 2048);
    b->what =
        (struct bridge){ arena_dup(&b->arena, what->from), arena_dup(&b->arena, what->to),
                         what->proxy.n ? arena_dup(&b->arena, what->proxy) : STR(""),
                         what->body.n ? arena_dup(&b->arena, what->body) : STR(""), what->no_body };
    b->controller = arena_dup(&b->arena, conf->bridge_controller);
    b->contact = arena_dup(&b->arena, conf->bridge_contact);
    b->call_id = token(&b->arena);
    b->tag = token(&b->arena);
    worker_post(worker_self(), bridge_here, b);
    return ERR_OK;
}
