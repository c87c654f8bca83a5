/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/crypto/aes.h"
#include "modules/script_test.h"

#define ENC(text, key) "crypto_aes_encrypt(\"" text "\", \"" key "\", \"$var(e)\")"

/* The ciphertexts are the packaged server's. */
static void encrypts_as_the_packaged_server(void **state)
{
    static const struct script_row rows[] = {
        { ENC("hello world", "my-secret-key"), "$rc $var(e)", "1 MuhlIZQM5lroUpmDw3SrTA==" },
        { ENC("hello world", "0123456789abcdef"), "$var(e)", "ECJ0ggx9S/Hz7v9MAedI5A==" },
        { ENC("", "k"), "$var(e)", "5tUytd4hpc7bfYSdQno7ng==" },
        { ENC("x", ""), "$var(e)", "8ro3Qh+PxQ0Ud6SnJLLE5w==" },
        { ENC("$ru", "k") "; crypto_aes_decrypt(\"$var(e)\", \"k\", \"$avp(d)\")", "$rc $avp(d)",
          "1 sip:bob@example.org;x=1" },
        { "$var(d) = 1; crypto_aes_decrypt(\"MuhlIZQM5lroUpmDw3SrTA==\", \"other\", \"$var(d)\")",
          "$rc $var(d)", "-1 1" },
        { "$var(d) = 1; crypto_aes_decrypt(\"???\", \"other\", \"$var(d)\")", "$rc $var(d)",
          "-1 1" },
        { "$var(d) = 1; crypto_aes_decrypt(\"aGVsbG8=\", \"k\", \"$var(d)\")", "$rc $var(d)",
          "-1 1" },
        { "crypto_hmac_sha256(\"hello world\", \"my-secret-key\", \"$var(h)\")", "$rc $var(h)",
          "1 kOsYLYOW8W1DQdWCBH9FwKl9cziMU3fZztR4oiEila0" },
        { "crypto_hmac_sha256(\"x\", \"\", \"$var(h)\")", "$var(h)",
          "TLyWCZpkZ84AJGHxBUm0iYJl6-YYi0XvrMRCk1FuYsQ" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"crypto.so\"", rows);
}

static void encrypts_without_salt(void **state)
{
    static const struct script_row rows[] = {
        { ENC("hello world", "my-secret-key"), "$var(e)", "GiEPS80WzlXn9rR5PpV9JQ==" },
        { ENC("hello world", "0123456789abcdef"), "$var(e)", "q3SuIEZUr3is90DlkwVVMQ==" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"crypto.so\"\nmodparam(\"crypto\", \"salt\", \"\")", rows);
}

#define KEY16 "MDEyMzQ1Njc4OWFiY2RlZg=="
#define KEY32 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

static void takes_keys_as_they_are(void **state)
{
    static const struct script_row rows[] = {
        { ENC("hello world", KEY16), "$rc $var(e)",
          "1 MTIzNDU2Nzg5MTIzNDU2N5Lkn/XKNJ4eJlNU0iiibrI=" },
        { ENC("hello world", KEY32), "$rc $var(e)",
          "1 MTIzNDU2Nzg5MTIzNDU2NxQPmiEXHMqLS25EdAPQeuY=" },
        { ENC("hello world", "my-secret-key"), "$rc", "-1" },
        { ENC("hello world", "MDEy"), "$rc", "-1" },
        { "crypto_aes_decrypt(\"MTIzNDU2Nzg5MTIzNDU2N5Lkn/XKNJ4eJlNU0iiibrI=\", \"" KEY16
          "\", \"$var(d)\")",
          "$rc $var(d)", "1 hello world" },
        { "crypto_aes_decrypt(\"MTIzNDU2Nzg5MTIzNDU2Nw==\", \"" KEY16 "\", \"$var(d)\")", "$rc",
          "-1" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"crypto.so\"\nmodparam(\"crypto\", \"key_derivation\", 0)\n"
                 "modparam(\"crypto\", \"init_vector\", \"MTIzNDU2Nzg5MTIzNDU2Nw==\")",
                 rows);
}

static void uses_a_vector_once(void **state)
{
    static const struct script_row rows[] = {
        { ENC("same", KEY16) "; $var(f) = $var(e); " ENC(
              "same", KEY16) "; if ($var(e) != $var(f)) "
                             "$var(differ) = 1; crypto_aes_decrypt(\"$var(f)\", \"" KEY16
                             "\", \"$var(d)\")",
          "$var(differ) $var(d) $(var(e){s.len})", "1 same 44" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"crypto.so\"\nmodparam(\"crypto\", \"key_derivation\", 0)", rows);
}

/* Pairs seen in the packaged server. */
static void makes_salts_as_the_packaged_server(void **state)
{
    static const struct {
        const char *text;
        unsigned char salt[SALT];
    } rows[] = {
        { "k8hTm4aZ", { 178, 158, 81, 228, 85, 194, 183, 229 } },
        { "AAAAAAAA", { 139, 104, 106, 220, 239, 81, 83, 182 } },
        { "BBBBBBBB", { 146, 132, 222, 37, 174, 144, 77, 135 } },
        { "ZZZZZZZZ", { 59, 42, 33, 30, 45, 180, 22, 63 } },
        { "00000000", { 20, 141, 132, 227, 162, 189, 56, 75 } },
        { "zzzzzzzz", { 28, 173, 12, 149, 212, 36, 122, 167 } },
        { "AAAAAAAAxyz", { 139, 104, 106, 220, 239, 81, 83, 182 } },
        { "JAAAAAAA", { 202, 38, 97, 175, 225, 238, 56, 194 } },
    };
    unsigned char got[SALT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        salt_of_text(str_of(rows[i].text), got);
        assert_memory_equal(got, rows[i].salt, SALT);
    }
}

int main(void)
{
    TEST_RUN(encrypts_as_the_packaged_server, encrypts_without_salt, takes_keys_as_they_are,
             uses_a_vector_once, makes_salts_as_the_packaged_server);
}
