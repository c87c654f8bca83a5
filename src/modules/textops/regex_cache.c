/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns that are known only at run time: compiled once per worker, the least recently used go.
 */
#include "base/hash.h"
#include "base/log.h"
#include "base/regex.h"
#include "modules/textops/textops.h"
#include "rt/worker.h"

enum { SLOTS = 128 }; /* by hash; a newer pattern takes the place of an older one */

static _Thread_local struct {
    struct regex *patterns[SLOTS];
    unsigned flags[SLOTS];
    bool watched;
} cache;

void regex_cache_end(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < SLOTS; i++)
        regex_free(cache.patterns[i]);
    memset(&cache, 0, sizeof cache);
}

const struct regex *regex_now(struct str pattern, unsigned flags)
{
    size_t slot = hash_keyed(pattern) % SLOTS;
    struct regex **at = &cache.patterns[slot];
    struct buf why;

    if (!cache.watched && worker_self()) {
        worker_at_exit(regex_cache_end, NULL);
        cache.watched = true;
    }
    if (*at && cache.flags[slot] == flags && str_eq(regex_pattern(*at), pattern))
        return *at;
    regex_free(*at);
    *at = NULL;
    buf_init(&why, MEM_MODULE);
    if (regex_compile(pattern, flags, at, &why) != ERR_OK) {
        log_error("textops", "the pattern \"" STR_FMT "\" is malformed: " STR_FMT, STR_ARG(pattern),
                  STR_ARG(buf_str(&why)));
        *at = NULL;
    }
    cache.flags[slot] = flags;
    buf_free(&why);
    return *at;
}
