/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates: files with variables in them, read when the configuration is loaded. */
#include "base/log.h"
#include "core/call.h"
#include "script/value.h"
#include <errno.h>
#include <stdio.h>

enum { FILE_MAX = 1 << 20, ROOM_DEFAULT = 1024 };

struct template
{
    struct str name;
    const struct format *text;
    int64_t room;
};
struct pvtpl_conf {
    struct str_list tpl;
    struct template *templates;
    size_t n_templates;
};
struct render_args {
    struct str name;
    const struct var_ref *result;
};

extern const struct module module_pvtpl;
static struct {
    struct module_slot slot;
} self;

static int pvtpl_render(struct call *c, const struct render_args *a)
{
    const struct pvtpl_conf *conf = call_conf(c, &module_pvtpl);

    for (size_t i = 0; i < conf->n_templates; i++) {
        const struct template *t = &conf->templates[i];
        struct value v;

        if (!str_eq(t->name, a->name))
            continue;
        v = VALUE_OF_STR(format_eval(c, t->text));
        if (v.s.n > (size_t)t->room) {
            log_error("pvtpl",
                      "template \"" STR_FMT "\" gives %zu bytes, more than its bsize of "
                      "%lld",
                      STR_ARG(t->name), v.s.n, (long long)t->room);
            return SCRIPT_FALSE;
        }
        return var_set(c, a->result, &v) == ERR_OK ? SCRIPT_TRUE : SCRIPT_FALSE;
    }
    log_error("pvtpl", "no template \"" STR_FMT "\" is defined", STR_ARG(a->name));
    return SCRIPT_FALSE;
}
EXPOSE(pvtpl_render, render_args)

static err_t prepare(struct load *l, void *args)
{
    const struct render_args *a = args;

    if (!a->result || var_is_writable(a->result))
        return ERR_OK;
    load_fault(l, "result", "expected a variable that can be set");
    return ERR_TYPE;
}

static err_t read_file(struct load *l, struct str path, struct str *out)
{
    FILE *f = fopen(arena_dup(load_arena(l), path).p, "re");
    char *text;
    size_t n;

    if (!f) {
        load_fault(l, "tpl", STR_FMT " cannot be read: %s", STR_ARG(path), strerror(errno));
        return ERR_IO;
    }
    text = arena_alloc(load_arena(l), FILE_MAX + 1);
    n = fread(text, 1, FILE_MAX + 1, f);
    fclose(f);
    if (n > FILE_MAX) {
        load_fault(l, "tpl", STR_FMT " is larger than %d bytes", STR_ARG(path), FILE_MAX);
        return ERR_LIMIT;
    }
    *out = (struct str){ text, n };
    return ERR_OK;
}

/* "name=x;fpath=/file;bsize=512;" */
static err_t read_definition(struct load *l, struct str text, struct template *t)
{
    struct str path = STR_NONE, content;

    *t = (struct template){ .room = ROOM_DEFAULT };
    while (text.n) {
        struct str value = str_trim(str_split(&text, ';')), name;

        if (!value.n)
            continue;
        name = str_trim(str_split(&value, '='));
        value = str_trim(value);
        if (str_ieq(name, STR("name")))
            t->name = value;
        else if (str_ieq(name, STR("fpath")))
            path = value;
        else if (!str_ieq(name, STR("bsize")) || str_to_i64(value, &t->room) || t->room < 1)
            path = STR_NONE, text.n = 0;
    }
    if (!t->name.n || !path.n) {
        load_fault(l, "tpl", "expected \"name=…;fpath=…;bsize=…\"");
        return ERR_SYNTAX;
    }
    if (read_file(l, path, &content))
        return ERR_IO;
    return load_format(l, content, &t->text);
}

static err_t check(struct load *l, void *data)
{
    struct pvtpl_conf *conf = data;

    conf->templates = ARENA_ARRAY(load_arena(l), struct template, conf->tpl.n + 1);
    for (size_t i = 0; i < conf->tpl.n; i++)
        if (read_definition(l, conf->tpl.items[i], &conf->templates[conf->n_templates]) == ERR_OK)
            conf->n_templates++;
    return ERR_OK;
}

static const struct field render_args_fields[] = {
    FIELD(render_args, name, "The name of the template."),
    FIELD(render_args, result, "Variable that gets the text."),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(pvtpl_render, render_args,
         "Sets a variable to the text of a template, its variables "
         "expanded.",
         .returns = (const struct outcome[]){ { 1, "it is set" },
                                              { -1, "there is no such template, or its text is "
                                                    "larger than its bsize" },
                                              { 0 } },
         .prepare = prepare),
    { 0 },
};
static const struct field params[] = {
    FIELD(pvtpl_conf, tpl,
          "A template, \"name=invite;fpath=/etc/tandem/invite.tpl;bsize=4096\"; bsize is the most "
          "bytes its text may have, 1024 without it. May be given many times. The file is read "
          "again with each reload.",
          .optional = true),
    { 0 },
};

const struct module module_pvtpl = {
    .abi = MODULE_ABI,
    .name = "pvtpl",
    .doc = "Templates: files with variables in them.",
    .slot = &self.slot,
    .conf_size = sizeof(struct pvtpl_conf),
    .params = params,
    .funcs = funcs,
    .check = check,
};
