/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"
#include "sip/edit.h"
#include "sip/test.h"

static struct arena arena;

static int set_up(__attribute__((unused)) void **state)
{
    arena_init(&arena, MEM_MESSAGE, 4096);
    return 0;
}

static int tear_down(__attribute__((unused)) void **state)
{
    arena_free(&arena);
    return 0;
}

#define LINE "OPTIONS sip:c@d SIP/2.0\r\n"
#define VIA  "Via: SIP/2.0/UDP h;branch=z9hG4bK1;rport\r\n"
#define REST "From: <sip:a@b>;tag=f\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"

static struct msg m;
static struct edit_list edits;

static void begin(const char *text)
{
    CHECK(msg_parse(str_of(text), &msg_default_limits, &arena, &m, NULL) == ERR_OK);
    edit_init(&edits, &arena);
}

static void gives(bool with_length, const char *text)
{
    struct buf b;

    buf_init(&b, MEM_OTHER);
    edit_apply(&edits, &m, with_length, &b);
    CHECK_STR(buf_str(&b), str_of(text));
    buf_free(&b);
}

TEST(leaves_an_unedited_message_alone)
{
    begin(LINE VIA REST "\r\nbody");
    gives(false, LINE VIA REST "\r\nbody");
    CHECK(edit_length(&edits, &m) == m.raw.n && edit_body_length(&edits, &m) == 4);
}

TEST(adds_and_removes_headers)
{
    begin(LINE VIA REST "l: 0\r\n\r\n");
    edit_append_header(&edits, &m, STR("A: 1\r\n"));
    edit_append_header(&edits, &m, STR("B: 2"));
    edit_insert_header(&edits, &m, NULL, STR("C: 3\r\n"));
    edit_insert_header(&edits, &m, NULL, STR("D: 4\r\n"));
    edit_push_header(&edits, &m, msg_header(&m, HEADER_VIA), STR("Via: E"));
    edit_push_header(&edits, &m, msg_header(&m, HEADER_VIA), STR("Via: F"));
    edit_remove_header(&edits, &m, msg_header(&m, HEADER_VIA));
    edit_insert_header_after(&edits, &m, msg_header(&m, HEADER_CSEQ), STR("G: 5"));
    edit_replace(&edits, &m, m.uri, STR("sip:e@f"));
    gives(false, "OPTIONS sip:e@f SIP/2.0\r\nVia: F\r\nVia: E\r\nC: 3\r\nD: 4\r\n" REST
                 "G: 5\r\nl: 0\r\nA: 1\r\nB: 2\r\n\r\n");
}

TEST(keeps_content_length_right)
{
    begin(LINE VIA REST "Content-Length: 4\r\n\r\nbody");
    edit_set_body(&edits, &m, STR("a longer body"));
    gives(false, LINE VIA REST "Content-Length: 13\r\n\r\na longer body");
    edit_set_body(&edits, &m, STR(""));
    gives(false, LINE VIA REST "Content-Length: 0\r\n\r\n");
    begin(LINE VIA REST "\r\nbody");
    edit_set_body(&edits, &m, STR("sheep"));
    gives(false, LINE VIA REST "Content-Length: 5\r\n\r\nsheep");
    edit_clear(&edits);
    gives(true, LINE VIA REST "Content-Length: 4\r\n\r\nbody");
    begin(LINE VIA REST "l: 4\r\nContent-Length: 4\r\n\r\nbody");
    edit_delete(&edits, &m, str_cut(m.body, 1, 3));
    gives(false, LINE VIA REST "l: 2\r\nContent-Length: 2\r\n\r\nby");
    edit_remove_header(&edits, &m, msg_header(&m, HEADER_CONTENT_LENGTH));
    gives(false, LINE VIA REST "Content-Length: 2\r\n\r\nby");
    edit_replace(&edits, &m, msg_header_next(&m, msg_header(&m, HEADER_CONTENT_LENGTH))->body,
                 STR("77"));
    gives(false, LINE VIA REST "Content-Length: 2\r\n\r\nby");
    begin(LINE VIA REST "l: 4\r\n\r\nbody");
    edit_remove_header(&edits, &m, msg_header(&m, HEADER_CONTENT_LENGTH));
    edit_append_header(&edits, &m, STR("X: 1\r\nl : 4"));
    gives(true, LINE VIA REST "X: 1\r\nl : 4\r\n\r\nbody");
}

