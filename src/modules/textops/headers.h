/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions over headers; headers.c. */
#pragma once
#include "modules/textops/textops.h"

int append_hf(struct call *c, const struct hf_args *a);
int insert_hf(struct call *c, const struct hf_args *a);
int append_urihf(struct call *c, const struct two_args *a);
int append_to_reply(struct call *c, const struct text_args *a);
int append_time(struct call *c);
int append_time_to_request(struct call *c);
int is_present_hf(struct call *c, const struct name_args *a);
int is_present_hf_re(struct call *c, const struct regex_args *a);
int is_present_hf_re_pv(struct call *c, const struct text_args *a);
int remove_hf(struct call *c, const struct name_args *a);
int remove_hf_idx(struct call *c, const struct index_args *a);
int remove_hf_re(struct call *c, const struct regex_args *a);
int remove_hf_re_pv(struct call *c, const struct text_args *a);
int remove_hf_exp(struct call *c, const struct two_regex_args *a);
int remove_hf_exp_pv(struct call *c, const struct two_args *a);
int remove_hf_match(struct call *c, const struct three_args *a);
int via_param_rm(struct call *c, const struct name_args *a);
int is_privacy(struct call *c, const struct name_args *a);
