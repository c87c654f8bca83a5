/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/base64.h"
#include "base/test.h"

static const struct {
    const char *bytes, *text; /* RFC 4648, 10 */
} vectors[] = { { "", "" },
                { "f", "Zg==" },
                { "fo", "Zm8=" },
                { "foo", "Zm9v" },
                { "foob", "Zm9vYg==" },
                { "fooba", "Zm9vYmE=" },
                { "foobar", "Zm9vYmFy" } };

static void encodes_and_decodes_the_vectors(void **state)
{
    char space[64];
    struct buf b;

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        buf_fixed(&b, space, sizeof space);
        base64_encode(&b, str_of(vectors[i].bytes), BASE64_PADDING);
        assert_true(str_eq(buf_str(&b), str_of(vectors[i].text)));
        buf_fixed(&b, space, sizeof space);
        assert_err(base64_decode(&b, str_of(vectors[i].text), BASE64_PADDING), ERR_OK);
        assert_true(str_eq(buf_str(&b), str_of(vectors[i].bytes)));
    }
}

static void keeps_the_alphabets_apart(void **state)
{
    char space[64];
    struct buf b;

    (void)state;
    buf_fixed(&b, space, sizeof space);
    base64_encode(&b, STR("\xff\xef\xfe"), BASE64_URL);
    assert_true(str_eq(buf_str(&b), STR("_-_-")));
    assert_err(base64_decode(&b, STR("_-_-"), 0), ERR_SYNTAX);
    assert_err(base64_decode(&b, STR("/+/+"), BASE64_URL), ERR_SYNTAX);
    assert_err(base64_decode(&b, STR("Zg"), BASE64_PADDING), ERR_SYNTAX);
    assert_err(base64_decode(&b, STR("Zg"), 0), ERR_OK);
    assert_err(base64_decode(&b, STR("Z\0g="), 0), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes_the_vectors),
        cmocka_unit_test(keeps_the_alphabets_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
