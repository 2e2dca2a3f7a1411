/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/str.h"

#define SIGNAL_MAX 64 /* _NSIG of the kernel, every architecture we know but mips */
/*
 * What kill(1) means by RTMIN: glibc keeps the kernel's first two for itself. Not SIGRTMIN, which
 * depends on the libc that this program is linked with.
 */
#define RT_FIRST   34

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "HUP", SIGHUP },	 { "INT", SIGINT },	  { "QUIT", SIGQUIT },
	{ "ILL", SIGILL },	 { "TRAP", SIGTRAP },	  { "ABRT", SIGABRT },
	{ "IOT", SIGIOT },	 { "BUS", SIGBUS },	  { "FPE", SIGFPE },
	{ "KILL", SIGKILL },	 { "USR1", SIGUSR1 },	  { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },	 { "PIPE", SIGPIPE },	  { "ALRM", SIGALRM },
	{ "TERM", SIGTERM },	 { "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },	 { "CONT", SIGCONT },	  { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },	 { "TTIN", SIGTTIN },	  { "TTOU", SIGTTOU },
	{ "URG", SIGURG },	 { "XCPU", SIGXCPU },	  { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },	  { "WINCH", SIGWINCH },
	{ "IO", SIGIO },	 { "POLL", SIGPOLL },	  { "PWR", SIGPWR },
	{ "SYS", SIGSYS },
};

/* "RTMIN", "RTMIN+3", "RTMAX-1". Return: the number, or -EINVAL. */
static int real_time(const char *name)
{
	bool from_first = strncasecmp(name, "RTMIN", 5) == 0;
	const char *rest = name + 5;
	uint64_t offset = 0;

	if (!from_first && strncasecmp(name, "RTMAX", 5) != 0)
		return -EINVAL;
	if (*rest != '\0' && (*rest != (from_first ? '+' : '-') ||
			      str_to_u64(rest + 1, SIGNAL_MAX - RT_FIRST, &offset) < 0))
		return -EINVAL;
	return from_first ? RT_FIRST + (int)offset : SIGNAL_MAX - (int)offset;
}

int signal_parse(const char *text, struct err *e)
{
	uint64_t number = 0;

	if (str_to_u64(text, SIGNAL_MAX, &number) == 0)
		return (int)number;

	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(name, names[i].name) == 0)
			return names[i].number;

	int sig = real_time(name);
	if (sig > 0)
		return sig;
	return err_set_kind(e, ERR_USAGE, EINVAL, "unknown signal \"%s\"", text);
}
