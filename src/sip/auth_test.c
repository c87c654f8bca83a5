/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/auth.h"
#include "sip/test.h"

/* The example of RFC 7616, 3.9.1, and its variants. */
#define CREDENTIALS(more)                                                                          \
    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\",\r\n uri=\"/dir/index.html\","    \
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\" , cnonce = "                           \
    "\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\",nc=00000001,"                                \
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"," more

TEST(computes_what_the_rfc_does)
{
    static const struct {
        const char *in;
        enum auth_algorithm algorithm;
    } table[] = {
        { "qop=auth,response=\"8ca523f5e9506fed4657c9700eebdbec\"", AUTH_MD5 },
        { "algorithm=MD5,qop=\"auth\",response=\"8CA523F5E9506FED4657C9700EEBDBEC\"", AUTH_MD5 },
        { "algorithm=md5-sess,qop=auth,response=e783283f46242139c486a698fec7211d", AUTH_MD5_SESS },
        { "qop=auth-int,response=\"9aaa3cbaec2406853a7cb784c6813d11\"", AUTH_MD5 },
        { "response=\"7b2cc3b30e75b4777ea31027084363fd\"", AUTH_MD5 },
        { "algorithm=SHA-256,qop=auth,response="
          "\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697c"
          "f8db5856cb6c1\"",
          AUTH_SHA256 },
        { "algorithm=SHA-256-sess,qop=auth,response="
          "\"2fd51b3a77ad75bad6afad6003e818d767133c46d9e274"
          "9e7f5232ae1ea3efd7\"",
          AUTH_SHA256_SESS },
        { "algorithm=SHA-256,qop=auth-int,response="
          "\"2fa9fd5a55eaefc542900085331c15a0d8dcebeb505811b"
          "dd82a5b1f49ae156e\"",
          AUTH_SHA256 },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[1024];
        struct digest_credentials c;
        struct digest_text ha1;
        int n = snprintf(text, sizeof text, "%s%s", CREDENTIALS(""), table[i].in);
        CHECK_CASE(digest_credentials_parse((struct str){ text, (size_t)n }, &c) == ERR_OK, text);
        CHECK(c.algorithm == table[i].algorithm && c.nc == 1);
        digest_ha1(c.algorithm, c.username, c.realm, STR("Circle of Life"), &ha1);
        CHECK_CASE(digest_check(&c, digest_text_str(&ha1), STR("GET"), STR("body")) == ERR_OK,
                   text);
        CHECK(digest_check(&c, digest_text_str(&ha1), STR("PUT"), STR("body")) == ERR_DENIED);
        c.response.n--;
        CHECK(digest_check(&c, digest_text_str(&ha1), STR("GET"), STR("body")) == ERR_DENIED);
    }
}

TEST(refuses_incomplete_and_ambiguous_credentials)
{
    static const struct {
        const char *in;
        err_t err;
    } table[] = {
        { "", ERR_SYNTAX },
        { "Digest", ERR_SYNTAX },
        { "Digest ", ERR_SYNTAX },
        { "Digest foo", ERR_SYNTAX },
        { "Basic QWxhZGRpbjo=", ERR_UNSUPPORTED },
        { CREDENTIALS("x=1"), ERR_SYNTAX },
        { CREDENTIALS("response=1,nonce=\"2\""), ERR_SYNTAX },
        { CREDENTIALS("response=1,"), ERR_SYNTAX },
        { CREDENTIALS("response=\"1"), ERR_SYNTAX },
        { CREDENTIALS("response=1 2"), ERR_SYNTAX },
        { "Digest username=a,realm=b,nonce=c,uri=d,response=e,qop=auth", ERR_SYNTAX },
        { "Digest username=a,realm=b,nonce=c,uri=d,response=e,qop=auth,cnonce=f,nc=1", ERR_SYNTAX },
        { "Digest username=a,realm=b,nonce=c,uri=d,response=e", ERR_OK },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct digest_credentials c;
        CHECK_CASE(digest_credentials_parse(str_of(table[i].in), &c) == table[i].err, table[i].in);
    }
}

TEST(does_not_guess_unknown_algorithms)
{
    struct digest_credentials c;

    CHECK(digest_credentials_parse(STR(CREDENTIALS("response=1,algorithm=X")), &c) == ERR_OK);
    CHECK(digest_check(&c, STR("x"), STR("GET"), STR("")) == ERR_UNSUPPORTED);
    CHECK(digest_credentials_parse(STR(CREDENTIALS("response=1,qop=x")), &c) == ERR_OK);
    CHECK(digest_check(&c, STR("x"), STR("GET"), STR("")) == ERR_UNSUPPORTED);
}

TEST(writes_what_it_reads)
{
    struct digest_challenge c = { .realm = STR("r"),
                                  .nonce = STR("n"),
                                  .qop_list = STR("auth"),
                                  .algorithm_text = STR("SHA-256"),
                                  .stale = true };
    struct digest_credentials got, sent = { .username = STR("u"),
                                            .realm = STR("r"),
                                            .nonce = STR("n"),
                                            .uri = STR("sip:a"),
                                            .response = STR("1") };
    struct buf b;

    buf_init(&b, MEM_OTHER);
    digest_challenge_write(&b, &c);
    CHECK_STR(buf_str(&b), STR("Digest realm=\"r\", nonce=\"n\", qop=\"auth\", stale=true, "
                               "algorithm=SHA-256"));
    CHECK(digest_challenge_parse(buf_str(&b), &c) == ERR_OK);
    CHECK(c.stale && c.offers_auth && !c.offers_auth_int && c.algorithm == AUTH_SHA256);
    buf_clear(&b);
    digest_credentials_write(&b, &sent);
    CHECK_STR(buf_str(&b), STR("Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", "
                               "response=\"1\""));
    CHECK(digest_credentials_parse(buf_str(&b), &got) == ERR_OK);
    buf_free(&b);
    CHECK(digest_challenge_parse(STR("Digest realm=\"r\""), &c) == ERR_SYNTAX);
}

RUN(CASE(computes_what_the_rfc_does), CASE(refuses_incomplete_and_ambiguous_credentials),
    CASE(does_not_guess_unknown_algorithms), CASE(writes_what_it_reads))
