/* SPDX-License-Identifier: BSD-2-Clause */
/* Encryption and keyed digests for scripts; Call-IDs that nobody can foresee. */
#include "modules/crypto/crypto.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/random.h"
#include "core/call.h"
#include "script/value.h"
#include "txn/txn.h"

struct crypt_args {
    struct str text, key;
    const struct var_ref *result;
};

static struct {
    struct module_slot slot;
} self;

static int fail(const char *what, err_t e)
{
    log_error("crypto", "%s: %s", what, err_text(e));
    return SCRIPT_FALSE;
}

static int give(struct call *c, const struct var_ref *to, const struct buf *b)
{
    struct value v = VALUE_OF_STR(arena_dup(c->arena, buf_str(b)));

    return var_set(c, to, &v) == ERR_OK ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* The key of one use; `conf` says whether it is a password. */
static err_t key_of(const struct crypto_conf *conf, struct str text, struct aes_key *out)
{
    if (conf->key_derivation)
        return aes_key_derive(text, conf->salted ? conf->salt_bytes : NULL, out);
    return aes_key_read(text, out);
}

/* Without derivation the initial vector goes before the ciphertext. */
err_t crypto_encrypt(const struct crypto_conf *conf, struct str key, struct str text,
                     struct buf *out)
{
    struct aes_key k = { .n = 0 };
    err_t e = key_of(conf, key, &k);

    if (e)
        return e;
    if (!conf->key_derivation) {
        if (conf->has_vector)
            memcpy(k.iv, conf->vector, sizeof k.iv);
        else
            random_bytes(k.iv, sizeof k.iv);
        buf_add(out, (struct str){ (const char *)k.iv, sizeof k.iv });
    }
    return aes_encrypt(&k, text, out);
}

err_t crypto_decrypt(const struct crypto_conf *conf, struct str key, struct str bytes,
                     struct buf *out)
{
    struct aes_key k = { .n = 0 };
    err_t e = key_of(conf, key, &k);

    if (e)
        return e;
    if (!conf->key_derivation) {
        if (bytes.n <= sizeof k.iv)
            return ERR_SYNTAX;
        memcpy(k.iv, bytes.p, sizeof k.iv);
        bytes = str_skip(bytes, sizeof k.iv);
    }
    return aes_decrypt(&k, bytes, out);
}

static int crypto_aes_encrypt(struct call *c, const struct crypt_args *a)
{
    struct buf bytes, text;
    err_t e;
    int code;

    buf_init(&bytes, MEM_OTHER);
    buf_init(&text, MEM_OTHER);
    e = crypto_encrypt(call_conf(c, &module_crypto), a->key, a->text, &bytes);
    base64_encode(&text, buf_str(&bytes), BASE64_PADDING);
    code = e ? fail("nothing is encrypted (a key must have 16 or 32 bytes)", e)
             : give(c, a->result, &text);
    buf_free(&bytes);
    buf_free(&text);
    return code;
}
EXPOSE(crypto_aes_encrypt, crypt_args)

static int crypto_aes_decrypt(struct call *c, const struct crypt_args *a)
{
    struct buf bytes, text;
    err_t e;
    int code;

    buf_init(&bytes, MEM_OTHER);
    buf_init(&text, MEM_OTHER);
    e = base64_decode(&bytes, a->text, 0);
    if (!e)
        e = crypto_decrypt(call_conf(c, &module_crypto), a->key, buf_str(&bytes), &text);
    code = e ? fail("nothing is decrypted (the wrong key, or another text)", e)
             : give(c, a->result, &text);
    buf_free(&bytes);
    buf_free(&text);
    return code;
}
EXPOSE(crypto_aes_decrypt, crypt_args)

static int crypto_hmac_sha256(struct call *c, const struct crypt_args *a)
{
    unsigned char mac[DIGEST_MAX];
    struct buf b;
    int code;

    digest_hmac(DIGEST_SHA256, a->key, a->text, mac);
    buf_init(&b, MEM_OTHER);
    base64_encode(&b, (struct str){ (const char *)mac, digest_size(DIGEST_SHA256) }, BASE64_URL);
    code = give(c, a->result, &b);
    buf_free(&b);
    return code;
}
EXPOSE(crypto_hmac_sha256, crypt_args)

/* A version 4 UUID (RFC 4122). */
static void make_call_id(struct buf *out)
{
    static const size_t groups[] = { 4, 2, 2, 2, 6 };
    unsigned char u[16];
    struct str rest = { (const char *)u, sizeof u };

    random_bytes(u, sizeof u);
    u[6] = (unsigned char)((u[6] & 0x0f) | 0x40);
    u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (i)
            buf_char(out, '-');
        buf_hex(out, str_cut(rest, 0, groups[i]));
        rest = str_skip(rest, groups[i]);
    }
}

