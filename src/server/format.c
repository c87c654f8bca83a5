/* SPDX-License-Identifier: BSD-2-Clause */
#include "server/format.h"
#include "base/file.h"
#include "script/layout.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT_FILE_MAX = 16 << 20 };

struct format_job {
    bool write, check;
    struct layout_style style;
};

static int usage(void)
{
    fprintf(stderr, "usage: tandem --format [-w | --check] [--indent=BLANKS] FILE...\n"
                    "Lays out configurations; prints them, or with\n"
                    "  -w, --write      writes files that change back\n"
                    "  --check          names files that would change, and ends with 1\n"
                    "  --indent=BLANKS  so many blanks per step instead of a tab\n"
                    "A FILE of - is standard input.\n");
    return 2;
}

static bool is_stdin(const char *file)
{
    return strcmp(file, "-") == 0;
}

static err_t read_file(const char *file, struct buf *out)
{
    int fd = is_stdin(file) ? dup(0) : open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    err_t e = ERR_OK;

    if (fd < 0)
        return err_of_errno(errno);
    while (out->n <= FORMAT_FILE_MAX && (n = read(fd, buf_room(out, 65536), 65536)) > 0)
        out->n += (size_t)n;
    if (n < 0)
        e = err_of_errno(errno);
    else if (out->n > FORMAT_FILE_MAX)
        e = ERR_LIMIT;
    close(fd);
    return e;
}

/* A new file with the mode and, where that is allowed, the owner of the old one takes its place at
 * once: a reader sees the one or the other, whole. */
static err_t replace(const char *file, struct str text)
{
    char *real = realpath(file, NULL); /* behind links */
    struct buf temp;
    struct stat st;
    err_t e = ERR_OK;
    int fd = -1;

    if (!real)
        return err_of_errno(errno);
    buf_init(&temp, MEM_CONFIG);
    buf_fmt(&temp, "%s.XXXXXX", real);
    buf_char(&temp, '\0');
    if (stat(real, &st) || (fd = mkostemp(temp.p, O_CLOEXEC)) < 0)
        e = err_of_errno(errno);
    if (!e && fchown(fd, st.st_uid, st.st_gid) && st.st_uid != geteuid())
        e = err_of_errno(errno);
    if (!e && (fchmod(fd, st.st_mode & 07777) || file_write_all(fd, text) || fsync(fd)))
        e = err_of_errno(errno);
    if (!e && rename(temp.p, real))
        e = err_of_errno(errno);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && e)
        unlink(temp.p);
    buf_free(&temp);
    free(real);
    return e;
}

static int fail(const char *file, const char *what, err_t e)
{
    fprintf(stderr, "tandem: cannot %s %s: %s\n", what, file, err_text(e));
    return 1;
}

static int deliver(const struct format_job *j, const char *file, struct str before,
                   struct str after)
{
    err_t e;

    if (j->check) {
        if (!str_eq(before, after))
            printf("%s\n", file);
        return !str_eq(before, after);
    }
    if (!j->write || is_stdin(file)) {
        fwrite(after.p, 1, after.n, stdout);
        return fflush(stdout) ? fail("standard output", "write", ERR_IO) : 0;
    }
    if (str_eq(before, after))
        return 0;
    e = replace(file, after);
    return e ? fail(file, "write", e) : 0;
}

static int format_file(const struct format_job *j, const char *file)
{
    struct diagnostics *d = diagnostics_new();
    struct buf text, out, report;
    int code = 1;
    err_t e;

    buf_init(&text, MEM_CONFIG);
    buf_init(&out, MEM_CONFIG);
    buf_init(&report, MEM_CONFIG);
    e = read_file(file, &text);
    if (e) {
        fail(file, "read", e);
    } else if ((e = layout_text(str_of(file), buf_str(&text), &j->style, &out, d)) == ERR_OK) {
        code = deliver(j, file, buf_str(&text), buf_str(&out));
    } else {
        diagnostics_print(d, &report, false);
        fwrite(report.p, 1, report.n, stderr);
        fprintf(stderr, "tandem: %s is left as it is: %s\n", file,
                e == ERR_STATE ? "laying it out would change it, please report this"
                               : "it cannot be read");
    }
    buf_free(&report);
    buf_free(&out);
    buf_free(&text);
    diagnostics_free(d);
    return code;
}

static bool read_indent(const char *text, struct layout_style *style)
{
    int64_t n;

    if (str_to_i64(str_of(text), &n) || n < 1 || n > LAYOUT_BLANKS_MAX) {
        fprintf(stderr, "tandem: option --indent: expected a number from 1 to %d, got \"%s\"\n",
                LAYOUT_BLANKS_MAX, text);
        return false;
    }
    style->blanks = (unsigned)n;
    return true;
}

int format_main(int argc, char **argv)
{
    static const struct option longs[] = { { "write", no_argument, NULL, 'w' },
                                           { "check", no_argument, NULL, 'c' },
                                           { "indent", required_argument, NULL, 'i' },
                                           { "help", no_argument, NULL, 'h' },
                                           { 0 } };
    struct format_job j = { 0 };
    int got, code = 0;

    optind = 1;
    while ((got = getopt_long(argc, argv, "wh", longs, NULL)) != -1) {
        if (got == 'w')
            j.write = true;
        else if (got == 'c')
            j.check = true;
        else if (got != 'i' || !read_indent(optarg, &j.style))
            return got == 'i' ? 2 : usage();
    }
    if (optind == argc || (j.write && j.check))
        return usage();
    for (int i = optind; i < argc; i++)
        code |= format_file(&j, argv[i]);
    return code;
}
