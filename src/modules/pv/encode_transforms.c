/* SPDX-License-Identifier: BSD-2-Clause */
/* {s.encode.*}, {s.escape.*}, digests: text in other alphabets. */
#include "base/base64.h"
#include "base/digest.h"
#include "modules/pv/transforms.h"
#include "sip/scan.h"
#include "sip/uri.h"
#include <zlib.h>

static err_t give_digest(struct call *c, const struct value *in, enum digest kind,
                         struct value *out)
{
    char hex[DIGEST_HEX_MAX];
    struct str s = text_in(c, in);

    return give_str(out, arena_dup(c->arena, digest_hex(kind, &s, 1, hex)));
}

#define DIGEST_TRANSFORM(fn, kind)                                                                 \
    TRANSFORM(fn)                                                                                  \
    {                                                                                              \
        (void)args;                                                                                \
        return give_digest(c, in, kind, out);                                                      \
    }
DIGEST_TRANSFORM(s_md5, DIGEST_MD5)
DIGEST_TRANSFORM(s_sha1, DIGEST_SHA1)
DIGEST_TRANSFORM(s_sha256, DIGEST_SHA256)
DIGEST_TRANSFORM(s_sha384, DIGEST_SHA384)
DIGEST_TRANSFORM(s_sha512, DIGEST_SHA512)

TRANSFORM(s_crc32)
{
    struct str s = text_in(c, in);

    (void)args;
    return give_int(out, (int64_t)crc32(0, (const Bytef *)(const void *)s.p, (uInt)s.n));
}

/* --- hexadecimal ------------------------------------------------------------------------------ */

TRANSFORM(s_encode_hexa)
{
    struct str s = text_in(c, in);
    struct buf b;

    (void)args;
    buf_fixed(&b, arena_alloc(c->arena, s.n * 2 + 1), s.n * 2 + 1);
    buf_hex(&b, s);
    return give_str(out, buf_str(&b));
}

static void add_hex(struct made *m, unsigned char byte, const char *digits)
{
    made_char(m, digits[byte >> 4]);
    made_char(m, digits[byte & 15]);
}

/* A digit without its pair at the end is left out. */
static bool from_hex(struct call *c, struct str s, struct made *m)
{
    *m = make_room(c, s.n / 2);
    for (size_t i = 0; i + 1 < s.n; i += 2) {
        int high = char_hex(s.p[i]), low = char_hex(s.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        made_char(m, (char)(high << 4 | low));
    }
    return true;
}

TRANSFORM(s_decode_hexa)
{
    struct made m;

    (void)args;
    return from_hex(c, text_in(c, in), &m) ? give_made(m, out) : ERR_SYNTAX;
}

/* --- seven bits in eight (3GPP 23.038 packing), as hexadecimal digits --------------------------
 */

static err_t give_upper_hex(struct call *c, struct made bytes, struct value *out)
{
    struct made m = make_room(c, bytes.n * 2);

    for (size_t i = 0; i < bytes.n; i++)
        add_hex(&m, (unsigned char)bytes.p[i], "0123456789ABCDEF");
    return give_made(m, out);
}

TRANSFORM(s_encode_7bit)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n);
    unsigned bits = 0, held = 0;

    (void)args;
    for (size_t i = 0; i < s.n; i++) {
        held |= (unsigned)(s.p[i] & 0x7f) << bits;
        bits += 7;
        if (bits >= 8) {
            made_char(&m, (char)(held & 0xff));
            held >>= 8;
            bits -= 8;
        }
    }
    if (bits)
        made_char(&m, (char)held);
    return give_upper_hex(c, m, out);
}

TRANSFORM(s_decode_7bit)
{
    struct made bytes, m;
    unsigned bits = 0, held = 0;
    struct str s;

    (void)args;
    if (!from_hex(c, text_in(c, in), &bytes))
        return ERR_SYNTAX;
    s = (struct str){ bytes.p, bytes.n };
    m = make_room(c, s.n * 8 / 7 + 1);
    for (size_t i = 0; i < s.n; i++) {
        held |= (unsigned)(unsigned char)s.p[i] << bits;
        bits += 8;
        while (bits >= 7) {
            made_char(&m, (char)(held & 0x7f));
            held >>= 7;
            bits -= 7;
        }
    }
    return give_made(m, out);
}

