/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cmd/stream.h"

/* From the program to itself, which it executes again; it only shifts the first phase. */
#define BEGAN_ENV   "_VIAL_TRACE_BEGAN"
#define BEGAN_MAX   INT64_C(60000000000) /* ns: who believes more has it from elsewhere */
#define PATIENCE_MS 1000

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

void tracer_begin(struct invocation *in)
{
	const char *text = getenv(BEGAN_ENV);
	char now[32];
	uint64_t began;

	if (!options_text(&in->global, "trace"))
		return;
	in->trace_began = trace_now();
	if (text && str_to_u64(text, INT64_MAX, &began) == 0 &&
	    in->trace_began - (int64_t)began < BEGAN_MAX && (int64_t)began < in->trace_began) {
		in->trace_began = (int64_t)began;
		return;
	}
	(void)snprintf(now, sizeof(now), "%lld", (long long)in->trace_began);
	(void)setenv(BEGAN_ENV, now, 1);
}

/* The clocks that the kernel lets programs read by themselves, vdso(7). */
static bool clock_is_call(void)
{
	static const char *const direct[] = { "tsc\n", "kvm-clock\n", "arch_sys_counter\n",
					      "hyperv_clocksource_tsc_page\n" };
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct err ignored;

	if (file_read_at(AT_FDCWD, CLOCKSOURCE, 64, &text, &ignored) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(direct); i++)
		if (str_eq(strbuf_str(&text), direct[i]))
			return false;
	return true;
}

int tracer_open(struct invocation *in, struct err *e)
{
	const char *path = options_text(&in->global, "trace");

	if (!path)
		return 0;
	(void)unsetenv(BEGAN_ENV);
	/* Not to wait for a reader of a FIFO: there may never be one. */
	autoclose int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (fd < 0 && errno == ENXIO)
		return err_set(e, ENXIO, "open trace %s: nobody reads this FIFO", path);
	if (fd < 0)
		return err_errno(e, "open trace %s", path);
	int r = trace_open(&in->trace, clock_is_call(), e);
	if (r < 0)
		return r;
	in->env.trace = &in->trace;
	in->trace_fd = take_fd(&fd);
	trace_add(&in->trace, "start of the program", in->trace_began, trace_now());
	return 0;
}

void tracer_finish(struct invocation *in)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;
	struct strbuf title autodone(strbuf) = STRBUF_INIT;

	if (!in->env.trace)
		return;
	trace_add(&in->trace, in->command->name, in->trace_began, trace_now());
	strbuf_addf(&title, "%s %s", in->program, in->command->name);
	trace_print(&in->trace, strbuf_str(&title), &out);
	int r = stream_write(in->trace_fd, out.data, out.len, PATIENCE_MS);
	if (r < 0)
		log_warn(in->env.log, "write trace: %s", errno_text(-r));
	(void)close(take_fd(&in->trace_fd));
	in->env.trace = NULL;
	trace_done(&in->trace);
}
