/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of rules in the manner of hosts.allow. A line:
 *     left [EXCEPT left] : right [EXCEPT right]
 * where each side is ALL or a list of "regular expressions" with commas between. A rule applies
 * when an expression of each side matches and none of its exceptions does.
 *
 * A file is read when it is first needed in a generation and kept until the process ends: a text
 * that has not changed is not read again.
 */
#include "base/log.h"
#include "base/regex.h"
#include "modules/permissions/inner.h"
#include <stdio.h>
#include <sys/stat.h>

enum { FILE_MAX_BYTES = 1 << 20 };

struct expression {
    struct expression *next;
    struct regex *regex;
};
struct side {
    bool all, except_all;
    struct expression *wanted, *except;
};
struct rule {
    struct rule *next;
    struct side left, right;
};
struct rule_file {
    struct rule_file *next;
    struct arena arena;
    struct str path;
    struct timespec modified;
    unsigned generation; /* that last looked at the file */
    bool missing;
    struct rule *first;
};

/* Parsing. */

static void skip_blanks(struct str *s)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\r'))
        *s = str_skip(*s, 1);
}

static bool take_word(struct str *s, struct str word)
{
    skip_blanks(s);
    if (!str_istarts(*s, word))
        return false;
    *s = str_skip(*s, word.n);
    return true;
}

static err_t take_expression(struct str *s, struct arena *a, struct expression **list)
{
    struct expression *e;
    char space[128];
    struct buf why;
    size_t end;

    skip_blanks(s);
    if (s->n < 2 || s->p[0] != '"')
        return ERR_SYNTAX;
    end = str_find(str_skip(*s, 1), '"') + 1;
    if (end >= s->n)
        return ERR_SYNTAX;
    e = ARENA_NEW(a, struct expression);
    buf_fixed(&why, space, sizeof space);
    if (regex_compile(str_cut(*s, 1, end), REGEX_ICASE, &e->regex, &why))
        return ERR_SYNTAX;
    e->next = *list;
    *list = e;
    *s = str_skip(*s, end + 1);
    return ERR_OK;
}

static err_t take_list(struct str *s, struct arena *a, bool *all, struct expression **list)
{
    err_t e;

    if (take_word(s, STR("ALL"))) {
        *all = true;
        return ERR_OK;
    }
    do
        e = take_expression(s, a, list);
    while (!e && take_word(s, STR(",")));
    return e;
}

static err_t take_side(struct str *s, struct arena *a, struct side *side)
{
    err_t e = take_list(s, a, &side->all, &side->wanted);

    if (!e && take_word(s, STR("EXCEPT")))
        e = take_list(s, a, &side->except_all, &side->except);
    return e;
}

static err_t take_rule(struct str line, struct arena *a, struct rule *r)
{
    err_t e = take_side(&line, a, &r->left);

    if (!e && !take_word(&line, STR(":")))
        e = ERR_SYNTAX;
    if (!e)
        e = take_side(&line, a, &r->right);
    skip_blanks(&line);
    return e ? e : line.n && line.p[0] != '#' ? ERR_SYNTAX : ERR_OK;
}

static void free_expressions(struct expression *e)
{
    for (; e; e = e->next)
        regex_free(e->regex);
}

static void free_rule(struct rule *r)
{
    free_expressions(r->left.wanted);
    free_expressions(r->left.except);
    free_expressions(r->right.wanted);
    free_expressions(r->right.except);
}

struct rule_file *rule_file_parse(struct str text)
{
    struct rule_file *f = mem_zalloc(MEM_MODULE, sizeof *f);
    struct rule **last = &f->first;
    unsigned number = 0;

    arena_init(&f->arena, MEM_MODULE, 512);
    while (text.n) {
        struct str line = str_trim(str_split(&text, '\n'));
        struct rule *r;

        number++;
        if (line.n == 0 || line.p[0] == '#')
            continue;
        r = ARENA_NEW(&f->arena, struct rule);
        if (take_rule(line, &f->arena, r)) {
            log_error("permissions", "line %u is no rule: " STR_FMT, number, STR_ARG(line));
            free_rule(r);
            continue;
        }
        *last = r;
        last = &r->next;
    }
    return f;
}

