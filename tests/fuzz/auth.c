/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials and challenges: what was read can be checked, and written and read again. */
#include "sip/auth.h"

static void read_credentials(struct str in)
{
    struct digest_credentials c, again;
    struct digest_text ha1;
    struct buf b;

    if (digest_credentials_parse(in, &c))
        return;
    if (c.algorithm != AUTH_ALGORITHM_OTHER && c.qop != AUTH_QOP_OTHER) {
        digest_ha1(c.algorithm, c.username, c.realm, STR("x"), &ha1);
        ASSERT(digest_check(&c, digest_text_str(&ha1), STR("A"), in) != ERR_UNSUPPORTED);
    }
    buf_init(&b, MEM_OTHER);
    digest_credentials_write(&b, &c);
    if (digest_credentials_parse(buf_str(&b), &again) == ERR_OK) {
        ASSERT(str_eq(c.username, again.username) && str_eq(c.response, again.response));
        ASSERT(str_eq(c.nonce, again.nonce) && c.algorithm == again.algorithm);
    }
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = { (const char *)data, size };
    struct digest_challenge challenge;

    read_credentials(in);
    if (digest_challenge_parse(in, &challenge) == ERR_OK)
        ASSERT(challenge.realm.p && challenge.nonce.p);
    return 0;
}