/* --- base 64 ---------------------------------------------------------------------------------- */

static err_t encode64(struct call *c, struct str s, unsigned flags, struct value *out)
{
    size_t room = (s.n + 2) / 3 * 4 + 1;
    struct buf b;

    buf_fixed(&b, arena_alloc(c->arena, room), room);
    base64_encode(&b, s, flags);
    return give_str(out, buf_str(&b));
}

static err_t decode64(struct call *c, struct str s, unsigned flags, struct value *out)
{
    struct buf b;
    err_t e;

    buf_fixed(&b, arena_alloc(c->arena, s.n + 1), s.n + 1);
    e = base64_decode(&b, s, flags);
    return e ? e : give_str(out, buf_str(&b));
}

#define TRANSFORM_64(fn, work, flags)                                                              \
    TRANSFORM(fn)                                                                                  \
    {                                                                                              \
        (void)args;                                                                                \
        return work(c, text_in(c, in), flags, out);                                                \
    }
TRANSFORM_64(s_encode_base64, encode64, BASE64_PADDING)
TRANSFORM_64(s_encode_base64t, encode64, 0)
TRANSFORM_64(s_encode_base64url, encode64, BASE64_URL | BASE64_PADDING)
TRANSFORM_64(s_encode_base64urlt, encode64, BASE64_URL)
TRANSFORM_64(s_decode_base64, decode64, BASE64_PADDING)
TRANSFORM_64(s_decode_base64t, decode64, 0)
TRANSFORM_64(s_decode_base64url, decode64, BASE64_URL | BASE64_PADDING)
TRANSFORM_64(s_decode_base64urlt, decode64, BASE64_URL)

/* --- base 58 ---------------------------------------------------------------------------------- */

static const char alphabet58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
enum { BASE58_MAX = 4096 };

/* Adds `carry` to the number `digits` (most significant first) times `factor`, in base `base`. */
static bool multiply_add(unsigned char *digits, size_t n, unsigned factor, unsigned carry,
                         unsigned base)
{
    for (size_t i = n; i-- > 0;) {
        unsigned v = digits[i] * factor + carry;
        digits[i] = (unsigned char)(v % base);
        carry = v / base;
    }
    return carry == 0;
}

TRANSFORM(s_encode_base58)
{
    struct str s = text_in(c, in);
    size_t zeros = 0, n, first;
    unsigned char *digits;
    struct made m;

    (void)args;
    if (s.n > BASE58_MAX)
        return ERR_LIMIT;
    n = s.n * 138 / 100 + 1;
    digits = arena_zalloc(c->arena, n);
    m = make_room(c, s.n + n);
    while (zeros < s.n && s.p[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < s.n; i++)
        if (!multiply_add(digits, n, 256, (unsigned char)s.p[i], 58))
            return ERR_LIMIT;
    for (first = 0; first < n && !digits[first]; first++)
        ;
    for (; zeros; zeros--)
        made_char(&m, alphabet58[0]);
    for (; first < n; first++)
        made_char(&m, alphabet58[digits[first]]);
    return give_made(m, out);
}

TRANSFORM(s_decode_base58)
{
    struct str s = text_in(c, in);
    size_t zeros = 0, first;
    unsigned char *bytes;
    struct made m;

    (void)args;
    if (s.n > BASE58_MAX)
        return ERR_LIMIT;
    bytes = arena_zalloc(c->arena, s.n + 1);
    m = make_room(c, s.n + 1);
    while (zeros < s.n && s.p[zeros] == alphabet58[0])
        zeros++;
    for (size_t i = zeros; i < s.n; i++) {
        const char *at = s.p[i] ? strchr(alphabet58, s.p[i]) : NULL;
        if (!at || !multiply_add(bytes, s.n + 1, 58, (unsigned)(at - alphabet58), 256))
            return ERR_SYNTAX;
    }
    for (first = 0; first < s.n + 1 && !bytes[first]; first++)
        ;
    for (; zeros; zeros--)
        made_char(&m, '\0');
    for (; first < s.n + 1; first++)
        made_char(&m, (char)bytes[first]);
    return give_made(m, out);
}

/* --- escapes ---------------------------------------------------------------------------------- */

/* Puts a backslash before each of `special`; in `letters` stands what follows it. */
static err_t add_backslashes(struct call *c, struct str s, const char *special, const char *letters,
                             struct value *out)
{
    struct made m = make_room(c, s.n * 2);

    for (size_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] ? strchr(special, s.p[i]) : special + strlen(special);
        bool nul_is_special = s.p[i] == '\0' && letters[strlen(special)];
        if (!at || (s.p[i] == '\0' && !nul_is_special)) {
            made_char(&m, s.p[i]);
            continue;
        }
        made_char(&m, '\\');
        made_char(&m, letters[at - special]);
    }
    return give_made(m, out);
}

