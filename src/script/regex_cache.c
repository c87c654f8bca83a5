/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns that are known only at run time: each worker keeps the compiled ones, in pairs by hash
 * of which the one used longer ago makes room. So the two used last are always there. */
#include "base/hash.h"
#include "base/log.h"
#include "base/regex.h"
#include "rt/worker.h"
#include "script/value.h"

enum { PAIRS = 128 };

struct kept {
    struct regex *pattern;
    unsigned flags;
};

static _Thread_local struct {
    struct kept pairs[PAIRS][2]; /* the first of a pair was used last */
    bool watched;
} self;

void regex_cache_end(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < PAIRS; i++)
        for (size_t k = 0; k < 2; k++)
            regex_free(self.pairs[i][k].pattern);
    memset(&self, 0, sizeof self);
}

static bool is(const struct kept *k, struct str pattern, unsigned flags)
{
    return k->pattern && k->flags == flags && str_eq(regex_pattern(k->pattern), pattern);
}

err_t regex_cached(struct str pattern, unsigned flags, const struct regex **out, struct buf *why)
{
    struct kept *pair = self.pairs[hash_keyed(pattern) % PAIRS];
    struct regex *fresh;
    err_t e;

    if (!self.watched && worker_self()) {
        worker_at_exit(regex_cache_end, NULL);
        self.watched = true;
    }
    if (!is(&pair[0], pattern, flags)) {
        struct kept second = pair[1];

        if (!is(&second, pattern, flags)) {
            e = regex_compile(pattern, flags, &fresh, why);
            if (e)
                return e;
            regex_free(second.pattern);
            second = (struct kept){ fresh, flags };
        }
        pair[1] = pair[0];
        pair[0] = second;
    }
    *out = pair[0].pattern;
    return ERR_OK;
}

const struct regex *regex_now(struct str pattern, unsigned flags)
{
    const struct regex *found = NULL;
    char space[160];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    if (regex_cached(pattern, flags, &found, &why)) {
        log_error("script", "the pattern \"" STR_FMT "\" is malformed: " STR_FMT, STR_ARG(pattern),
                  STR_ARG(buf_str(&why)));
        return NULL;
    }
    return found;
}
