/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/ctl/line.h"
#include "base/log.h"
#include "control/reply_file.h"
#include "control/rpc.h"

enum { ARGS_MAX = 64 };

static int64_t frame(struct str bytes)
{
    size_t end = str_search(bytes, STR("\n\n"));

    if (bytes.n && bytes.p[0] == '\n')
        return 1; /* empty lines between requests */
    if (bytes.n && bytes.p[0] != ':')
        return SERVICE_BAD;
    return end == bytes.n ? 0 : (int64_t)end + 2;
}

/* "s:text" is a string whatever it looks like; digits are a number. */
static struct value argument(struct str line)
{
    int64_t n;

    if (str_starts(line, STR("s:")))
        return VALUE_OF_STR(str_skip(line, 2));
    if (str_to_i64(line, &n) == ERR_OK)
        return VALUE_OF_INT(n);
    return VALUE_OF_STR(line);
}

static void write_node(struct buf *out, const struct rpc_node *n, int depth)
{
    for (int i = 0; i < depth; i++)
        buf_char(out, '\t');
    if (rpc_node_name(n).n)
        buf_fmt(out, STR_FMT ": ", STR_ARG(rpc_node_name(n)));
    switch (rpc_node_kind(n)) {
    case RPC_NULL: break;
    case RPC_INT: buf_int(out, rpc_node_int(n)); break;
    case RPC_DOUBLE: buf_fmt(out, "%.10g", rpc_node_double(n)); break;
    case RPC_STR: buf_add(out, rpc_node_str(n)); break;
    case RPC_STRUCT:
    case RPC_ARRAY:
        buf_addz(out, "{\n");
        for (const struct rpc_node *m = rpc_node_first(n); m; m = rpc_node_next(m))
            write_node(out, m, depth + 1);
        for (int i = 0; i < depth; i++)
            buf_char(out, '\t');
        buf_char(out, '}');
        break;
    }
    buf_char(out, '\n');
}

/* For tests: the answer to one request; *reply_file is what it names. */
static void line_run(struct str request, struct arena *a, struct buf *out, struct str *reply_file)
{
    struct value args[ARGS_MAX];
    struct rpc_request q = { .args = args };
    struct rpc_answer answer;
    struct str first = str_split(&request, '\n');

    first = str_skip(str_trim(first), 1);
    q.method = str_split(&first, ':');
    *reply_file = str_trim(first);
    while (request.n && q.n_args < ARGS_MAX) {
        struct str line = str_split(&request, '\n');

        if (line.n == 0)
            break;
        args[q.n_args++] = argument(line);
    }
    rpc_execute(&q, a, &answer);
    if (answer.code >= 300) {
        buf_fmt(out, "%d " STR_FMT "\n", answer.code, STR_ARG(answer.error));
        return;
    }
    buf_addz(out, "200 OK\n");
    for (const struct rpc_node *n = rpc_node_first(answer.root); n; n = rpc_node_next(n))
        write_node(out, n, 0);
}

static void request(void *ctx, struct str text, struct arena *a, struct buf *out)
{
    struct str file;

    (void)ctx;
    if (text.n < 2)
        return;
    line_run(text, a, out, &file);
    if (file.n == 0)
        return;
    if (reply_file_write(STR("/tmp/"), file, buf_str(out)))
        log_warn("ctl", "no answer could be written to " STR_FMT, STR_ARG(file));
    buf_clear(out);
}

const struct service_protocol line_protocol = { "fifo", frame, request };
