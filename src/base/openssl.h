/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenSSL's headers have a type of the name ERR_STATE, which is one of our errors. Include this
 * before any of them; it gives their type another name.
 */
#pragma once
#define ERR_STATE openssl_err_state
#include <openssl/err.h>
#include <openssl/types.h>
#undef ERR_STATE
