/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Where the library's warnings and debug messages go. The library itself never prints:
 * whoever calls it hands in a sink, which is const and may be shared by many containers.
 * Errors do not pass through here; they are struct err.
 */

#include <stdbool.h>

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_sink {
	void (*emit)(void *arg, enum log_level level, const char *text);
	void *arg;
	enum log_level max; /* messages above this level are not even formatted */
};

/**
 * log_warn(), log_debug() - hand a message to a sink
 * @log: may be NULL: nothing happens
 * Runs in: any process whose sink is safe there; init's sends to the host.
 */
void log_warn(const struct log_sink *log, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_debug(const struct log_sink *log, const char *fmt, ...) PRINTF_LIKE(2, 3);

static inline bool log_is_debug(const struct log_sink *log)
{
	return log && log->max >= LOG_LEVEL_DEBUG;
}

#endif
