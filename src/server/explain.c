/* SPDX-License-Identifier: BSD-2-Clause */
#include "server/explain.h"
#include "base/nearest.h"
#include "core/conf.h"
#include "script/program.h"

static void print_warning(const struct warning *w, struct buf *out)
{
    buf_fmt(out,
            "%s\n    %s\n    %s\n    Instead: %s\n"
            "    To allow it: --no-warn=%s, or a comment \"# tandem: allow %s\" on the line or on "
            "the one above.\n",
            w->name, w->what, w->why, w->how, w->name, w->name);
}

bool explain_warning(struct str name, struct buf *out)
{
    const struct warning *w = warning_find(name);
    bool all = str_eq(name, STR("all"));
    struct nearest near;

    if (w)
        print_warning(w, out);
    nearest_begin(&near, name);
    for (const struct warning *i = script_warnings; i->name; i++) {
        nearest_offer(&near, str_of(i->name));
        if (all)
            print_warning(i, out);
    }
    if (w || all)
        return true;
    buf_fmt(out, "there is no warning \"" STR_FMT "\"", STR_ARG(name));
    if (near.best.n)
        buf_fmt(out, "; did you mean \"" STR_FMT "\"?", STR_ARG(near.best));
    buf_addz(out, "\nthere are:\n");
    for (const struct warning *i = script_warnings; i->name; i++)
        buf_fmt(out, "  %-22s %s\n", i->name, i->what);
    return false;
}

static void print_param(const struct field *f, struct buf *out)
{
    buf_fmt(out, "%s", f->name);
    for (const char *const *a = f->aliases; a && *a; a++)
        buf_fmt(out, ", %s", *a);
    buf_fmt(out, "\n    %s", field_type_name(f->type));
    if (f->max > f->min)
        buf_fmt(out, ", %lld to %lld", (long long)f->min, (long long)f->max);
    if (f->def)
        buf_fmt(out, "; default %s", f->def);
    buf_addz(out, f->runtime ? "; may change while running\n" : "\n");
    if (f->inert)
        buf_fmt(out, "    Accepted without effect: %s.\n", f->inert);
    else
        buf_fmt(out, "    %s\n", f->doc);
    if (f->differs)
        buf_fmt(out, "    Differs: %s\n", f->differs);
}

void explain_params(struct buf *out)
{
    size_t inert = 0;

    for (const struct field *f = core_conf_fields; f->name; f++) {
        inert += f->inert != NULL;
        if (!f->inert)
            print_param(f, out);
    }
    buf_fmt(out, "\nAccepted without effect (%zu):\n\n", inert);
    for (const struct field *f = core_conf_fields; f->name; f++)
        if (f->inert)
            print_param(f, out);
}
