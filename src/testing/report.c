/* SPDX-License-Identifier: BSD-2-Clause */
/* Results for people and for other programs. */
#include "testing/report.h"
#include <stdio.h>

/* Text in XML: what XML 1.0 cannot hold becomes '?'. */
static void add_xml(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == '<')
            buf_addz(b, "&lt;");
        else if (c == '>')
            buf_addz(b, "&gt;");
        else if (c == '&')
            buf_addz(b, "&amp;");
        else if (c == '"')
            buf_addz(b, "&quot;");
        else if ((c < ' ' && c != '\n' && c != '\t') || c >= 0x7f)
            buf_char(b, '?');
        else
            buf_char(b, (char)c);
    }
}

static void add_attribute(struct buf *b, const char *name, struct str value)
{
    buf_fmt(b, " %s=\"", name);
    add_xml(b, value);
    buf_char(b, '"');
}

void report_begin(struct report *r, size_t n)
{
    buf_init(&r->xml, MEM_OTHER);
    if (r->tap)
        printf("TAP version 13\n1..%zu\n", n);
}

void report_file(struct report *r, struct str file)
{
    buf_addz(&r->xml, "  <testsuite");
    add_attribute(&r->xml, "name", file);
    buf_addz(&r->xml, ">\n");
}

void report_file_end(struct report *r)
{
    buf_addz(&r->xml, "  </testsuite>\n");
}

/* The first line that says why. */
static struct str reason_of(struct str text)
{
    str_split(&text, '\n');
    return str_trim(str_split(&text, '\n'));
}

static void add_case(struct report *r, struct str file, const struct outcome_of *o)
{
    buf_addz(&r->xml, "    <testcase");
    add_attribute(&r->xml, "classname", file);
    add_attribute(&r->xml, "name", o->test->name);
    add_attribute(&r->xml, "file", file);
    buf_fmt(&r->xml, " line=\"%u\" time=\"%.6f\"", o->test->at.line, (double)o->real_us / 1e6);
    if (o->verdict.passed) {
        buf_addz(&r->xml, "/>\n");
        return;
    }
    buf_addz(&r->xml, ">\n      <failure");
    add_attribute(&r->xml, "message", reason_of(o->text));
    buf_char(&r->xml, '>');
    add_xml(&r->xml, o->text);
    buf_addz(&r->xml, "</failure>\n    </testcase>\n");
}

static void print_indented(struct str text, const char *with)
{
    while (text.n) {
        struct str line = str_split(&text, '\n');

        printf("%s" STR_FMT "\n", with, STR_ARG(line));
    }
}

void report_test(struct report *r, struct str file, const struct outcome_of *o)
{
    const struct test *t = o->test;

    r->n++;
    r->failed += !o->verdict.passed;
    add_case(r, file, o);
    if (r->tap) {
        printf("%s %zu - " STR_FMT "\n", o->verdict.passed ? "ok" : "not ok", r->n,
               STR_ARG(t->name));
        print_indented(o->text, "# ");
    } else if (!o->verdict.passed) {
        printf("FAILED " STR_FMT ":%u: " STR_FMT "\n", STR_ARG(file), t->at.line, STR_ARG(t->name));
        print_indented(o->text, "  ");
    } else if (r->verbose) {
        printf("ok     " STR_FMT ":%u: " STR_FMT "  (%.1f ms; %.1f s of its time)\n", STR_ARG(file),
               t->at.line, STR_ARG(t->name), (double)o->real_us / 1000,
               (double)o->verdict.virtual_ms / 1000);
    }
}

bool report_end(struct report *r, int64_t real_us)
{
    FILE *f;
    bool ok = true;

    if (!r->tap)
        printf("%zu tests, %zu passed, %zu failed, in %.2f s\n", r->n, r->n - r->failed, r->failed,
               (double)real_us / 1e6);
    if (r->junit) {
        f = fopen(r->junit, "w");
        ok = f && fprintf(f,
                          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" "
                          "failures=\"%zu\" time=\"%.6f\">\n" STR_FMT "</testsuites>\n",
                          r->n, r->failed, (double)real_us / 1e6, STR_ARG(buf_str(&r->xml))) > 0;
        if (f)
            ok &= fclose(f) == 0;
        if (!ok)
            fprintf(stderr, "tandem test: cannot write %s\n", r->junit);
    }
    buf_free(&r->xml);
    return ok;
}

void report_coverage(const struct variant *v, const uint8_t *lines, unsigned n)
{
    const struct block *last = NULL;
    unsigned ran = 0, line;

    for (unsigned i = 0; i < n; i++)
        ran += lines[i] != 0;
    printf("coverage of " STR_FMT ": %u of %u lines of its routes ran\n", STR_ARG(v->config), ran,
           n);
    for (unsigned i = 0; i < n; i++) {
        const struct block *b = program_line(v->generation, i, &line);

        if (lines[i] || !b)
            continue;
        if (b != last) {
            struct buf name;

            buf_init(&name, MEM_OTHER);
            block_print(b, &name);
            printf("%s  " STR_FMT ": " STR_FMT " not:", last ? "\n" : "", STR_ARG(b->file),
                   STR_ARG(buf_str(&name)));
            buf_free(&name);
        }
        printf(" %u", line);
        last = b;
    }
    if (last)
        printf("\n");
}
