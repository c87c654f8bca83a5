/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's own control socket: one JSON-RPC request per line, one line of answer. */
#include "control/control.h"
#include "control/json.h"
#include "control/service.h"

static struct {
    struct service *service;
} self;

static int64_t frame(struct str bytes)
{
    size_t end = str_find(bytes, '\n');

    return end == bytes.n ? 0 : (int64_t)end + 1;
}

static void request(void *ctx, struct str text, struct arena *arena, struct buf *out)
{
    struct jsonrpc_reply reply = { 0 };

    (void)ctx;
    text = str_trim(text);
    if (text.n == 0)
        return;
    jsonrpc_run(text, JSONRPC_HINTS, arena, out, &reply);
    buf_char(out, '\n');
}

static const struct service_protocol protocol = { "control", frame, request };

err_t control_socket_open(struct str path, struct buf *why)
{
    struct service_spec spec = {
        .kind = SERVICE_UNIX, .mode = 0600, .user = -1, .group = -1, .owner_only = true
    };

    ASSERT(!self.service);
    spec.path = path.p ? path : STR("tandem.sock");
    return service_open(&spec, &protocol, &self.service, why);
}

void control_socket_close(void)
{
    service_close(self.service);
    self.service = NULL;
}
