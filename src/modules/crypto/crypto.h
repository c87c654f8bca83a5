/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of crypto. */
#pragma once
#include "core/call.h"
#include "modules/crypto/aes.h"

struct crypto_conf {
    struct str salt;
    bool register_callid, key_derivation, register_evcb;
    struct str init_vector, netio_key, kevcb_netio;
    /* made of them */
    bool salted, has_vector;
    unsigned char salt_bytes[SALT], vector[AES_IV];
};
extern const struct module module_crypto;

/* With the key or password, as the parameters say. Appended to `out`. */
err_t crypto_encrypt(const struct crypto_conf *conf, struct str key, struct str text,
                     struct buf *out) MUST_USE;
err_t crypto_decrypt(const struct crypto_conf *conf, struct str key, struct str bytes,
                     struct buf *out) MUST_USE;

/* ---- netio.c: messages encrypted on the wire ---- */

void netio_start(void);
void netio_adopt(const struct crypto_conf *conf);
int crypto_netio_in(struct call *c);
int crypto_netio_out(struct call *c);
int crypto_netio_encrypt(struct call *c);
int crypto_netio_decrypt(struct call *c);
