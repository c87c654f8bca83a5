/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of headers and walks, as the next hop sees what they change. */
#include "modules/test.h"

extern const struct module module_textopsx;
static const struct module *const modules[] = { &module_textopsx, NULL };

static const char message[] =
    "INVITE sip:b@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n"
    "From: <sip:a@a>;tag=1\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 1 INVITE\nX: a;p=1;q, b , \"c,d\"\n"
    "X: e\nEmpty:\nAuthorization: Digest username=\"u\", realm=\"r,s\", opaque=\"o\"\n"
    "Content-Length: 11\n\nv=0\ns=-\nz";

static const struct value_case {
    const char *function, *args[4];
    int code;
    const char *wanted;
} values[] = {
    { "append_hf_value", { "X", "new" }, 1, "\r\nX: new\r\n\r\n" },
    { "append_hf_value", { "X[1]", "new" }, 1, "X: a;p=1;q,new, b" },
    { "append_hf_value", { "X[-1]", "new" }, 1, "X: e,new\r\n" },
    { "append_hf_value", { "X[99]", "new" }, 1, "\r\nX: new\r\n\r\n" },
    { "append_hf_value", { "X[", "new" }, -1, "X: e\r\n" },
    { "append_hf_value", { "", "new" }, -1, "X: e\r\n" },
    { "insert_hf_value", { "X[2]", "new" }, 1, "q, new,b ," },
    { "remove_hf_value", { "X[2]" }, 1, "X: a;p=1;q , \"c,d\"\r\n" },
    { "remove_hf_value", { "X[1]" }, 1, "X: b , \"c,d\"\r\n" },
    { "remove_hf_value", { "X[4]" }, 1, "!X: e" },
    { "remove_hf_value", { "X[*]" }, 1, "!X: " },
    { "remove_hf_value", { "X[7]" }, -1, "X: e" },
    { "remove_hf_value", { "X.p" }, 1, "X: a;q, b" },
    { "remove_hf_value", { "X.q" }, 1, "X: a;p=1, b" },
    { "remove_hf_value", { "X." }, -1, "X: a;p=1;q" },
    { "remove_hf_value", { "Empty" }, -1, "Empty:" },
    { "assign_hf_value", { "X[3]", "new" }, 1, "b , new\r\n" },
    { "assign_hf_value", { "X.p", "2" }, 1, "X: a;p=2;q" },
    { "assign_hf_value", { "X.p", "" }, 1, "X: a;p;q" },
    { "assign_hf_value", { "X[4].n", "1" }, 1, "X: e;n=1\r\n" },
    { "assign_hf_value2", { "Authorization.realm", "\"x\"" }, 1, "u\", realm=\"x\", opaque" },
    { "remove_hf_value2", { "Authorization.opaque" }, 1, "realm=\"r,s\"\r\n" },
    { "include_hf_value", { "X", "E" }, 1, "X: e\r\n" },
    { "include_hf_value", { "Y", "f" }, 1, "\r\nY: f\r\n\r\n" },
    { "exclude_hf_value", { "X", "b" }, 1, "X: a;p=1;q , \"c,d\"\r\n" },
    { "hf_value_exists", { "X", "B" }, 1, "X: e" },
    { "hf_value_exists", { "X", "c" }, -1, "X: e" },
    { "keep_hf", { "^X$" }, 1, "!Authorization" },
    { "remove_body", { 0 }, 1, "Content-Length: 0\r\n\r\n" },
    { "fnmatch", { "abc", "A*", "i" }, 1, "X: e" },
    { "hf_iterator_next", { "none" }, -1, "X: e" },
    { "hf_iterator_end", { "none" }, -1, "X: e" },
    { "bl_iterator_rm", { "none" }, -1, "v=0" },
};
static const struct value_case *now;

static int run_now(struct call *c)
{
    int code = run_function(c, &module_textopsx, now->function, now->args);

    if (code != now->code)
        print_error("%s(%s): %d\n", now->function, now->args[0], code);
    assert_int_equal(code, now->code);
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static void changes_single_values(void **state)
{
    (void)state;
    modules_begin(run_now, modules, NULL);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        now = &values[i];
        from_peer(&server.a, &server.us, message);
        EXPECT(&server.b, now->wanted);
    }
    server_end();
}

static int walk(struct call *c)
{
    int n = 0;

    assert_int_equal(RUN(c, module_textopsx, "hf_iterator_start", "h"), 1);
    assert_int_equal(RUN(c, module_textopsx, "hf_iterator_rm", "h"), -1);
    for (; RUN(c, module_textopsx, "hf_iterator_next", "h") == 1; n++) {
        struct value name = read_variable(c, &module_textopsx, "hfitname", STR("h"));
        if (str_eq(name.s, STR("Empty")))
            assert_int_equal(RUN(c, module_textopsx, "hf_iterator_append", "h", "After: 1"), 1);
        if (str_eq(name.s, STR("X")))
            assert_int_equal(RUN(c, module_textopsx, "hf_iterator_rm", "h"), 1);
    }
    assert_int_equal(n, 10);
    assert_int_equal(RUN(c, module_textopsx, "hf_iterator_end", "h"), 1);
    assert_int_equal(RUN(c, module_textopsx, "bl_iterator_start", "b"), 1);
    for (n = 0; RUN(c, module_textopsx, "bl_iterator_next", "b") == 1; n++)
        if (n == 1)
            assert_int_equal(RUN(c, module_textopsx, "bl_iterator_insert", "b", "i=1\r\n"), 1);
    assert_int_equal(n, 3);
    assert_int_equal(read_variable(c, &module_textopsx, "blitval", STR("b")).s.n, 1);
    /* A new message ends all walks. */
    assert_int_equal(RUN0(c, module_textopsx, "msg_apply_changes"), 1);
    assert_int_equal(RUN(c, module_textopsx, "bl_iterator_rm", "b"), -1);
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static void walks_over_headers_and_lines(void **state)
{
    (void)state;
    modules_begin(walk, modules, NULL);
    from_peer(&server.a, &server.us, message);
    EXPECT(&server.b, "!X: ", "Empty:\r\nAfter: 1\r\n", "v=0\r\ni=1\r\ns=-\r\n");
    server_end();
}

int main(void)
{
    TEST_RUN(changes_single_values, walks_over_headers_and_lines);
}
