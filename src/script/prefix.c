/* SPDX-License-Identifier: BSD-2-Clause */
/* log_prefix: what stands before the lines that are logged while a script works on a message. The
 * coroutine knows which message that is; others of the same worker log without it meanwhile. */
#include "core/conf.h"
#include "script/state.h"
#include <pthread.h>

static struct {
    pthread_once_t once;
    unsigned slot; /* of the coroutine: its innermost script_frame */
} self = { .once = PTHREAD_ONCE_INIT };

static const struct core_conf *conf_of(const struct script_frame *f)
{
    return f->call->gen ? f->call->gen->core : NULL;
}

static void add_prefix(struct buf *out)
{
    struct script_frame *f = worker_self() ? co_local_get(self.slot) : NULL;

    if (!f)
        return;
    if (conf_of(f)->log_prefix_mode)
        buf_add(out, format_eval(f->call, conf_of(f)->log_prefix));
    else
        buf_add(out, f->prefix);
}

static void begin(void)
{
    self.slot = co_local_new();
    log_prefix_by(add_prefix);
}

void prefix_enter(struct script_frame *f)
{
    const struct core_conf *core = conf_of(f);

    f->prefix_set = core && core->log_prefix && f->call->msg && worker_self();
    if (!f->prefix_set)
        return;
    pthread_once(&self.once, begin);
    f->prefix_around = co_local_get(self.slot);
    co_local_set(self.slot, NULL);
    if (!core->log_prefix_mode)
        f->prefix = format_eval(f->call, core->log_prefix);
    co_local_set(self.slot, f);
}

void prefix_leave(struct script_frame *f)
{
    if (f->prefix_set)
        co_local_set(self.slot, f->prefix_around);
}
