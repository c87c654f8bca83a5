/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages: everything that can be read from one, and what must hold of it. */
#include "sip/build.h"
#include "sip/sdp.h"
#include "sip/validate.h"
#include "sip/values.h"

static struct msg m;

static void within(struct str s)
{
    ASSERT(!s.p || (s.p >= m.raw.p && s.p + s.n <= m.raw.p + m.raw.n));
}

static void slices_lie_in_the_text(void)
{
    within(m.first_line);
    within(m.method_name);
    within(m.uri);
    within(m.reason);
    within(m.version);
    within(m.head);
    within(m.body);
    ASSERT(m.head.n + m.body.n == m.raw.n || !m.head.p);
    for (size_t i = 0; i < m.n_headers; i++) {
        within(m.headers[i].name);
        within(m.headers[i].body);
        within(m.headers[i].all);
        ASSERT(m.headers[i].next_same == 0 || m.headers[i].next_same > i);
    }
}

static void read_address(const struct address *a)
{
    struct str params = a->params, name, value;

    within(a->all);
    within(a->display);
    within(a->uri_text);
    within(a->tag);
    while (param_next(&params, &name, &value)) {
        within(name);
        within(value);
    }
}

static void read_values(void)
{
    for (unsigned id = 1; id < HEADER_ID_COUNT; id++) {
        const struct address *list;
        size_t n;
        for (const struct header *h = msg_header(&m, id); h; h = msg_header_next(&m, h)) {
            struct str rest = h->body, value;
            while (list_next(&rest, &value))
                within(value);
        }
        if (msg_addresses(&m, id, &list, &n) == ERR_OK)
            for (size_t i = 0; i < n; i++)
                read_address(&list[i]);
    }
}

static void read_others(struct arena *arena)
{
    struct content_type type;
    struct retry_after retry;
    struct session_expires se;
    struct event_value event;
    struct replaces replaces;
    struct rack rack;
    struct reason reason;
    struct sdp sdp;
    int64_t date;

    for (size_t i = 0; i < m.n_headers; i++) {
        struct str body = m.headers[i].body;
        err_t e = content_type_parse(body, &type);
        e = retry_after_parse(body, &retry) || e;
        e = session_expires_parse(body, &se) || e;
        e = event_parse(body, &event) || e;
        e = replaces_parse(body, &replaces) || e;
        e = rack_parse(body, &rack) || e;
        e = date_parse(body, &date) || e;
        (void)e;
        while (reason_next(&body, &reason) == ERR_OK && body.n)
            within(reason.protocol);
    }
    if (sdp_parse(m.body, arena, &sdp) == ERR_OK)
        for (size_t i = 0; i < sdp.n_media; i++)
            within(sdp.media[i].all);
}

/* Whatever could be read must be answerable, and the answer readable. */
static void reply(struct arena *arena)
{
    struct reply_parts parts = { .status = 180,
                                 .to_tag = STR("t"),
                                 .received = STR("192.0.2.1"),
                                 .rport = 5060,
                                 .force_rport = true };
    struct msg again;
    struct buf b, more;

    buf_init(&b, MEM_MESSAGE);
    buf_init(&more, MEM_MESSAGE);
    build_reply(&b, &m, &parts);
    ASSERT(msg_parse(buf_str(&b), &(struct msg_limits){ 1 << 20, 1024, 1 << 20 }, arena, &again,
                     NULL) == ERR_OK);
    ASSERT(str_eq(msg_call_id(&again), msg_call_id(&m)));
    ASSERT(msg_via(&again, 0, NULL)->received.n);
    if (m.method == METHOD_INVITE) {
        build_ack(&more, &m, &again);
        build_cancel(&more, &m, STR_NONE);
    }
    buf_free(&more);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = { (const char *)data, size }, why;
    struct fault fault;
    struct arena arena;
    char tag[TO_TAG_LENGTH + 1];
    struct msg copy;
    err_t e;

    arena_init(&arena, MEM_MESSAGE, 4096);
    e = msg_parse(raw, &msg_default_limits, &arena, &m, &why);
    ASSERT(!e == !why.n);
    slices_lie_in_the_text();
    struct str scanned = msg_scan_call_id(raw), read = msg_call_id(&m);
    if (!e)
        ASSERT(scanned.p == read.p && scanned.n == read.n);
    for (size_t i = 0; msg_via(&m, i, NULL); i++)
        within(msg_via(&m, i, NULL)->all);
    if (msg_from(&m, NULL))
        read_address(msg_from(&m, NULL));
    if (msg_to(&m, NULL))
        read_address(msg_to(&m, NULL));
    read_values();
    read_others(&arena);
    check_message(&m, CHECKS_ALL, NULL, &fault);
    for (unsigned bit = 0; bit < 22; bit++)
        check_message(&m, 1u << bit, NULL, &fault);
    to_tag_of(&m, tag);
    if (!e && m.request && str_istarts(m.version, STR("SIP/")))
        reply(&arena);
    msg_clone(&m, &arena, &copy);
    ASSERT(copy.n_headers == m.n_headers && str_eq(msg_from_tag(&copy), msg_from_tag(&m)));
    arena_free(&arena);
    return 0;
}
