/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/database.h"
#include "modules/dialog/inner.h"

void dialog_changed(struct dialog *d)
{
    (void)d;
}
err_t dialogs_load(const struct dialog_conf *conf)
{
    (void)conf;
    return ERR_OK;
}
err_t dialogs_load_call(const struct dialog_conf *conf, struct str call_id)
{
    (void)conf, (void)call_id;
    return ERR_OK;
}
void dialogs_store_left(const struct dialog_conf *conf)
{
    (void)conf;
}
void dialogs_database_begin(const struct dialog_conf *conf)
{
    (void)conf;
}
void dialogs_database_end(void) {}
