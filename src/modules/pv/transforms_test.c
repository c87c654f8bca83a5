/* SPDX-License-Identifier: BSD-2-Clause */
/* Each transformation by itself; tests/differential compares them with the packaged server. */
#include "base/test.h"
#include "modules/pv/transforms.h"
#include "modules/test.h"

static struct call call;
static struct arena arena;

static err_t transform(const char *full, const char *const *texts, struct str in, struct value *out)
{
    const struct transformation *t = pv_transformations;
    const struct field_env env = { .arena = &arena };
    const struct value value = in.p ? VALUE_OF_STR(in) : VALUE_NONE;
    const char *name = strchr(full, '.') + 1;
    struct buf why;
    void *args;
    err_t e;

    while (t->name && !(strncmp(full, t->class, strlen(t->class)) == 0 &&
                        full[strlen(t->class)] == '.' && strcmp(name, t->name) == 0))
        t++;
    assert_non_null(t->name);
    args = arena_zalloc(&arena, t->args_size + 1);
    buf_init(&why, MEM_OTHER);
    if (t->args)
        fields_default(t->args, args, &env);
    for (size_t i = 0; texts && texts[i]; i++)
        assert_err(field_set(&t->args[i], args, &VALUE_OF_STR(str_of(texts[i])), &env, &why),
                   ERR_OK);
    buf_free(&why);
    e = t->run(&call, &value, args, out);
    return e;
}

static void begin(void)
{
    arena_init(&arena, MEM_OTHER, 4096);
    call.arena = &arena;
}

static void makes_of_texts_what_the_table_says(void **state)
{
    static const struct {
        const char *name, *args[3], *in, *out; /* NULL: it does not fit */
    } table[] = {
        { "s.len", { 0 }, "abc", "3" },
        { "s.int", { 0 }, "12", "12" },
        { "s.intv", { 0 }, "12ab", "12" },
        { "s.intv", { 0 }, " -7", "-7" },
        { "s.intv", { 0 }, "ab", "0" },
        { "s.intv", { 0 }, "", "0" },
        { "s.intv", { 0 }, "99999999999999999999", "0" },
        { "s.int", { 0 }, "12a", NULL },
        { "s.int", { 0 }, "99999999999999999999", NULL },
        { "s.substr", { "-3", "2" }, "abcdef", "de" },
        { "s.substr", { "9", "1" }, "abc", NULL },
        { "s.select", { "1", "," }, "a,b,c", "b" },
        { "s.strip", { "9" }, "abc", "" },
        { "s.encode.7bit", { 0 }, "Hello World", "C8329BFD065DDF723619" },
        { "s.decode.7bit", { 0 }, "C8329BFD065DDF723619", "Hello World" },
        { "s.decode.7bit", { 0 }, "xyz!", NULL },
        { "s.decode.hexa", { 0 }, "4142", "AB" },
        { "s.decode.hexa", { 0 }, "4g", NULL },
        { "s.encode.base58", { 0 }, "Hello World", "JxF12TrwUP45BMd" },
        { "s.decode.base58", { 0 }, "0OIl", NULL },
        { "s.rmhdws", { 0 }, "a \t b", "a b" },
        { "s.rmhlws", { 0 }, "a\r\n\tb", "a b" },
        { "s.fmtlines", { "2", ">" }, "abcde", ">ab\r\n>cd\r\n>e" },
        { "s.fmtlinet", { "2", ">" }, "abcde", "ab\r\n>cd\r\n>e" },
        { "s.sha3",
          { "256" },
          "",
          "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a" },
        { "s.sha3", { "224" }, "abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf" },
        { "s.keccak",
          { "256" },
          "",
          "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470" },
        { "s.sha3", { "7" }, "abc", NULL },
        { "uri.suri", { 0 }, "sip:a:p@b:1;transport=tcp;x=y", "sip:a@b:1;transport=tcp" },
        { "uri.duri", { 0 }, "sip:a:p@b:1;transport=tcp;x=y", "sip:b:1;transport=tcp" },
        { "uri.suri", { 0 }, "tel:+1", NULL },
        { "uri.user", { 0 }, "sip:+1;x=y@b;user=phone", "+1" },
        { "uri.user", { 0 }, "sip:+1;x=y@b", "+1;x=y" },
        { "uri.tosocket", { 0 }, "tel:+1", NULL },
        { "nameaddr.uri", { 0 }, "\"a<b\" <sip:x>", "sip:x" },
        { "nameaddr.uri", { 0 }, "\"a", "\"a" },
        { "nameaddr.uri", { 0 }, "<sip:x", NULL },
        { "nameaddr.len", { 0 }, "\"a\\", "3" },
        { "tobody.uri", { 0 }, "*", NULL },
        { "param.value", { "b" }, "a=1;b=\"x;y\"", "x;y" },
        { "param.value", { "b" }, "a=\"1;b=2", "" },
        { "urialias.encode", { 0 }, "sip:h:5;transport=tcp", "h~5~2" },
        { "urialias.decode", { 0 }, "h~5~2", "sip:h:5;transport=tcp" },
        { "urialias.decode", { 0 }, "h~5~99", NULL },
        { "line.at", { "1" }, "a\r\nb\r\n", "b" },
        { "line.at", { "5" }, "a", "" },
        { "line.at", { "0" }, "", NULL },
        { "line.sw", { "b" }, "a", "" },
    };

    (void)state;
    begin();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct value out = VALUE_NONE;
        struct str text;
        err_t e = transform(table[i].name, table[i].args, str_of(table[i].in), &out);

        text = value_text(&out, &arena);
        if (!e != (table[i].out != NULL) || (!e && !str_eq(text, str_of(table[i].out))))
            fail_msg("{%s} of \"%s\": %d \"" STR_FMT "\"", table[i].name, table[i].in, (int)e,
                     STR_ARG(text));
    }
    arena_free(&arena);
}

/* Whatever the value, it stays within its bounds; the sanitizers judge. */
static void survives_any_bytes(void **state)
{
    static char bytes[70000];
    static const char *const args[] = { "3", "x", NULL };
    static const size_t lengths[] = { 0, 1, 2, 3, 7, 255, 512, 4096, sizeof bytes };

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 2654435761U >> 13);
    for (const struct transformation *t = pv_transformations; t->name; t++) {
        size_t n = 0;
        char full[64];

        for (const struct field *f = t->args; f && f->name; f++)
            n++;
        snprintf(full, sizeof full, "%s.%s", t->class, t->name);
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            /* s.strip takes a number, s.rm a text: "3" is both. */
            const char *const *given = n == 0   ? &args[2]
                                       : n == 1 ? (const char *const[]){ "3", NULL }
                                                : args;
            struct value out;

            if (n == 2 && t->args[1].type == FIELD_INT)
                given = (const char *const[]){ "3", "3", NULL };
            begin();
            (void)!transform(full, given, (struct str){ bytes, lengths[k] }, &out);
            arena_free(&arena);
        }
    }
}

int main(void)
{
    TEST_RUN(makes_of_texts_what_the_table_says, survives_any_bytes);
}
