/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and places that a package may change with -D. */
#pragma once
#ifndef TANDEM_VERSION
#define TANDEM_VERSION "0.1.0"
#endif
#ifndef TANDEM_DEFAULT_CONFIG
#define TANDEM_DEFAULT_CONFIG "/etc/tandem/tandem.cfg"
#endif
/* Where kamcmd looks for its socket when it is not told. */
#ifndef TANDEM_DEFAULT_RUNDIR
#define TANDEM_DEFAULT_RUNDIR "/var/run/kamailio"
#endif
