/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/hash.h"
#include "base/test.h"

static void hashes_as_others_do(void **state)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } rows[] = {
        /* made with CPython's SipHash-1-3 under a key of zeros */
        { "a", 0x407448d2b89b1813 },
        { "1234567", 0xa33d651594fdae81 },
        { "12345678", 0x3489982430560a87 },
        { "abcdefghi", 0xf89b34a3d11eb6e5 },
        { "a84b4c76e66710@pc33.atlanta.com", 0x2b5ed5506aa94fed },
    };

    (void)state;
    assert_true(hash_keyed(STR("a")) != rows[0].hash); /* the key is random */
    hash_set_key(0, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(hash_keyed(str_of(rows[i].text)) == rows[i].hash);
}

static void folds_case(void **state)
{
    static const char upper[] = "ABCXYZ@[`{ABCDEF0123";
    static const char lower[] = "abcxyz@[`{abcdef0123";
    char other[256], folded[256];

    (void)state;
    for (size_t n = 0; n < sizeof upper; n++)
        assert_true(hash_keyed_icase((struct str){ upper, n }) ==
                    hash_keyed((struct str){ lower, n }));
    for (int c = 0; c < 256; c++) {
        other[c] = (char)c;
        folded[c] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    assert_true(hash_keyed_icase((struct str){ other, 256 }) ==
                hash_keyed((struct str){ folded, 256 }));
}

static void hashes_fast(void **state)
{
    (void)state;
    assert_true(hash_fast(STR("")) == 0x2d06800538d394c2u); /* XXH3 of nothing, seed 0 */
    assert_true(hash_fast(STR_NONE) == hash_fast(STR("")));
    assert_true(hash_fast(STR("a")) != hash_fast(STR("b")));
}

static void digests(void **state)
{
    static const struct {
        enum digest kind;
        const char *hex;
    } rows[] = {
        /* of "abc": RFC 1321 A.5, FIPS 180 */
        { DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72" },
        { DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { DIGEST_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                         "8086072ba1e7cc2358baeca134c825a7" },
        { DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
    };
    char out[DIGEST_HEX_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str pieces[] = { STR("a"), STR_NONE, STR("bc") };

        assert_str(digest_hex(rows[i].kind, pieces, 3, out), str_of(rows[i].hex));
        assert_int_equal(digest_size(rows[i].kind) * 2, strlen(out));
    }
}

static void authenticates(void **state)
{
    static const char want[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    unsigned char mac[DIGEST_MAX];
    char long_key[131], space[128];
    struct buf b;

    (void)state;
    /* RFC 4231, test cases 2 and 6. */
    digest_hmac(DIGEST_SHA256, STR("Jefe"), STR("what do ya want for nothing?"), mac);
    buf_fixed(&b, space, sizeof space);
    buf_hex(&b, (struct str){ (char *)mac, 32 });
    assert_str(buf_str(&b), str_of(want));
    memset(long_key, 0xaa, sizeof long_key);
    digest_hmac(DIGEST_SHA512, (struct str){ long_key, sizeof long_key },
                STR("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
    buf_clear(&b);
    buf_hex(&b, (struct str){ (char *)mac, 8 });
    assert_text(buf_str(&b), "80b24263c7c1a3eb");
    assert_true(secret_eq(STR("abc"), STR("abc")));
    assert_false(secret_eq(STR("abc"), STR("abd")));
    assert_false(secret_eq(STR("abc"), STR("ab")));
}

static int64_t later(void)
{
    return 90500000;
}

static void takes_its_time_from_elsewhere(void **state)
{
    int64_t before = clock_us();

    (void)state;
    assert_true(clock_us() >= before);
    assert_true(clock_unix() > 1600000000);
    clock_simulate(later, 1000000000);
    assert_true(clock_ms() == 90500 && clock_unix() == 1090);
    clock_simulate(NULL, 0);
    assert_true(clock_unix() > 1600000000);
}

int main(void)
{
    TEST_RUN(hashes_as_others_do, folds_case, hashes_fast, digests, authenticates,
             takes_its_time_from_elsewhere);
}
