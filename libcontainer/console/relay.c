/* SPDX-License-Identifier: Apache-2.0 */
#include "console/console.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/retry.h"

int console_relay_open(struct console_relay *c, struct err *e)
{
	/* An open file of our own: O_NONBLOCK on it does not reach the caller's shell. */
	c->tty_fd = RETRY(open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
	c->restore = false;
	return c->tty_fd < 0 ? err_errno(e, "open /dev/tty") : 0;
}

int console_relay_raw(struct console_relay *c, int master_fd, struct err *e)
{
	if (tcgetattr(c->tty_fd, &c->saved) < 0)
		return err_errno(e, "/dev/tty: tcgetattr(3)");

	struct termios raw = c->saved;
	cfmakeraw(&raw);
	/* The container's terminal has ONLCR off, so this one must go on turning the lines. */
	raw.c_oflag |= c->saved.c_oflag & OPOST;
	if (tcsetattr(c->tty_fd, TCSANOW, &raw) < 0)
		return err_errno(e, "/dev/tty: tcsetattr(3)");
	c->restore = true;
	console_relay_resize(c, master_fd);
	return 0;
}

void console_relay_resize(const struct console_relay *c, int master_fd)
{
	struct winsize size;

	/* A size of 0 is a terminal that does not know its own: a serial line, a script's. */
	if (ioctl(c->tty_fd, TIOCGWINSZ, &size) == 0 && (size.ws_row || size.ws_col))
		(void)ioctl(master_fd, TIOCSWINSZ, &size);
}

void console_relay_done(struct console_relay *c)
{
	if (c->restore)
		(void)tcsetattr(c->tty_fd, TCSANOW, &c->saved);
	if (c->tty_fd >= 0)
		(void)close(c->tty_fd);
	*c = (struct console_relay)CONSOLE_RELAY_INIT;
}

/* Those that the kernel raises for a fault of our own, and those that cannot be blocked. */
static const int not_forwarded[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGKILL, SIGSTOP,
};

/* nohup(1) and `&` of a plain shell ignore these; the container shall not get them either. */
static const int may_be_ignored[] = { SIGHUP, SIGINT, SIGQUIT };

int console_signals(uint64_t ignored, sigset_t *ret_old, struct err *e)
{
	sigset_t set;

	(void)sigfillset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(not_forwarded); i++)
		(void)sigdelset(&set, not_forwarded[i]);
	for (size_t i = 0; i < ARRAY_SIZE(may_be_ignored); i++)
		if (ignored >> (may_be_ignored[i] - 1) & 1)
			(void)sigdelset(&set, may_be_ignored[i]);

	autoclose int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_errno(e, "signalfd(2)");
	if (sigprocmask(SIG_BLOCK, &set, ret_old) < 0)
		return err_errno(e, "sigprocmask(2)");
	return take_fd(&fd);
}