TEST(splits_what_crosses_into_the_body)
{
    begin(LINE VIA REST "X: 1\r\n\r\nbody");
    edit_replace(&edits, &m, (struct str){ m.body.p - 2, 4 }, STR("\r\n"));
    gives(false, LINE VIA REST "X: 1\r\nContent-Length: 2\r\n\r\ndy");
}

TEST(marks_where_a_request_came_from)
{
#define MARKED(via, want, force)                                                                   \
    do {                                                                                           \
        begin(LINE "Via: " via "\r\n" REST "\r\n");                                                \
        edit_mark_via(&edits, &m, msg_via(&m, 0, NULL), STR("192.0.2.9"), 99, force);              \
        gives(false, LINE "Via: " want "\r\n" REST "\r\n");                                        \
    } while (0)
    MARKED("SIP/2.0/UDP h;rport;branch=1", "SIP/2.0/UDP h;rport=99;branch=1;received=192.0.2.9", 0);
    MARKED("SIP/2.0/UDP h;branch=1", "SIP/2.0/UDP h;branch=1;received=192.0.2.9", 0);
    MARKED("SIP/2.0/UDP h", "SIP/2.0/UDP h;rport=99;received=192.0.2.9", 1);
    MARKED("SIP/2.0/UDP h;received=1.1.1.1;rport=1,SIP/2.0/UDP i;rport",
           "SIP/2.0/UDP h;received=192.0.2.9;rport=99,SIP/2.0/UDP i;rport", 0);
}

TEST(merges_lists)
{
    struct edit_list more;

    begin(LINE VIA REST "\r\n");
    edit_append_header(&edits, &m, STR("A: 1"));
    edit_init(&more, &arena);
    edit_append_header(&more, &m, STR("B: 2"));
    edit_push_header(&more, &m, NULL, STR("C: 3"));
    edit_add_all(&edits, &more);
    gives(false, LINE "C: 3\r\n" VIA REST "A: 1\r\nB: 2\r\n\r\n");
}

/* The plain model: what is deleted, and what was inserted where, byte by byte. */
struct model {
    bool deleted[512];
    struct str inserted[512];
};

static void model_insert(struct model *model, size_t at, struct str text, bool front)
{
    struct str *slot = &model->inserted[at];

    *slot = front ? arena_fmt(&arena, STR_FMT STR_FMT, STR_ARG(text), STR_ARG(*slot))
                  : arena_fmt(&arena, STR_FMT STR_FMT, STR_ARG(*slot), STR_ARG(text));
}

static struct str model_text(const struct model *model, struct buf *b)
{
    for (size_t i = 0; i <= m.raw.n; i++) {
        buf_add(b, model->inserted[i]);
        if (i < m.raw.n && !model->deleted[i])
            buf_char(b, m.raw.p[i]);
    }
    return buf_str(b);
}

TEST(agrees_with_a_plain_model_on_any_edits_of_the_head)
{
    random_seed_for_test(4711);
    for (int round = 0; round < 3000; round++) {
        struct model *model = ARENA_NEW(&arena, struct model);
        struct buf want, got;

        begin(LINE VIA REST "\r\nbody");
        for (uint64_t n = random_below(12); n; n--) {
            size_t at = random_below(m.head.n), length = random_below(m.head.n - at);
            char letter = (char)('0' + n);
            struct str text = arena_dup(&arena, (struct str){ &letter, random_below(2) });
            bool front = random_below(4) == 0;

            length = random_below(3) ? 0 : length;
            if (front) {
                edit_insert_front(&edits, at, text);
                length = 0;
            } else {
                edit_splice(&edits, at, length, text);
            }
            model_insert(model, at, text, front);
            memset(model->deleted + at, true, length);
        }
        buf_init(&want, MEM_OTHER);
        buf_init(&got, MEM_OTHER);
        edit_apply(&edits, &m, false, &got);
        CHECK_STR(buf_str(&got), model_text(model, &want));
        CHECK(edit_length(&edits, &m) == got.n);
        buf_free(&want);
        buf_free(&got);
    }
}

#define IN_ARENA(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
RUN(IN_ARENA(leaves_an_unedited_message_alone), IN_ARENA(adds_and_removes_headers),
    IN_ARENA(keeps_content_length_right), IN_ARENA(splits_what_crosses_into_the_body),
    IN_ARENA(marks_where_a_request_came_from), IN_ARENA(merges_lists),
    IN_ARENA(agrees_with_a_plain_model_on_any_edits_of_the_head))
