/* SPDX-License-Identifier: BSD-2-Clause */
/* AES in CBC mode, with keys made from a password or given as they are. */
#pragma once
#include "base/buf.h"

enum { AES_KEY_MAX = 32, AES_IV = 16, SALT = 8 };

struct aes_key {
    unsigned char key[AES_KEY_MAX], iv[AES_IV];
    size_t n; /* 16 or 32 bytes of key */
};

/* The salt that the packaged server makes of the parameter `salt`: ciphertexts of the one are read
 * by the other. Of at least SALT characters. */
void salt_of_text(struct str text, unsigned char *salt);
/* Key and initial vector from a password; `salt` is NULL for none. */
err_t aes_key_derive(struct str password, const unsigned char *salt, struct aes_key *out) MUST_USE;
/* A key in base 64, of 16 or 32 bytes; leaves the vector alone. */
err_t aes_key_read(struct str text, struct aes_key *out) MUST_USE;
err_t aes_encrypt(const struct aes_key *k, struct str text, struct buf *out) MUST_USE;
/* ERR_SYNTAX: not what this key has encrypted. */
err_t aes_decrypt(const struct aes_key *k, struct str bytes, struct buf *out) MUST_USE;
