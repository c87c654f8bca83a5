/* SPDX-License-Identifier: BSD-2-Clause */
/* The variables of tmx; tmx.c declares them. */
#pragma once
#include "script/value.h"

enum tmx_var { T_BRANCH_IDX, T_REPLY_RUID, T_REPLY_CODE, T_REPLY_REASON, T_REPLY_LAST };

err_t tmx_get(struct call *c, const struct var_ref *at, struct value *out);
err_t tmx_get_field(struct call *c, const struct var_ref *at, struct value *out); /* $T(name) */
err_t tmx_get_branch(struct call *c, const struct var_ref *at,
                     struct value *out); /* $T_branch(name) */
/* A variable evaluated over another message: $T_req(pv), $T_rpl(pv), $T_inv(pv). */
err_t tmx_get_request(struct call *c, const struct var_ref *at, struct value *out);
err_t tmx_get_reply(struct call *c, const struct var_ref *at, struct value *out);
err_t tmx_get_invite(struct call *c, const struct var_ref *at, struct value *out);
