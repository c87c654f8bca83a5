/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"
#include "modules/usrloc/usrloc.h"
#include "sip/build.h"
#include "sip/scan.h"

enum { TOKEN_LENGTH = 12 };

err_t ping_flow(const struct contact *c, bool use_path, struct str socket, struct flow *out)
{
    struct str text = contact_text(c, CONTACT_RECEIVED), path = contact_text(c, CONTACT_PATH);
    struct address first;
    struct uri u;

    *out = (struct flow){ .flags = FLOW_NO_CONNECT, .local = c->socket };
    if (path.n && use_path && address_next(&path, &first) == ERR_OK)
        text = first.uri_text;
    if (text.n == 0)
        text = contact_text(c, CONTACT_URI);
    if (uri_parse(text, &u))
        return ERR_SYNTAX;
    out->proto = uri_proto(&u) == PROTO_NONE ? PROTO_UDP : uri_proto(&u);
    out->connection = proto_is_stream(out->proto) ? c->connection : 0;
    if (addr_parse(u.maddr.n ? u.maddr : u.host, uri_port(&u), &out->peer))
        return ERR_NOT_FOUND;
    if (!out->local && socket.n) {
        struct str port = socket, host = str_split(&port, ':');
        uint32_t number = 0;

        if (port.n == 0 || str_to_u32(port, &number) == ERR_OK)
            out->local = listener_find(host, (uint16_t)number, PROTO_UDP);
    }
    if (!out->local)
        out->local = listener_for(out->proto, &out->peer);
    return out->local ? ERR_OK : ERR_UNREACHABLE;
}

void ping_build(const struct ping_form *form, struct str aor, const struct contact *c,
                const struct flow *to, struct buf *b)
{
    const struct listener *ln = to->local;
    struct str uri = contact_text(c, CONTACT_URI), ruid = contact_text(c, CONTACT_RUID);
    struct buf via, token, call_id, from, target;
    struct buf *const all[] = { &via, &token, &call_id, &from, &target };
    struct str tag;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_init(all[i], MEM_MODULE);
    random_token(&token, TOKEN_LENGTH);
    tag = form->from_tag.n ? form->from_tag : buf_str(&token);
    buf_hex(&call_id, aor);
    buf_char(&call_id, '.');
    buf_add(&call_id, buf_str(&token));
    buf_fmt(&via,
            "SIP/2.0/" STR_FMT " " STR_FMT ":" STR_FMT ";branch=" STR_FMT STR_FMT "." STR_FMT
            ";rport",
            STR_ARG(proto_via_name(to->proto)), STR_ARG(ln->advertised_host),
            STR_ARG(ln->advertised_port_text), STR_ARG(form->prefix), STR_ARG(buf_str(&token)),
            STR_ARG(ruid));
    buf_fmt(&from, "<" STR_FMT ">;tag=" STR_FMT, STR_ARG(form->from), STR_ARG(tag));
    buf_fmt(&target, "<" STR_FMT ">", STR_ARG(form->to.n ? form->to : uri));
    build_request(b, &(struct request_parts){ .method = form->method,
                                              .uri = uri,
                                              .via = buf_str(&via),
                                              .from = buf_str(&from),
                                              .to = buf_str(&target),
                                              .call_id = buf_str(&call_id),
                                              .cseq = 1 });
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_free(all[i]);
}

/* STR_NONE: it is no such text. The peer may send what it likes. */
static struct str unhex(struct str hex, struct arena *a)
{
    char *out = arena_alloc(a, hex.n / 2 + 1);

    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        int high = char_hex(hex.p[i]), low = char_hex(hex.p[i + 1]);

        if (high < 0 || low < 0)
            return STR_NONE;
        out[i / 2] = (char)(unsigned char)(high * 16 + low);
    }
    return (struct str){ out, hex.n / 2 };
}

bool ping_is_reply(struct call *c, struct str prefix)
{
    const struct via *top = c->msg->request ? NULL : msg_via(c->msg, 0, NULL);

    return top && str_starts(top->branch, prefix) && !msg_via(c->msg, 1, NULL);
}

void ping_each_answered(struct call *c, struct str prefix,
                        void (*fn)(struct call *c, struct contact *k))
{
    struct str ruid = str_skip(msg_via(c->msg, 0, NULL)->branch, prefix.n + TOKEN_LENGTH + 1);
    struct str call_id = msg_call_id(c->msg), aor = unhex(str_split(&call_id, '.'), c->arena);
    struct location *l;

    for (size_t i = 0; aor.n && (l = location_at(i)); i++) {
        struct contact_list list;

        if (location_get(l, aor, c->arena, &list))
            continue;
        for (size_t k = 0; k < list.n; k++)
            if (str_eq(contact_text(list.at[k], CONTACT_RUID), ruid))
                fn(c, list.at[k]);
        contact_list_drop(&list);
    }
}
