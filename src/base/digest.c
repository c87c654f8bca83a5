/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/digest.h"
#include "base/buf.h"
#include "base/openssl.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

static const char *const names[DIGEST_COUNT] = {
    [DIGEST_MD5] = "MD5",       [DIGEST_SHA1] = "SHA1",     [DIGEST_SHA256] = "SHA256",
    [DIGEST_SHA384] = "SHA384", [DIGEST_SHA512] = "SHA512",
};
static const unsigned char sizes[DIGEST_COUNT] = { 16, 20, 32, 48, 64 };

static struct {
    pthread_once_t once;
    EVP_MD *kinds[DIGEST_COUNT];
    pthread_key_t context; /* one EVP_MD_CTX per thread */
} self = { .once = PTHREAD_ONCE_INIT };

static void free_context(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

/* Fetching a digest takes locks and look-ups, so it is done once. */
static void fetch(void)
{
    for (unsigned i = 0; i < DIGEST_COUNT; i++) {
        self.kinds[i] = EVP_MD_fetch(NULL, names[i], NULL);
        ASSERT(self.kinds[i]);
    }
    ASSERT(pthread_key_create(&self.context, free_context) == 0);
}

static EVP_MD_CTX *context(void)
{
    EVP_MD_CTX *ctx;

    pthread_once(&self.once, fetch);
    ctx = pthread_getspecific(self.context);
    if (!ctx) {
        ctx = EVP_MD_CTX_new();
        ASSERT(ctx);
        ASSERT(pthread_setspecific(self.context, ctx) == 0);
    }
    return ctx;
}

size_t digest_size(enum digest kind)
{
    ASSERT((unsigned)kind < DIGEST_COUNT);
    return sizes[kind];
}

void digest_raw(enum digest kind, const struct str *pieces, size_t n, unsigned char *out)
{
    EVP_MD_CTX *ctx = context();
    bool good;

    ASSERT((unsigned)kind < DIGEST_COUNT);
    good = EVP_DigestInit_ex2(ctx, self.kinds[kind], NULL) == 1;
    for (size_t i = 0; i < n; i++)
        good = good && (pieces[i].n == 0 || EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n) == 1);
    good = good && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    ASSERT(good);
}

struct str digest_hex(enum digest kind, const struct str *pieces, size_t n, char *out)
{
    unsigned char raw[DIGEST_MAX];
    struct buf b;

    digest_raw(kind, pieces, n, raw);
    buf_fixed(&b, out, DIGEST_HEX_MAX - 1);
    buf_hex(&b, (struct str){ (const char *)raw, digest_size(kind) });
    out[b.n] = '\0';
    return buf_str(&b);
}

/* RFC 2104. */
void digest_hmac(enum digest kind, struct str key, struct str text, unsigned char *out)
{
    unsigned char short_key[DIGEST_MAX], inner[128], outer[128], first[DIGEST_MAX];
    size_t block = kind >= DIGEST_SHA384 ? 128 : 64;

    if (key.n > block) {
        digest_raw(kind, &key, 1, short_key);
        key = (struct str){ (const char *)short_key, digest_size(kind) };
    }
    for (size_t i = 0; i < block; i++) {
        unsigned char k = i < key.n ? (unsigned char)key.p[i] : 0;

        inner[i] = k ^ 0x36;
        outer[i] = k ^ 0x5c;
    }
    digest_raw(kind, (struct str[]){ { (const char *)inner, block }, text }, 2, first);
    digest_raw(kind,
               (struct str[]){ { (const char *)outer, block },
                               { (const char *)first, digest_size(kind) } },
               2, out);
    OPENSSL_cleanse(short_key, sizeof short_key);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
}

bool secret_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}
