/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * The time, by a system call: for the one or two looks that a command takes, finding and mapping
 * the vDSO's clock costs three page faults. Who looks often calls clock_gettime(2) of libc.
 */

#include <stdint.h>
#include <time.h>

/** clock_real() - CLOCK_REALTIME, which no time namespace shifts. Runs in: any. */
struct timespec clock_real(void);

/** clock_ms() - milliseconds of CLOCK_MONOTONIC, for waiting. Runs in: any. */
int64_t clock_ms(void);

#endif
