/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks by name for scripts: who must wait is a suspended coroutine, not a blocked thread, and the
 * holder may suspend too. First come, first served. A lock belongs to a run of a script, which may
 * take it again as often as it gives it back.
 */
#pragma once
#include "base/str.h"
#include "rt/worker.h"

/* Takes the lock, waiting for it where it is held. Suspends. ERR_CANCELED. */
err_t keylock_take(struct str key, const void *owner) MUST_USE;
/* Takes it when it is free; ERR_STATE when it is not. Does not suspend. */
err_t keylock_try(struct str key, const void *owner) MUST_USE;
/* Gives it back; ERR_NOT_FOUND when this owner does not hold it. */
err_t keylock_give(struct str key, const void *owner) MUST_USE;
