/* SPDX-License-Identifier: BSD-2-Clause */
/* "pattern\ntext": both engines agree on whether there is a match, and where. */
#include "base/regex.h"
#include "base/regex_posix.h"
#include <regex.h>

enum { GROUPS = 5 };

/* The C library needs time and memory beyond measure for nested and large intervals and for
 * references back; those are not compared. */
static bool is_costly(struct str pattern)
{
    unsigned repetitions = 0;

    for (size_t i = 0; i < pattern.n; i++)
        repetitions += strchr("*+?{\\", pattern.p[i]) != NULL;
    return regex_is_huge(pattern, 300) || pattern.n > 40 || repetitions > 6 ||
           str_find(pattern, '{') < pattern.n || str_find(pattern, '\0') < pattern.n;
}

static void compare(const struct regex *ours, struct str pattern, struct str text)
{
    char z[64], copy[256];
    regex_t theirs;
    regmatch_t want = { 0, (regoff_t)text.n };
    struct regex_span got;
    err_t e;
    int rc;

    memcpy(z, pattern.p, pattern.n);
    z[pattern.n] = '\0';
    rc = regcomp(&theirs, z, REG_EXTENDED);
    ASSERT(!rc == !!ours);
    if (rc)
        return;
    if (text.n)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    rc = regexec(&theirs, copy, 1, &want, REG_STARTEND);
    regfree(&theirs);
    e = regex_match(ours, text, &got, 1);
    if (e == ERR_LIMIT || (rc && rc != REG_NOMATCH))
        return;
    ASSERT((rc == 0) == (e == ERR_OK));
    if (rc == 0)
        ASSERT(got.from == (size_t)want.rm_so);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size }, pattern = str_split(&text, '\n');
    struct regex *r = NULL;
    struct buf why;

    if (str_find(text, '\0') < text.n || pattern.n > 200 || text.n > 200 || is_costly(pattern))
        return 0;
    buf_init(&why, MEM_OTHER);
    if (regex_compile(pattern, 0, &r, &why) == ERR_OK) {
        struct regex_span spans[GROUPS];

        if (regex_match(r, text, spans, GROUPS) == ERR_OK)
            for (size_t i = 0; i < GROUPS; i++)
                ASSERT(spans[i].from == (size_t)-1 ||
                       (spans[i].from <= spans[i].to && spans[i].to <= text.n));
    } else {
        ASSERT(why.n > 0);
    }
    compare(r, pattern, text);
    regex_free(r);
    buf_free(&why);
    return 0;
}
