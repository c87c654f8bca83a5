/* SPDX-License-Identifier: BSD-2-Clause */
/* config.*: generations of the configuration. */
#include "control/methods.h"

struct file_args {
    struct str file;
};
static const struct field file_args_fields[] = {
    FIELD(file_args, file, "The file to read instead of the current one.", .optional = true),
    { 0 },
};

/* The lines of `text`, as an array named `name`. */
static void put_lines(struct rpc_node *at, const char *name, struct str text)
{
    struct rpc_node *list = rpc_put_array(at, name);

    while (text.n) {
        struct str line = str_split(&text, '\n');

        if (line.n)
            rpc_str(list, line);
    }
}

static void put_status(struct rpc_node *s)
{
    struct control_status st = { 0 };

    if (!control_host.status)
        return;
    control_host.status(&st);
    rpc_put_int(s, "generation", st.generation);
    rpc_put_int(s, "alive", st.alive);
    rpc_put_str(s, "file", st.file);
    rpc_put_int(s, "loaded", st.loaded_unix);
    rpc_put_int(s, "reloads", (int64_t)st.reloads);
    rpc_put_int(s, "refused", (int64_t)st.refused);
}

/* A failure carries the diagnostics as its text: clients without structure show it whole. */
static err_t load(struct rpc *r, const void *args, err_t (*how)(struct str, struct buf *))
{
    const struct file_args *a = args;
    struct buf why;
    err_t e;

    if (!how)
        return rpc_fail(r, 501, "this process has no configuration");
    buf_init(&why, MEM_CONTROL);
    e = how(a->file, &why);
    if (e) {
        e = rpc_fail(r, 500, STR_FMT,
                     STR_ARG(why.n ? str_trim(buf_str(&why)) : str_of(err_text(e))));
    } else {
        struct rpc_node *s = rpc_struct(rpc_root(r));

        put_status(s);
        put_lines(s, "warnings", buf_str(&why));
    }
    buf_free(&why);
    return e;
}

static err_t config_reload(struct rpc *r, const void *args)
{
    return load(r, args, control_host.reload);
}

static err_t config_check(struct rpc *r, const void *args)
{
    return load(r, args, control_host.check);
}

static err_t config_status(struct rpc *r, const void *args)
{
    (void)args;
    put_status(rpc_struct(rpc_root(r)));
    return ERR_OK;
}

static err_t server_stop(struct rpc *r, const void *args)
{
    (void)args;
    if (!control_host.stop)
        return rpc_fail(r, 501, "this process cannot be stopped so");
    control_host.stop();
    return ERR_OK;
}

const struct rpc_method methods_config[] = {
    { .name = "config.reload",
      .run = config_reload,
      .args = file_args_fields,
      .args_size = sizeof(struct file_args),
      .doc =
          "Reads the configuration anew and makes it current, or refuses it whole and says why." },
    { .name = "config.check",
      .run = config_check,
      .args = file_args_fields,
      .args_size = sizeof(struct file_args),
      .doc = "Checks the configuration as a start would, and changes nothing." },
    { .name = "config.status",
      .run = config_status,
      .doc = "Which generation of the configuration is current." },
    { .name = "server.stop", .run = server_stop, .doc = "Ends the server in good order." },
    { 0 },
};
