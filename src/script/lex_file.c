/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: reading them, and which one an include_file means. */
#include "script/lex_state.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads a whole file into the arena. */
static err_t read_all(struct arena *a, const char *name, struct str *out)
{
    int fd = strcmp(name, "-") == 0 ? dup(0) : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    struct buf b;
    ssize_t n = 0;
    err_t e = ERR_OK;

    if (fd < 0)
        return err_of_errno(errno);
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return ERR_TYPE;
    }
    buf_init(&b, MEM_CONFIG);
    while (b.n <= LEX_FILE_MAX && (n = read(fd, buf_room(&b, 65536), 65536)) > 0)
        b.n += (size_t)n;
    if (n < 0)
        e = err_of_errno(errno);
    else if (b.n > LEX_FILE_MAX)
        e = ERR_LIMIT;
    else
        *out = arena_dup(a, buf_str(&b));
    buf_free(&b);
    close(fd);
    return e;
}

static void push_file(struct lexer *l, struct str name, struct str text,
                      const struct place *included)
{
    struct source *source = ARENA_NEW(l->arena, struct source);
    struct input *in = ARENA_NEW(l->arena, struct input);
    struct str *files = ARENA_ARRAY(l->arena, struct str, l->n_files + 1);

    source->name = name;
    source->text = text;
    source->included = *included;
    if (l->n_files)
        memcpy(files, l->files, l->n_files * sizeof *files);
    files[l->n_files++] = name;
    l->files = files;
    *in = (struct input){ .up = l->input,
                          .source = source,
                          .text = text,
                          .line = 1,
                          .col = 1,
                          .line_start = true,
                          .conditions = l->n_conditions };
    l->input = in;
    l->file_depth++;
    if (str_starts(text, STR("\xef\xbb\xbf")))
        in->at = 3;
}

bool lex_open(struct lexer *l, struct str name, struct str text, const struct place *included)
{
    err_t e = ERR_OK;

    name = arena_dup(l->arena, name);
    if (!text.p && !(l->reader && l->reader->read(l->reader->ctx, name, &text)))
        e = read_all(l->arena, name.p, &text);
    if (e == ERR_OK && str_find(text, '\0') < text.n)
        e = ERR_SYNTAX;
    if (e == ERR_OK)
        push_file(l, name, text, included);
    else
        diag_fault(l->diag, included, "cannot read " STR_FMT ": %s", STR_ARG(name),
                   e == ERR_NOT_FOUND ? "there is no such file"
                   : e == ERR_SYNTAX  ? "it is no text"
                   : e == ERR_TYPE    ? "it is a directory"
                   : e == ERR_LIMIT   ? "it is longer than 16 MB"
                   : e == ERR_DENIED  ? "permission is denied"
                                      : err_text(e));
    return e == ERR_OK;
}

static bool includes_itself(const struct lexer *l, struct str name)
{
    for (const struct input *in = l->input; in; in = in->up)
        if (in->source && str_eq(in->source->name, name))
            return true;
    return false;
}

static bool is_file(const struct lexer *l, struct str name, int mode)
{
    return (l->reader && l->reader->read(l->reader->ctx, name, NULL)) || access(name.p, mode) == 0;
}

/* As given, then beside the file that includes it. */
static struct str find_file(struct lexer *l, struct str name)
{
    const struct input *in = l->input;
    struct str folder = { 0 };
    struct str beside;

    name = arena_dup(l->arena, name);
    while (in && in->macro)
        in = in->up;
    if (name.n == 0 || name.p[0] == '/' || is_file(l, name, R_OK) || !in)
        return name;
    for (size_t i = 0; i < in->source->name.n; i++)
        if (in->source->name.p[i] == '/')
            folder = str_cut(in->source->name, 0, i + 1);
    beside = arena_fmt(l->arena, STR_FMT STR_FMT, STR_ARG(folder), STR_ARG(name));
    return is_file(l, beside, R_OK) ? beside : name;
}

void lex_include(struct lexer *l, struct str name, bool must_exist, const struct place *at)
{
    struct str file = find_file(l, name);

    if (!must_exist && !is_file(l, file, F_OK))
        return;
    if (includes_itself(l, file)) {
        diag_fault(l->diag, at, STR_FMT " includes itself", STR_ARG(file));
        return;
    }
    if (l->file_depth > LEX_INCLUDE_DEPTH || l->n_files >= LEX_FILES_MAX) {
        diag_fault(l->diag, at, "files are included more than %d deep", LEX_INCLUDE_DEPTH);
        return;
    }
    lex_open(l, file, STR_NONE, at);
}