static err_t prepare(struct load *l, void *args)
{
    const struct crypt_args *a = args;

    if (!a->result || var_is_writable(a->result))
        return ERR_OK;
    load_fault(l, "result", "expected a variable that can be set");
    return ERR_TYPE;
}

static err_t check(struct load *l, void *data)
{
    struct crypto_conf *conf = data;
    struct buf vector;
    err_t e;

    if (conf->salt.n && conf->salt.n < SALT)
        load_fault(l, "salt", "expected at least %d characters, or none at all", SALT);
    else if (conf->salt.n)
        salt_of_text(conf->salt, conf->salt_bytes);
    conf->salted = conf->salt.n >= SALT;
    if (!conf->init_vector.n)
        return ERR_OK;
    buf_init(&vector, MEM_CONFIG);
    e = base64_decode(&vector, conf->init_vector, 0);
    if (e || vector.n != AES_IV)
        load_fault(l, "init_vector", "expected %d bytes in base 64", AES_IV);
    else
        memcpy(conf->vector, vector.p, AES_IV);
    conf->has_vector = true;
    buf_free(&vector);
    return ERR_OK;
}

static void adopt(const void *data)
{
    const struct crypto_conf *conf = data;

    txn_make_call_ids(conf->register_callid ? make_call_id : NULL);
    netio_adopt(conf);
}

static err_t start(const void *conf)
{
    (void)conf;
    netio_start();
    return ERR_OK;
}

EXPOSE0(crypto_netio_in)
EXPOSE0(crypto_netio_out)
EXPOSE0(crypto_netio_encrypt)
EXPOSE0(crypto_netio_decrypt)

static void stop(void)
{
    txn_make_call_ids(NULL);
    net_set_cipher(NULL);
}

static const struct field crypt_args_fields[] = {
    FIELD(crypt_args, text, "The text."),
    FIELD(crypt_args, key, "The key or password."),
    FIELD(crypt_args, result, "Variable that gets the result."),
    { 0 },
};
static const struct outcome outcomes[] = {
    { 1, "the result is set" },
    { -1, "it could not be done; the result is left alone" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(crypto_aes_encrypt, crypt_args, "Encrypts a text with AES-CBC; the result is in base 64.",
         .returns = outcomes, .prepare = prepare),
    FUNC(crypto_aes_decrypt, crypt_args, "Decrypts what crypto_aes_encrypt() has made.",
         .returns = outcomes, .prepare = prepare),
    FUNC(crypto_hmac_sha256, crypt_args,
         "The HMAC-SHA256 of a text, in base 64 for URLs without padding.", .returns = outcomes,
         .prepare = prepare),
    FUNC0(crypto_netio_in, "Whether the datagram came in.", .routes = ROUTE_EVENT),
    FUNC0(crypto_netio_out, "Whether the datagram is about to leave.", .routes = ROUTE_EVENT),
    FUNC0(crypto_netio_encrypt, "Has the datagram that is about to leave encrypted.",
          .routes = ROUTE_EVENT),
    FUNC0(crypto_netio_decrypt, "Has the datagram that came in decrypted.", .routes = ROUTE_EVENT),
    { 0 },
};
static const struct event events[] = {
    { "crypto:netio", "With register_evcb: a datagram came in, or is about to leave." },
    { 0 },
};
static const struct field params[] = {
    FIELD(crypto_conf, salt,
          "Text of eight characters or more that a salt for derived keys is made of; empty: none.",
          .def = "k8hTm4aZ"),
    FIELD(crypto_conf, register_callid,
          "Call-IDs of requests that the server makes are random UUIDs (RFC 4122).", .def = "0"),
    FIELD(crypto_conf, key_derivation,
          "Keys are passwords, from which an AES-256 key and its initial vector are derived; 0: "
          "they are keys of 16 or 32 bytes in base 64, and the initial vector stands before the "
          "ciphertext.",
          .def = "1"),
    FIELD(crypto_conf, init_vector,
          "With key_derivation 0: the initial vector for encryption, 16 bytes in base 64; empty: "
          "a random one each time.",
          .def = ""),
    FIELD(
        crypto_conf, register_evcb,
        "event_route[crypto:netio] runs for each datagram; messages on streams are not concerned.",
        .def = "0"),
    FIELD(crypto_conf, netio_key, "The key or password of datagrams.", .def = ""),
    FIELD(crypto_conf, kevcb_netio, "The function of an embedded language for the event.",
          .def = "", .inert = "taken by the modules of embedded languages"),
    { 0 },
};

const struct module module_crypto = {
    .abi = MODULE_ABI,
    .name = "crypto",
    .doc = "Encryption and keyed digests.",
    .slot = &self.slot,
    .conf_size = sizeof(struct crypto_conf),
    .params = params,
    .funcs = funcs,
    .events = events,
    .check = check,
    .start = start,
    .adopt = adopt,
    .stop = stop,
};
