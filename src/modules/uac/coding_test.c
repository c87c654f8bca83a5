/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/uac/coding.h"

static struct arena arena;

static void writes_what_peers_read(void **state)
{
    (void)state;
    arena_init(&arena, MEM_OTHER, 1024);
    assert_text(uris_encode(STR("sip:alice@a.org"), STR("sip:anon@x.org"), STR(""), &arena),
                "AAAAAAACBg0lOE9BHRVn");
    assert_text(uris_encode(STR("sip:alice@a.org"), STR("sip:anon@x.org"), STR("secret"), &arena),
                "c2VjcmV2dWhGSio1bnAE");
    assert_text(uris_encode(STR("sip:bob@b.org"), STR("sip:zz@verylonghost.example.org"),
                            STR("secret"), &arena),
                "c2Vjcn1hUVNkLnNqewsEGgoHB0sGCgQZAwkGXAoGFA--");
    assert_text(uris_encode(STR("sip:ax@b.o"), STR("sip:aG@b.o"), STR(""), &arena),
                "AAAAAAA/AAAAAA--");
    arena_free(&arena);
}

static void gives_either_uri_for_the_other(void **state)
{
    struct str one = STR("sip:bob@b.org"), two = STR("sip:zz@verylonghost.example.org"), got, code;

    (void)state;
    arena_init(&arena, MEM_OTHER, 1024);
    code = uris_encode(one, two, STR("pw"), &arena);
    assert_err(uris_decode(code, one, STR("pw"), &arena, &got), ERR_OK);
    assert_str(got, two);
    assert_err(uris_decode(code, two, STR("pw"), &arena, &got), ERR_OK);
    assert_str(got, one);
    arena_free(&arena);
}

static void refuses_what_fits_no_uri(void **state)
{
    static const char *const bad[] = {
        "", "A", "AAAAA", "AA!A", "AAAA", "AAAAAAACBg0lOE9BHRVnAAAA", "/////////////////////w--"
    };
    struct str got;

    (void)state;
    arena_init(&arena, MEM_OTHER, 1024);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (uris_decode(str_of(bad[i]), STR("sip:alice@a.orgX"), STR(""), &arena, &got) == ERR_OK)
            fail_msg("%s", bad[i]);
    arena_free(&arena);
}

int main(void)
{
    TEST_RUN(writes_what_peers_read, gives_either_uri_for_the_other, refuses_what_fits_no_uri);
}
