/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <sys/syscall.h>
#include <unistd.h>

static struct timespec look(clockid_t id)
{
	struct timespec t = { 0 };

#if defined(__LP64__) /* elsewhere the kernel's struct of that number is another */
	if (syscall(SYS_clock_gettime, id, &t) == 0)
		return t;
#endif
	(void)clock_gettime(id, &t); /* a clock that stands still would be waited for for ever */
	return t;
}

struct timespec clock_real(void)
{
	return look(CLOCK_REALTIME);
}

int64_t clock_ms(void)
{
	struct timespec t = look(CLOCK_MONOTONIC);

	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
