/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "lsp/text.h"

static void counts_utf16_units(void **state)
{
    static const struct str text = STR_INIT("a\xc3\xa4\xf0\x9d\x84\x9e!\nsecond\r\nthird\rfourth");
    static const struct {
        struct text_position at;
        size_t offset;
    } cases[] = { { { 0, 0 }, 0 },  { { 0, 1 }, 1 }, { { 0, 2 }, 3 },  { { 0, 4 }, 7 },
                  { { 0, 5 }, 8 },  { { 1, 0 }, 9 }, { { 1, 6 }, 15 }, { { 2, 0 }, 17 },
                  { { 3, 0 }, 23 }, { { 3, 6 }, 29 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text_position back = text_position(text, cases[i].offset);

        assert_int_equal(text_offset(text, cases[i].at), cases[i].offset);
        assert_int_equal(back.line, cases[i].at.line);
        assert_int_equal(back.character, cases[i].at.character);
    }
}

static void stays_in_the_text(void **state)
{
    static const struct str text = STR_INIT("ab\ncd");

    (void)state;
    assert_int_equal(text_offset(text, (struct text_position){ 0, 99 }), 2);
    assert_int_equal(text_offset(text, (struct text_position){ 9, 0 }), 5);
    assert_int_equal(text_offset(STR(""), (struct text_position){ 1, 1 }), 0);
    assert_int_equal(text_position(text, 99).character, 2);
    /* The middle of a character of two units is its beginning. */
    assert_int_equal(text_offset(STR("\xf0\x9d\x84\x9e"), (struct text_position){ 0, 1 }), 0);
    /* Bytes that are no UTF-8 count one each. */
    assert_int_equal(text_utf16(STR("\xff\xc3")), 2);
}

static void finds_places_of_the_checker(void **state)
{
    (void)state;
    assert_int_equal(text_place(STR("ab\ncde\n"), 2, 3), 5);
    assert_int_equal(text_place(STR("ab\ncde\n"), 1, 99), 2);
    assert_int_equal(text_place(STR("ab\ncde\n"), 9, 1), 7);
    assert_int_equal(text_place(STR("\xef\xbb\xbf"
                                    "ab"),
                                1, 2),
                     4);
}

static void reads_and_writes_uris(void **state)
{
    struct arena a;
    struct buf b;

    (void)state;
    arena_init(&a, MEM_OTHER, 256);
    buf_init(&b, MEM_OTHER);
    assert_text(uri_to_path(&a, STR("file:///etc/a%20b/%C3%A4.cfg")), "/etc/a b/\xc3\xa4.cfg");
    assert_text(uri_to_path(&a, STR("file://host/etc/x")), "/etc/x");
    assert_text(uri_to_path(&a, STR("file:///a%2")), "/a%2");
    assert_text(uri_to_path(&a, STR("file:///a%00b")), "/a%00b");
    assert_text(uri_to_path(&a, STR("untitled:x")), "untitled:x");
    uri_of_path(STR("/etc/a b/\xc3\xa4.cfg"), &b);
    assert_text(buf_str(&b), "file:///etc/a%20b/%C3%A4.cfg");
    buf_free(&b);
    arena_free(&a);
}

static void makes_paths_normal(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, MEM_OTHER, 256);
    assert_text(path_normal(&a, STR("/etc/x"), STR("../y/./z.cfg")), "/etc/y/z.cfg");
    assert_text(path_normal(&a, STR("/etc"), STR("//a///b/../../../c")), "/c");
    assert_text(path_normal(&a, STR("/"), STR("x")), "/x");
    assert_text(path_normal(&a, STR("/etc"), STR("untitled:x")), "untitled:x");
    arena_free(&a);
}

static void makes_json_of_any_bytes(void **state)
{
    json_t *j = json_of(STR("a\xff"
                            "b"));

    (void)state;
    assert_string_equal(json_string_value(j), "a\xef\xbf\xbd"
                                              "b");
    json_decref(j);
}

int main(void)
{
    TEST_RUN(counts_utf16_units, stays_in_the_text, finds_places_of_the_checker,
             reads_and_writes_uris, makes_paths_normal, makes_json_of_any_bytes);
}
