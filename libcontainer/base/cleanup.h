/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

/* Scope-bound clean-up; there is no goto in this program. */

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close_p(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void cleanup_free_p(void *p)
{
	free(*(void **)p);
}

/* An int that is closed, a pointer that is freed, at the end of its scope. */
#define autoclose      __attribute__((cleanup(cleanup_close_p)))
#define autofree       __attribute__((cleanup(cleanup_free_p)))
/* A struct whose type##_done(struct type *) runs at the end of its scope. */
#define autodone(type) __attribute__((cleanup(type##_done)))

/** take_fd() - move a descriptor out of an autoclose variable. Runs in: any. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/** take_ptr() - move a pointer out of an autofree variable. Runs in: any. */
#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken_ptr_ = (p);                                                    \
		(p) = NULL;                                                                        \
		taken_ptr_;                                                                        \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
