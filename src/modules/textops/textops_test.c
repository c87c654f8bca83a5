/* SPDX-License-Identifier: BSD-2-Clause */
/* Edits as the next hop sees them; tests/differential compares them with the packaged server. */
#include "modules/test.h"

extern const struct module module_textops;
static const struct module *const modules[] = { &module_textops, NULL };

static const char message[] =
    "INVITE sip:b@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n"
    "From: <sip:a@a>;tag=1\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 1 INVITE\nX-One: Alice, alice\n"
    "X-Two: x\nx-two: y\nPrivacy: id;user\nContent-Type: multipart/mixed;boundary=B\n"
    "Content-Length: %zu\n\n%s";
static const char body[] = "--B\nContent-Type: application/sdp\n\nv=0\n"
                           "--B\nContent-Type: text/plain; x=y\n\nplain\n--B--\n";

static const struct edit_case {
    const char *function, *args[4];
    int code;
    const char *wanted[3]; /* of the message sent; with '!' before it: not in it */
} * now;
static const struct edit_case edits[] = {
    { "append_hf", { "New: 1" }, 1, { "boundary=B\r\nContent-Length: 95\r\nNew: 1\r\n\r\n" } },
    { "append_hf", { "New: 1\r\n", "X-One" }, 1, { "alice\r\nNew: 1\r\nX-Two" } },
    { "append_hf", { "" }, -1, { "Privacy" } },
    { "insert_hf", { "New: 1\r\n", "X-Two" }, 1, { "alice\r\nNew: 1\r\nX-Two: x" } },
    { "remove_hf", { "X-Two" }, 1, { "!x-two", "!X-Two" } },
    { "remove_hf", { "Nope" }, -1, { "X-Two" } },
    { "remove_hf_re", { "^X-" }, 1, { "!x-two", "!X-One" } },
    { "remove_hf_idx", { "X-Two", "-1" }, 1, { "!x-two", "X-Two: x" } },
    { "remove_hf_idx", { "X-Two", "2" }, -1, { "x-two: y" } },
    { "subst", { "/alice/bob/" }, 1, { "X-One: Alice, bob" } },
    { "subst", { "#ALICE#<\\0>#gi" }, 1, { "X-One: <Alice>, <alice>" } },
    { "subst", { "/z*/-/" }, 1, { "-Via" } },
    { "subst", { "/unfinished" }, -1, { "X-Two: x" } },
    { "subst", { "/(/x/" }, -1, { "X-Two: x" } },
    { "subst_hf", { "X-Two", "/./[\\0\\1]/", "l" }, 1, { "X-Two: x\r\n", "x-two: [y]" } },
    { "subst_body", { "/plain\r$/fancy/" }, 1, { "fancy" } },
    { "subst_body", { "/^plain/fancy/" }, 1, { "fancy" } },
    { "replace_all", { "alice", "bob" }, 1, { "X-One: bob, bob" } },
    { "replace_str", { "lice", "l", "a" }, 1, { "X-One: Al, al" } },
    { "replace_str", { "", "x", "a" }, -1, { "X-One: Alice" } },
    { "filter_body",
      { "text/plain" },
      1,
      { "Type: text/plain; x=y\r\n", "\r\n\r\nplain", "!--B" } },
    { "filter_body", { "image/png" }, -1, { "--B--" } },
    { "remove_body_part", { "text/plain" }, 1, { "v=0\r\n--B--", "!plain" } },
    { "append_body_part",
      { "<b>", "text/html", "inline" },
      1,
      { "plain\r\n--B\r\nContent-Type: text/html\r\nContent-Disposition: "
        "inline\r\n\r\n<b>\r\n--B--" } },
    { "append_body_part_hex", { "4", "text/html" }, -1, { "--B--" } },
    { "set_body", { "new", "a/b" }, 1, { "Content-Type: a/b\r\nContent-Length: 3\r\n\r\nnew" } },
    { "is_privacy", { "user" }, 1, { "Privacy" } },
    { "is_privacy", { "none" }, -1, { "Privacy" } },
    { "search", { "^x-ONE: " }, 1, { "X-One" } },
    { "search_hf", { "X-Two", "y", "f" }, -1, { "X-Two" } },
    { "str_find", { "abc", "c" }, 3, { "X-Two" } },
    { "cmp_str", { "a", "b" }, -2, { "X-Two" } },
    { "in_list", { "b", "a, b", "," }, 1, { "X-Two" } },
};

static int process(struct call *c)
{
    const struct edit_case *e = now;
    int code = run_function(c, &module_textops, e->function, e->args);

    if (code != e->code)
        print_error("%s(%s): %d\n", e->function, e->args[0], code);
    assert_int_equal(code, e->code);
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static void edits_as_the_table_says(void **state)
{
    char text[2048];

    (void)state;
    modules_begin(process, modules, NULL);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        now = &edits[i];
        snprintf(text, sizeof text, message, (size_t)95, body);
        from_peer(&server.a, &server.us, text);
        expect_to(&server.b,
                  (const char *const[]){ now->wanted[0], now->wanted[1] ? now->wanted[1] : "INVITE",
                                         now->wanted[2] ? now->wanted[2] : "INVITE", NULL });
    }
    server_end();
}

int main(void)
{
    TEST_RUN(edits_as_the_table_says);
}
