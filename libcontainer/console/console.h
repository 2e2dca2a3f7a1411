/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

/* Pseudo-terminals: opened by init in the container's devpts, handed out or relayed by the host. */

#include <signal.h>
#include <stdint.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>

#include "base/err.h"

/**
 * console_peer() - unlock a master, clear ONLCR, set its size, open its peer (TIOCGPTPEER)
 * @rows, @columns: 0: leave the kernel's
 * Runs in: init. Return: the peer, O_RDWR|O_NOCTTY|O_CLOEXEC, or negative errno.
 */
MUST_CHECK int console_peer(int master_fd, unsigned short rows, unsigned short columns,
			    struct err *e);

/**
 * stdio_open_up() - let every user of the container open the standard streams by name (/dev/stdout)
 *
 * Anonymous pipes only, each for what its end is for. Nobody is led to one but through a descriptor
 * that a process of the container has already; the owner stays, and so does all else: files,
 * FIFOs with a name, sockets, devices. A pipe of somebody else's is left as it is.
 * Runs in: host, which may do it where the owner has no name in the container's user namespace.
 */
void stdio_open_up(void);

/**
 * console_take() - setsid was called: make the peer the controlling terminal and stdio,
 * owned by @uid (its group stays what devpts gave it)
 * Runs in: init. Return: 0 or negative errno.
 */
MUST_CHECK int console_take(int peer_fd, uid_t uid, struct err *e);

/**
 * console_socket_connect() - connect to --console-socket
 * Runs in: host, before any namespace. Return: a descriptor or negative errno.
 */
MUST_CHECK int console_socket_connect(const char *path, struct err *e);

/** console_socket_send() - send a master; the data is its name "/dev/pts/ptmx". Runs in: host. */
MUST_CHECK int console_socket_send(int sock, int master_fd, struct err *e);

/** pidfd_socket_connect() - connect to --pidfd-socket. As console_socket_connect(). */
MUST_CHECK int pidfd_socket_connect(const char *path, struct err *e);

/** pidfd_socket_send() - send a pidfd; the data is @type, "standard" for init, "setns" for a
 * process of exec. Runs in: host. */
MUST_CHECK int pidfd_socket_send(int sock, int pidfd, const char *type, struct err *e);

/* The caller's terminal while a container runs in the foreground. */
struct console_relay {
	int tty_fd; /* /dev/tty of the caller; -1: none. Owned. */
	bool restore;
	struct termios saved;
	int watch_fd; /* something else to look after meanwhile; -1: nothing. Borrowed. */
	void (*watch)(void *arg); /* called when there is something to read */
	void *watch_arg;
};
#define CONSOLE_RELAY_INIT                                                                         \
	{                                                                                          \
		.tty_fd = -1, .watch_fd = -1                                                       \
	}

/** console_relay_open() - open /dev/tty (error as runc: "open /dev/tty: no such device or
 * address"). Runs in: host, before init is made. */
MUST_CHECK int console_relay_open(struct console_relay *c, struct err *e);
/** console_relay_raw() - raw mode; copy the window size to @master_fd. Runs in: host. */
MUST_CHECK int console_relay_raw(struct console_relay *c, int master_fd, struct err *e);
/** console_relay_resize() - copy the window size again, on SIGWINCH. Runs in: host. */
void console_relay_resize(const struct console_relay *c, int master_fd);
/** console_relay_done() - restore the terminal, close. Runs in: host. */
void console_relay_done(struct console_relay *c);

/**
 * console_run() - the foreground loop of `run` and `exec`: relay bytes, forward signals,
 * wait for the process
 * @c:          what to watch, and the terminal; may be NULL without either
 * @master_fd:  -1 without a terminal: no bytes are relayed
 * @pidfd:      init (a child of this process)
 * @signal_fd:  signalfd(2) made by console_signals(): every signal is forwarded to @pidfd,
 *              SIGWINCH resizes, SIGCHLD reaps strangers (we are subreaper)
 * @ret_status: as from waitpid(2)
 *
 * After the process ended, what is left in the master is still written (bounded: 1 s).
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int console_run(struct console_relay *c, int master_fd, int pidfd, pid_t pid,
			   int signal_fd, int *ret_status, struct err *e);

/**
 * console_signals() - block the signals that `run` forwards and make a signalfd of them
 * @ignored: the signals that the caller ignores: bit N - 1 for number N (SigIgn, proc_pid_status(5))
 * @ret_old: the mask before, for init and for the end
 * Runs in: host, before init is made. Return: a descriptor or negative errno.
 */
MUST_CHECK int console_signals(uint64_t ignored, sigset_t *ret_old, struct err *e);

#endif
