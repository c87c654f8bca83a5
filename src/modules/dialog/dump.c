/* SPDX-License-Identifier: BSD-2-Clause */
/* dlg.dump_file: a JSON object per line, written on an offload thread. */
#include "control/json.h"
#include "control/rpc.h"
#include "modules/dialog/inner.h"
#include "modules/dialog/rpc.h"
#include "rt/offload.h"
#include <stdio.h>

static int64_t seconds(int64_t us)
{
    return us / 1000000;
}

struct dump {
    struct buf text;
    const char *path;
    bool failed;
};

static void dump_str(struct buf *b, const char *name, struct str s)
{
    buf_fmt(b, ",\"%s\":", name);
    json_write_str(b, s);
}

static void dump_leg(struct buf *b, const char *name, const struct dialog_leg *leg)
{
    buf_fmt(b, ",\"%s\":{\"tag\":", name);
    json_write_str(b, leg->tag);
    dump_str(b, "contact", leg->contact);
    buf_fmt(b, ",\"cseq\":\"%u\"", leg->cseq);
    dump_str(b, "route_set", leg->routes);
    dump_str(b, "socket", leg->socket ? leg->socket->text : STR(""));
    buf_char(b, '}');
}

static void dump_sets(struct buf *b, const struct dialog *d)
{
    const char *between = "";

    buf_addz(b, ",\"profiles\":{");
    for (const struct dialog_member *m = d->members; m; m = m->next, between = ",") {
        buf_addz(b, between);
        json_write_str(b, m->profile->name);
        buf_char(b, ':');
        json_write_str(b, m->value);
    }
    between = "";
    buf_addz(b, "},\"variables\":{");
    for (const struct dialog_value *v = d->vars; v; v = v->next, between = ",") {
        buf_addz(b, between);
        json_write_str(b, v->name);
        buf_char(b, ':');
        json_write_str(b, v->value);
    }
    buf_addz(b, "}}\n");
}

static bool dump_one(struct dialog *d, void *arg)
{
    struct buf *b = &((struct dump *)arg)->text;
    int64_t due = d->due_ms && d->started_us ? dialog_due_unix(d) : 0;

    buf_fmt(b, "{\"h_entry\":%u,\"h_id\":%u,\"ref\":%u", d->entry, d->id, obj_refs(d));
    dump_str(b, "call_id", d->call_id);
    dump_str(b, "from_uri", d->uri[DIALOG_CALLER]);
    dump_str(b, "to_uri", d->uri[DIALOG_CALLEE]);
    buf_fmt(b, ",\"state\":%u,\"start_ts\":%lld,\"init_ts\":%lld,\"end_ts\":%lld", d->state,
            (long long)seconds(d->started_us), (long long)seconds(d->created_us),
            (long long)seconds(d->ended_us));
    buf_fmt(b, ",\"timeout\":%lld,\"lifetime\":%d,\"dflags\":0,\"sflags\":%u,\"iflags\":%u",
            (long long)due, d->lifetime_s, d->flags, d->iflags);
    dump_leg(b, "caller", &d->leg[DIALOG_CALLER]);
    dump_leg(b, "callee", &d->leg[DIALOG_CALLEE]);
    dump_sets(b, d);
    return true;
}

static err_t dump_here(void *arg)
{
    dialogs_each(dump_one, arg);
    return ERR_OK;
}

static void write_file(void *arg)
{
    struct dump *x = arg;
    FILE *f = fopen(x->path, "we");

    x->failed = !f;
    if (!f)
        return;
    x->failed = fwrite(x->text.p, 1, x->text.n, f) != x->text.n;
    if (fclose(f) != 0)
        x->failed = true;
}

err_t dialog_dump_file(struct rpc *r, const void *args)
{
    const struct file_rpc_args *a = args;
    struct dump x = { .path = arena_dup(rpc_arena(r), a->file).p };
    err_t e;

    buf_init(&x.text, MEM_CONTROL);
    e = workers_each(dump_here, &x);
    if (e == ERR_OK)
        offload_run(write_file, &x);
    buf_free(&x.text);
    if (e == ERR_OK && x.failed)
        return rpc_fail(r, 500, "The file cannot be written");
    return e;
}
