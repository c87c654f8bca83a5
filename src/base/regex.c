/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/regex.h"
#include "base/regex_posix.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <regex.h>

/* Steps of one match. Ordinary patterns on messages need a few thousand. */
enum { MATCH_LIMIT = 1000000, SPANS_MAX = 64, JIT_STACK_FIRST = 32768, JIT_STACK_MAX = 1 << 20 };
/* So large may a pattern become by its repetitions; regcomp needs seconds for some thousands. */
enum { PCRE_NODES_MAX = 4000, POSIX_NODES_MAX = 500 };
static const char too_large[] = "too many nested repetitions";

struct regex {
    struct str pattern;
    pcre2_code *code; /* NULL: only regexec can run it */
    regex_t posix;
    bool has_posix; /* runs where spans are asked for, or always without `code` */
};

/* What matching needs, one per thread: a match does not suspend. */
struct scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* not the coroutine's */
};

static struct {
    pthread_once_t once;
    pthread_key_t key;
} self = { .once = PTHREAD_ONCE_INIT };

static void free_scratch(void *scratch)
{
    struct scratch *s = scratch;

    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->stack);
    mem_free(MEM_OTHER, s);
}

static void make_key(void)
{
    ASSERT(pthread_key_create(&self.key, free_scratch) == 0);
}

static struct scratch *scratch(void)
{
    struct scratch *s;

    pthread_once(&self.once, make_key);
    s = pthread_getspecific(self.key);
    if (s)
        return s;
    s = mem_zalloc(MEM_OTHER, sizeof *s);
    s->data = pcre2_match_data_create(SPANS_MAX, NULL);
    s->context = pcre2_match_context_create(NULL);
    s->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
    ASSERT(s->data && s->context);
    pcre2_set_match_limit(s->context, MATCH_LIMIT);
    if (s->stack) /* without JIT there is none */
        pcre2_jit_stack_assign(s->context, NULL, s->stack);
    ASSERT(pthread_setspecific(self.key, s) == 0);
    return s;
}

static err_t compile_pcre(struct regex *r, struct str text, uint32_t options, struct buf *why)
{
    int number;
    size_t at;
    unsigned char message[160];

    r->code = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &number, &at, NULL);
    if (!r->code) {
        pcre2_get_error_message(number, message, sizeof message);
        buf_fmt(why, "%s (at character %zu)", (char *)message, at + 1);
        return ERR_SYNTAX;
    }
    (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* without it, matching is just slower */
    return ERR_OK;
}

static err_t compile_posix(struct regex *r, unsigned flags, struct buf *why)
{
    int options = REG_EXTENDED, number;
    char message[160];

    if (str_find(r->pattern, '\0') < r->pattern.n) {
        buf_addz(why, "a zero byte in the pattern");
        return ERR_SYNTAX;
    }
    if (regex_is_huge(r->pattern, POSIX_NODES_MAX)) {
        buf_addz(why, too_large);
        return ERR_SYNTAX;
    }
    options |= flags & REGEX_ICASE ? REG_ICASE : 0;
    options |= flags & REGEX_NEWLINE ? REG_NEWLINE : 0;
    number = regcomp(&r->posix, r->pattern.p, options);
    if (number) {
        regerror(number, &r->posix, message, sizeof message);
        buf_addz(why, message);
        return ERR_SYNTAX;
    }
    r->has_posix = true;
    return ERR_OK;
}

/* Translated to PCRE2; to the C library as well where spans may differ, or alone where the pattern
 * cannot be translated. */
static err_t compile_translated(struct regex *r, unsigned flags, struct buf *why)
{
    uint32_t options = PCRE2_DOLLAR_ENDONLY;
    bool ambiguous = false;
    struct buf text, ignored;
    err_t e;

    if (regex_is_huge(r->pattern, PCRE_NODES_MAX)) {
        buf_addz(why, too_large);
        return ERR_SYNTAX;
    }
    options |= flags & REGEX_ICASE ? PCRE2_CASELESS : 0;
    options |= flags & REGEX_NEWLINE ? PCRE2_MULTILINE : PCRE2_DOTALL;
    buf_init(&text, MEM_OTHER);
    buf_init(&ignored, MEM_OTHER);
    e = regex_from_posix(r->pattern, flags & REGEX_NEWLINE, &text, &ambiguous);
    if (!e)
        e = compile_pcre(r, buf_str(&text), options, &ignored);
    buf_free(&text);
    buf_free(&ignored);
    return e || ambiguous ? compile_posix(r, flags, why) : ERR_OK;
}

err_t regex_compile(struct str pattern, unsigned flags, struct regex **out, struct buf *why)
{
    struct regex *r = mem_zalloc(MEM_OTHER, sizeof *r);
    err_t e;

    r->pattern = (struct str){ mem_strdup(MEM_OTHER, pattern), pattern.n };
    if (flags & REGEX_PCRE) {
        uint32_t options = flags & REGEX_ICASE ? PCRE2_CASELESS : 0;

        options |= flags & REGEX_NEWLINE ? PCRE2_MULTILINE : 0;
        e = compile_pcre(r, r->pattern, options, why);
    } else {
        e = compile_translated(r, flags, why);
    }
    if (e) {
        regex_free(r);
        return e;
    }
    *out = r;
    return ERR_OK;
}

void regex_free(struct regex *r)
{
    if (!r)
        return;
    pcre2_code_free(r->code);
    if (r->has_posix)
        regfree(&r->posix);
    mem_free(MEM_OTHER, (char *)(uintptr_t)r->pattern.p);
    mem_free(MEM_OTHER, r);
}

struct str regex_pattern(const struct regex *r)
{
    return r->pattern;
}

static const struct regex_span no_part = { (size_t)-1, (size_t)-1 };

static err_t match_posix(const struct regex *r, struct str text, struct regex_span *spans, size_t n)
{
    regmatch_t found[SPANS_MAX];
    /* REG_STARTEND needs no terminator, but the sanitizers' regexec looks for one. */
    char *copy = mem_strdup(MEM_OTHER, text);
    int rc;

    found[0] = (regmatch_t){ .rm_so = 0, .rm_eo = (regoff_t)text.n };
    rc = regexec(&r->posix, copy, SPANS_MAX, found, REG_STARTEND);
    mem_free(MEM_OTHER, copy);
    if (rc)
        return rc == REG_NOMATCH ? ERR_NOT_FOUND : ERR_LIMIT;
    for (size_t i = 0; i < n; i++)
        spans[i] = i >= SPANS_MAX || found[i].rm_so < 0
                       ? no_part
                       : (struct regex_span){ (size_t)found[i].rm_so, (size_t)found[i].rm_eo };
    return ERR_OK;
}

err_t regex_match(const struct regex *r, struct str text, struct regex_span *spans, size_t n)
{
    struct scratch *s;
    const size_t *found;
    int rc;

    n = spans ? n : 0;
    if (!r->code || (r->has_posix && n))
        return match_posix(r, text, spans, n);
    s = scratch();
    rc =
        pcre2_match(r->code, (PCRE2_SPTR)(text.n ? text.p : ""), text.n, 0, 0, s->data, s->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return ERR_NOT_FOUND;
    if (rc < 0)
        return ERR_LIMIT;
    rc = rc == 0 ? SPANS_MAX : rc; /* more groups than anybody asks for */
    found = pcre2_get_ovector_pointer(s->data);
    for (size_t i = 0; i < n; i++)
        spans[i] = i >= (size_t)rc || found[2 * i] == PCRE2_UNSET
                       ? no_part
                       : (struct regex_span){ found[2 * i], found[2 * i + 1] };
    return ERR_OK;
}
