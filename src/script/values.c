/* SPDX-License-Identifier: BSD-2-Clause */
/* The operators of the language on values. */
#include "script/state.h"

/* Text as a number: decimal with a sign, or 0x…; "" is 0. False for anything else. */
static bool text_int(struct str s, int64_t *out)
{
    bool minus = s.n && s.p[0] == '-';
    uint64_t n = 0;

    *out = 0;
    if (s.n == 0)
        return true;
    if (s.p[0] == '-' || s.p[0] == '+')
        s = str_skip(s, 1);
    if (s.n > 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x') {
        for (size_t i = 2; i < s.n; i++) {
            char c = s.p[i];
            unsigned digit = c >= '0' && c <= '9'                 ? (unsigned)(c - '0')
                             : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10)
                                                                  : 16;

            if (digit > 15 || n >> 60)
                return false;
            n = n * 16 + digit;
        }
        *out = minus ? (int64_t)-n : (int64_t)n;
        return true;
    }
    if (s.n == 0 || str_to_i64(s, out) || s.p[0] == '-' || s.p[0] == '+') {
        *out = 0;
        return false;
    }
    if (minus)
        *out = -*out;
    return true;
}

bool value_as_int(const struct value *v, int64_t *out)
{
    if (v->type == VALUE_STR)
        return text_int(v->s, out);
    *out = v->type == VALUE_INT ? v->i : 0;
    return true;
}

int64_t value_int(const struct value *v)
{
    int64_t n;

    value_as_int(v, &n);
    return n;
}

/* The left side decides: numbers are added, all else is put together as text. */
struct value value_add(struct arena *a, const struct value *l, const struct value *r)
{
    struct str left, right;
    char *out;

    if (l->type == VALUE_INT)
        return VALUE_OF_INT((int64_t)((uint64_t)l->i + (uint64_t)value_int(r)));
    left = value_text(l, a);
    right = value_text(r, a);
    if (!right.n)
        return VALUE_OF_STR(left.p ? left : STR(""));
    out = arena_alloc(a, left.n + right.n + 1);
    if (left.n)
        memcpy(out, left.p, left.n);
    memcpy(out + left.n, right.p, right.n);
    out[left.n + right.n] = '\0';
    return VALUE_OF_STR(((struct str){ out, left.n + right.n }));
}

/* The left type decides, or the right one when the left is undefined; undefined is 0 or "". */
bool value_equal(struct arena *a, const struct value *l, const struct value *r)
{
    enum value_type by = l->type == VALUE_NULL ? r->type : l->type;

    if (by == VALUE_NULL)
        return true;
    if (by == VALUE_INT)
        return value_int(l) == value_int(r);
    return str_eq(value_text(l, a), value_text(r, a));
}

struct value value_unary(struct arena *a, enum tree_op op, const struct value *v)
{
    switch (op) {
    case OP_NEG: return VALUE_OF_INT((int64_t)(0 - (uint64_t)value_int(v)));
    case OP_NOT: return VALUE_OF_INT(!value_int(v));
    case OP_BITNOT: return VALUE_OF_INT(~value_int(v));
    case OP_INT: return VALUE_OF_INT(value_int(v));
    case OP_TEXT: return VALUE_OF_STR(value_text(v, a));
    case OP_DEFINED: return VALUE_OF_INT(v->type != VALUE_NULL);
    default: ASSERT(false); /* a unary operator */
    }
    return VALUE_NONE;
}

/* Shifts by more than 63 give 0, or -1 of a negative number to the right; a negative count shifts
 * by its lowest 6 bits, as processors do. */
static int64_t shift(enum tree_op op, int64_t l, int64_t r)
{
    uint64_t n = (uint64_t)r & 63;

    if (op == OP_LSHIFT)
        return r > 63 ? 0 : (int64_t)((uint64_t)l << n);
    if (r > 63)
        return l < 0 ? -1 : 0;
    return (int64_t)(l < 0 ? ~(~(uint64_t)l >> n) : (uint64_t)l >> n);
}

int64_t value_bits(enum tree_op op, int64_t l, int64_t r)
{
    switch (op) {
    case OP_BITAND: return l & r;
    case OP_BITOR: return l | r;
    case OP_XOR: return l ^ r;
    default: return shift(op, l, r);
    }
}

bool value_order(enum tree_op op, int64_t l, int64_t r)
{
    switch (op) {
    case OP_LT: return l < r;
    case OP_GT: return l > r;
    case OP_LE: return l <= r;
    default: return l >= r;
    }
}