void rule_files_free(struct rule_file *f)
{
    for (struct rule_file *next; f; f = next) {
        next = f->next;
        for (struct rule *r = f->first; r; r = r->next)
            free_rule(r);
        arena_free(&f->arena);
        mem_free(MEM_MODULE, f);
    }
}

/* Matching. */

static bool any_matches(const struct expression *e, struct str text)
{
    while (e && regex_match(e->regex, text, NULL, 0))
        e = e->next;
    return e != NULL;
}

static bool side_matches(const struct side *s, struct str text)
{
    return (s->all || any_matches(s->wanted, text)) && !s->except_all &&
           !any_matches(s->except, text);
}

bool rule_file_matches(const struct rule_file *f, struct str left, struct str right)
{
    for (const struct rule *r = f ? f->first : NULL; r; r = r->next) {
        if (side_matches(&r->left, left) && side_matches(&r->right, right))
            return true;
    }
    return false;
}

bool pair_allowed(const struct rule_file *allow, const struct rule_file *deny, struct str left,
                  struct str right)
{
    return rule_file_matches(allow, left, right) || !rule_file_matches(deny, left, right);
}

/* Files. */

struct str rule_path(struct arena *a, struct str name, struct str suffix)
{
    struct generation *gen = generation_peek();
    struct str folder = gen ? gen->file : STR("");
    size_t n = folder.n;

    while (n > 0 && folder.p[n - 1] != '/')
        n--;
    if (name.n && name.p[0] == '/')
        n = 0;
    return arena_fmt(a, STR_FMT STR_FMT STR_FMT, STR_ARG(str_cut(folder, 0, n)), STR_ARG(name),
                     STR_ARG(suffix));
}

static struct rule_file *known(struct str path)
{
    struct rule_file *f = atomic_load(&permissions_self.files);

    while (f && !str_eq(f->path, path))
        f = f->next;
    return f; /* the newest of this name comes first */
}

static struct rule_file *read_file(const char *path)
{
    struct rule_file *f;
    struct stat st;
    char *text;
    size_t n;
    FILE *file = fopen(path, "re");

    if (!file)
        return NULL;
    if (fstat(fileno(file), &st) || st.st_size > FILE_MAX_BYTES) {
        fclose(file);
        return NULL;
    }
    text = mem_alloc(MEM_MODULE, (size_t)st.st_size + 1);
    n = fread(text, 1, (size_t)st.st_size, file);
    fclose(file);
    f = rule_file_parse((struct str){ text, n });
    f->modified = st.st_mtim;
    mem_free(MEM_MODULE, text);
    return f;
}

static struct rule_file *look_again(struct str path, unsigned generation)
{
    struct rule_file *old = known(path), *f;
    char *name = mem_strdup(MEM_MODULE, path);
    struct stat st;

    if (old && !old->missing && stat(name, &st) == 0 &&
        memcmp(&st.st_mtim, &old->modified, sizeof st.st_mtim) == 0) {
        old->generation = generation;
        mem_free(MEM_MODULE, name);
        return old;
    }
    f = read_file(name);
    mem_free(MEM_MODULE, name);
    if (!f) {
        f = rule_file_parse(STR(""));
        f->missing = true;
    }
    f->path = arena_dup(&f->arena, path);
    f->generation = generation;
    f->next = atomic_load(&permissions_self.files);
    atomic_store(&permissions_self.files, f);
    return f;
}

const struct rule_file *rule_file_of(struct str path)
{
    struct generation *gen = generation_peek();
    unsigned generation = gen ? gen->number : 0;
    struct rule_file *f;

    pthread_mutex_lock(&permissions_self.lock);
    f = known(path);
    if (!f || f->generation != generation)
        f = look_again(path, generation);
    pthread_mutex_unlock(&permissions_self.lock);
    return f->missing ? NULL : f;
}
