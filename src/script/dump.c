/* SPDX-License-Identifier: BSD-2-Clause */
/* The checked program as text: what a configuration has become. */
#include "base/regex.h"
#include "script/select.h"

static const char *const op_names[] = {
#define X(id) #id,
    CODE_TABLE(X)
#undef X
};

/* "SET_RET" becomes "set ret". */
static void print_op(enum code_op op, struct buf *out)
{
    for (const char *at = op_names[op] + sizeof "CODE_" - 1; *at; at++)
        buf_char(out, *at == '_' ? ' ' : (char)(*at | 32));
}

static void print_text(struct str s, struct buf *out)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n && i < 200; i++) {
        char c = s.p[i];

        if (c == '\n')
            buf_addz(out, "\\n");
        else if (c == '\r')
            buf_addz(out, "\\r");
        else if (c == '"' || c == '\\')
            buf_fmt(out, "\\%c", c);
        else
            buf_char(out, (unsigned char)c < 32 ? '?' : c);
    }
    buf_addz(out, s.n > 200 ? "…\"" : "\"");
}

static void print_value(const struct value *v, struct buf *out)
{
    if (v->type == VALUE_STR)
        print_text(v->s, out);
    else if (v->type == VALUE_INT)
        buf_fmt(out, "%lld", (long long)v->i);
    else
        buf_addz(out, "null");
}

static void print_args(const struct call_site *s, struct buf *out)
{
    bool first = true;

    for (const struct field *f = s->func->args; f && f->name; f++) {
        const char *from = (const char *)s->args + f->at;
        bool later = false;

        for (size_t i = 0; i < s->n_dynamic; i++)
            later |= s->dynamic[i].field == f;
        buf_fmt(out, "%s%s=", first ? "" : ", ", f->name);
        first = false;
        if (later) {
            buf_addz(out, "(evaluated)");
        } else if (f->type == FIELD_FORMAT) {
            const struct format *format = *(const struct format *const *)(const void *)from;

            print_text(format ? format->text : STR(""), out);
        } else if (f->type == FIELD_VAR) {
            const struct var_ref *ref = *(const struct var_ref *const *)(const void *)from;

            if (ref)
                buf_add(out, var_text(ref));
        } else if (f->type == FIELD_ROUTE) {
            const struct route_ref *route = *(const struct route_ref *const *)(const void *)from;

            if (route)
                buf_add(out, route->format ? route->format->text : route->name);
        } else if (f->type == FIELD_REGEX) {
            const struct regex *r = *(const struct regex *const *)(const void *)from;

            if (r)
                buf_fmt(out, "/" STR_FMT "/", STR_ARG(regex_pattern(r)));
        } else {
            struct value v = field_get(f, s->args);

            print_value(&v, out);
        }
    }
}

static void print_labels(const struct switch_table *t, struct buf *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct switch_label *l = &t->labels[i];

        if (t->numbers)
            buf_fmt(out, " %lld:%d", (long long)l->number, l->to);
        else
            buf_fmt(out, " %s" STR_FMT "%s:%d", l->regex ? "/" : "\"", STR_ARG(l->text),
                    l->regex ? "/" : "\"", l->to);
    }
    buf_fmt(out, " otherwise:%d", t->otherwise);
}

static void print_code(const struct code *k, struct buf *out)
{
    print_op((enum code_op)k->op, out);
    buf_char(out, ' ');
    switch ((enum code_op)k->op) {
    case CODE_PUSH: print_value(k->p, out); break;
    case CODE_VAR:
    case CODE_ASSIGN: buf_add(out, var_text(k->p)); break;
    case CODE_FORMAT: print_text(((const struct format *)k->p)->text, out); break;
    case CODE_SELECT:
        buf_fmt(out, "@" STR_FMT, STR_ARG(((const struct select_ref *)k->p)->text));
        break;
    case CODE_OPERAND:
    case CODE_IS_MYSELF:
    case CODE_IN_NET: buf_addz(out, operand_words[k->a]); break;
    case CODE_UNARY:
    case CODE_BITS:
    case CODE_ORDER: buf_addz(out, tree_op_words[k->a] ? tree_op_words[k->a] : ""); break;
    case CODE_TEXT_EQ:
    case CODE_TEXT_IEQ:
    case CODE_NUMBER_EQ:
    case CODE_DEFINED: buf_addz(out, k->a ? "negated" : ""); break;
    case CODE_MATCH: buf_fmt(out, "/" STR_FMT "/", STR_ARG(regex_pattern(k->p))); break;
    case CODE_SET_RET: buf_fmt(out, "%d", k->a); break;
    case CODE_ROUTE: buf_add(out, ((const struct route_ref *)k->p)->name); break;
    case CODE_SWITCH: print_labels(k->p, out); break;
    case CODE_CALL: {
        const struct call_site *s = k->p;

        buf_fmt(out, "%s%s%s(", s->module ? s->module : "", s->module ? "." : "", s->func->name);
        print_args(s, out);
        buf_char(out, ')');
        break;
    }
    case CODE_DIV:
    case CODE_MOD:
    case CODE_MATCH_TEXT: buf_fmt(out, "or to %d", k->to); break;
    case CODE_AND:
    case CODE_OR:
    case CODE_UNLESS_TRUE:
    case CODE_UNLESS:
    case CODE_JUMP:
    case CODE_ROUND: buf_fmt(out, "to %d", k->to); break;
    default: break;
    }
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
    buf_char(out, '\n');
}

static void print_block(const struct block *b, struct buf *out)
{
    uint32_t line = 0;

    buf_fmt(out, "\n%s", block_kind_name(b->kind));
    if (b->name.n)
        buf_fmt(out, "[" STR_FMT "]", STR_ARG(b->name));
    buf_fmt(out, " (" STR_FMT ":%u)\n", STR_ARG(b->file), b->at.line);
    for (size_t i = 0; i < b->n; i++) {
        if (b->lines[i] != line)
            buf_fmt(out, "%6u", b->lines[i]);
        else
            buf_addz(out, "      ");
        line = b->lines[i];
        buf_fmt(out, " %5zu  ", i);
        print_code(&b->code[i], out);
    }
}

void program_dump(const struct generation *g, struct buf *out)
{
    const struct program *p = g->program;

    for (size_t i = 0; i < p->info.n_files; i++)
        buf_fmt(out, "file " STR_FMT "\n", STR_ARG(p->info.files[i]));
    for (size_t i = 0; i < g->n_modules; i++)
        buf_fmt(out, "module %s\n", g->modules[i]->name);
    for (size_t i = 0; i < p->info.n_cfgs; i++) {
        const struct cfg_decl *d = &p->info.cfgs[i];

        buf_fmt(out, STR_FMT "." STR_FMT " = ", STR_ARG(d->group), STR_ARG(d->name));
        print_value(&d->value, out);
        buf_char(out, '\n');
    }
    for (size_t i = 0; i < p->n_blocks; i++)
        print_block(p->blocks[i], out);
}
