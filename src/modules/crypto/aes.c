/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/crypto/aes.h"
#include "base/base64.h"
#include "base/openssl.h"
#include <limits.h>
#include <openssl/evp.h>

enum { DERIVE_ROUNDS = 5, SALT_MODULUS = 255, SALT_FACTOR = 7, SALT_BEGIN = 194 };

/* What the packaged server does, seen from outside: a running sum over the characters, whose bytes
 * count as signed from one step to the next. */
void salt_of_text(struct str text, unsigned char *salt)
{
    int last = 0;

    for (int i = 0; i < SALT; i++) {
        int sum = SALT_FACTOR * (signed char)text.p[i];

        sum += i ? (i + 2) * last : SALT_BEGIN;
        salt[i] = (unsigned char)(sum % SALT_MODULUS);
        last = salt[i] > SCHAR_MAX ? salt[i] - UCHAR_MAX - 1 : salt[i];
    }
}

err_t aes_key_derive(struct str password, const unsigned char *salt, struct aes_key *out)
{
    int n;

    if (password.n > INT_MAX)
        return ERR_LIMIT;
    n = EVP_BytesToKey(EVP_aes_256_cbc(), EVP_sha1(), salt, (const unsigned char *)password.p,
                       (int)password.n, DERIVE_ROUNDS, out->key, out->iv);
    out->n = AES_KEY_MAX;
    return n == AES_KEY_MAX ? ERR_OK : ERR_RANGE;
}

err_t aes_key_read(struct str text, struct aes_key *out)
{
    struct buf b;
    err_t e;

    buf_init(&b, MEM_OTHER);
    e = base64_decode(&b, text, 0);
    if (!e && b.n != 16 && b.n != AES_KEY_MAX)
        e = ERR_RANGE;
    if (!e) {
        memcpy(out->key, b.p, b.n);
        out->n = b.n;
    }
    buf_free(&b);
    return e;
}

/* Both directions; OpenSSL's errors stay in this thread's queue no longer than this. */
static err_t run(const struct aes_key *k, int encrypt, struct str in, struct buf *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *kind = k->n == AES_KEY_MAX ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
    int n = 0, tail = 0;
    unsigned char *to;
    bool good;

    ASSERT(ctx);
    if (in.n > INT_MAX / 2) {
        EVP_CIPHER_CTX_free(ctx);
        return ERR_LIMIT;
    }
    to = (unsigned char *)buf_room(out, in.n + AES_IV);
    good = EVP_CipherInit_ex(ctx, kind, NULL, k->key, k->iv, encrypt) == 1 &&
           EVP_CipherUpdate(ctx, to, &n, (const unsigned char *)in.p, (int)in.n) == 1 &&
           EVP_CipherFinal_ex(ctx, to + n, &tail) == 1;
    EVP_CIPHER_CTX_free(ctx);
    ERR_clear_error();
    if (!good)
        return ERR_SYNTAX;
    out->n += (size_t)(n + tail);
    return ERR_OK;
}

err_t aes_encrypt(const struct aes_key *k, struct str text, struct buf *out)
{
    return run(k, 1, text, out);
}

err_t aes_decrypt(const struct aes_key *k, struct str bytes, struct buf *out)
{
    return run(k, 0, bytes, out);
}