/* And back; what is no such escape stays. */
static err_t drop_backslashes(struct call *c, struct str s, const char *special,
                              const char *letters, struct value *out)
{
    struct made m = make_room(c, s.n);

    for (size_t i = 0; i < s.n; i++) {
        const char *at =
            s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] ? strchr(letters, s.p[i + 1]) : NULL;
        if (at) {
            made_char(&m, special[at - letters]);
            i++;
        } else {
            made_char(&m, s.p[i]);
        }
    }
    return give_made(m, out);
}

/* The last letter of the second text stands for a NUL. */
static const char common_special[] = "'\"\\", common_letters[] = "'\"\\0";

TRANSFORM(s_escape_common)
{
    (void)args;
    return add_backslashes(c, text_in(c, in), common_special, common_letters, out);
}

TRANSFORM(s_unescape_common)
{
    (void)args;
    return drop_backslashes(c, text_in(c, in), common_special, common_letters, out);
}

TRANSFORM(s_escape_crlf)
{
    (void)args;
    return add_backslashes(c, text_in(c, in), "\r\n", "rn", out);
}

TRANSFORM(s_unescape_crlf)
{
    (void)args;
    return drop_backslashes(c, text_in(c, in), "\r\n", "rn", out);
}

static err_t give_escaped(struct call *c, struct str s, void (*escape)(struct buf *, struct str),
                          struct value *out)
{
    struct buf b;

    buf_fixed(&b, arena_alloc(c->arena, s.n * 3 + 1), s.n * 3 + 1);
    escape(&b, s);
    return give_str(out, buf_str(&b));
}

TRANSFORM(s_escape_user)
{
    (void)args;
    return give_escaped(c, text_in(c, in), uri_escape_user, out);
}

TRANSFORM(s_escape_param)
{
    (void)args;
    return give_escaped(c, text_in(c, in), uri_escape_param, out);
}

TRANSFORM(s_unescape_percent)
{
    struct str s = text_in(c, in);
    char *room = arena_alloc(c->arena, s.n + 1);
    size_t n;

    (void)args;
    if (uri_unescape(s, room, &n) != ERR_OK)
        return ERR_SYNTAX;
    return give_str(out, (struct str){ room, n });
}

TRANSFORM(s_escape_csv)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n * 2 + 2);

    (void)args;
    made_char(&m, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            made_char(&m, '"');
        made_char(&m, s.p[i]);
    }
    made_char(&m, '"');
    return give_made(m, out);
}

static bool is_unreserved(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           (ch && strchr("-_.~", ch));
}

TRANSFORM(s_urlencode_param)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n * 3);

    (void)args;
    for (size_t i = 0; i < s.n; i++) {
        if (is_unreserved(s.p[i])) {
            made_char(&m, s.p[i]);
        } else {
            made_char(&m, '%');
            add_hex(&m, (unsigned char)s.p[i], "0123456789abcdef");
        }
    }
    return give_made(m, out);
}

TRANSFORM(s_urldecode_param)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n);

    (void)args;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && i + 2 < s.n && char_hex(s.p[i + 1]) >= 0 &&
            char_hex(s.p[i + 2]) >= 0) {
            made_char(&m, (char)(char_hex(s.p[i + 1]) << 4 | char_hex(s.p[i + 2])));
            i += 2;
        } else {
            made_char(&m, s.p[i] == '+' ? ' ' : s.p[i]);
        }
    }
    return give_made(m, out);
}
