/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines over UDP in place of syslog. Sending never waits: what the socket does not take is
 * lost, as datagrams may be. */
#include "base/log.h"
#include "core/call.h"
#include "core/conf.h"
#include "modules/log_custom/target.h"
#include "script/value.h"
#include <unistd.h>

static struct {
    struct module_slot slot;
    struct log_target target;
} self;

struct text_args {
    struct str text;
};

/* The number of bytes, as scripts expect; nothing sent counts as one, for zero would end them. */
static int log_udp(struct call *c, const struct text_args *a)
{
    int64_t sent = log_target_send(&self.target, a->text);

    (void)c;
    return sent < 0 ? SCRIPT_FALSE : sent ? (int)sent : SCRIPT_TRUE;
}
EXPOSE(log_udp, text_args)

static void send_line(enum log_level level, struct str line)
{
    struct buf b;

    (void)level;
    buf_init(&b, MEM_OTHER);
    buf_fmt(&b, "(%d) ", (int)getpid());
    buf_add(&b, line);
    buf_char(&b, '\n');
    (void)log_target_send(&self.target, buf_str(&b));
    buf_free(&b);
}

static err_t start(const void *conf)
{
    (void)conf;
    log_target_init(&self.target);
    return ERR_OK;
}

/* The parameters are the core's, so they are those of the generation that becomes current. */
static void adopt(const void *conf)
{
    const struct core_conf *core = generation_peek()->core;
    struct addr to;

    (void)conf;
    if (!str_eq(core->log_engine_type, STR("udp"))) {
        log_engine(NULL);
        return;
    }
    if (log_target_parse(core->log_engine_data, &to) || log_target_set(&self.target, &to)) {
        log_error("log_custom",
                  "log_engine_data: expected an address and port, got \"" STR_FMT
                  "\"; lines go to syslog",
                  STR_ARG(core->log_engine_data));
        log_engine(NULL);
        return;
    }
    log_engine(send_line);
}

static void stop(void)
{
    log_engine(NULL);
    log_target_close(&self.target);
}

static const struct field text_args_fields[] = {
    FIELD(text_args, text, "The datagram; nothing is put before or behind it."),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(log_udp, text_args, "Sends a text to log_engine_data.",
         .returns = (const struct outcome[]){ { 1, "the number of bytes sent, or 1 for none" },
                                              { -1, "it could not be sent" },
                                              { 0 } }),
    { 0 },
};

const struct module module_log_custom = {
    .abi = MODULE_ABI,
    .name = "log_custom",
    .doc =
        "Log lines over UDP in place of syslog: with the core parameters log_engine_type=\"udp\" "
        "and log_engine_data, unless lines go to standard error.",
    .slot = &self.slot,
    .funcs = funcs,
    .start = start,
    .adopt = adopt,
    .stop = stop,
};
