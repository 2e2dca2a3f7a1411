/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/sys.h"
#include "console/console.h"

#define WAIT_MS 10000

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The terminal of the caller: a pseudo-terminal whose master the test holds, and a process
 * that has it as its own and runs the relay. */
struct caller {
	int master, peer;
	pid_t pid;
	struct strbuf seen;
};

static int open_master(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int locked = 0;

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TIOCSPTLCK, &locked), 0);
	return fd;
}

static void own_terminal(int peer)
{
	if (setsid() < 0 || ioctl(peer, TIOCSCTTY, 0) < 0)
		_exit(90);
}

static _Noreturn void program(int peer, const sigset_t *mask, const char *script)
{
	struct err e = { 0 };

	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	if (peer >= 0) {
		if (setsid() < 0 || console_take(peer, getuid(), &e) < 0)
			_exit(91);
	}
	(void)execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	_exit(92);
}

/* What `run` does, as far as the console is concerned. Return: exit status for the test. */
static int relay(const char *script)
{
	struct console_relay c = CONSOLE_RELAY_INIT;
	struct err e = { 0 };
	sigset_t old;
	int status;

	int signals = console_signals(0, &old, &e);
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (signals < 0 || master < 0 || console_relay_open(&c, &e) < 0)
		return 93;
	int peer = console_peer(master, 0, 0, &e);
	if (peer < 0)
		return 94;
	pid_t pid = fork();
	if (pid == 0)
		program(peer, &old, script);
	(void)close(peer);
	int pidfd = sys_pidfd_open(pid, 0);
	if (pidfd < 0 || console_relay_raw(&c, master, &e) < 0)
		return 95;
	if (console_run(&c, master, pidfd, pid, signals, &status, &e) < 0)
		return 96;
	console_relay_done(&c);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* @in, @out: -1: the terminal. */
static void caller_start(struct caller *c, const char *script, int in, int out)
{
	struct winsize size = { .ws_row = 33, .ws_col = 77 };

	c->master = open_master();
	c->peer = ioctl(c->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	c->seen = (struct strbuf)STRBUF_INIT;
	assert_true(c->peer >= 0);
	assert_int_equal(ioctl(c->master, TIOCSWINSZ, &size), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0) {
		own_terminal(c->peer);
		(void)dup2(in < 0 ? c->peer : in, STDIN_FILENO);
		(void)dup2(out < 0 ? c->peer : out, STDOUT_FILENO);
		(void)close(c->master);
		_exit(relay(script));
	}
}

/* Takes what the terminal has for us, waiting for it at most @wait_ms. */
static bool caller_reads(struct caller *c, int wait_ms)
{
	struct pollfd p = { .fd = c->master, .events = POLLIN };
	char chunk[4096];

	if (poll(&p, 1, wait_ms) <= 0 || !(p.revents & POLLIN))
		return false;
	ssize_t n = read(c->master, chunk, sizeof(chunk));
	if (n <= 0)
		return false;
	strbuf_add(&c->seen, chunk, (size_t)n);
	return true;
}

/* Reads what the caller's terminal shows until @text is in it. */
static bool caller_sees(struct caller *c, const char *text)
{
	int64_t deadline = now_ms() + WAIT_MS;

	while (!strstr(strbuf_str(&c->seen), text)) {
		if (now_ms() > deadline)
			return false;
		(void)caller_reads(c, 100);
	}
	return true;
}

static void caller_types(const struct caller *c, const char *text)
{
	assert_int_equal(fd_write_all(c->master, text, strlen(text)), 0);
}

/* Return: the exit status; everything is closed. */
static int caller_end(struct caller *c)
{
	int64_t deadline = now_ms() + WAIT_MS;
	int status = -1;
	pid_t n = 0;

	/* Go on reading, for the relay may be writing yet. */
	while (n == 0 && now_ms() < deadline) {
		(void)caller_reads(c, 20);
		n = waitpid(c->pid, &status, WNOHANG);
	}
	while (caller_reads(c, 0))
		;
	if (n == 0) {
		(void)kill(c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
	}
	(void)close(c->master);
	(void)close(c->peer);
	return n == c->pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void typed_bytes_go_in_and_answers_come_out(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, "echo ready; read x; echo got:$x:; exit 7", -1, -1);
	assert_true(caller_sees(&c, "ready\r\n")); /* only now ours is raw for certain */
	caller_types(&c, "hello\r");
	assert_true(caller_sees(&c, "got:hello:"));
	assert_int_equal(caller_end(&c), 7);
	/* The container's terminal echoes, ours does not: once. */
	assert_string_equal(strbuf_str(&c.seen), "ready\r\nhello\r\ngot:hello:\r\n");
	strbuf_done(&c.seen);
}

static void the_size_is_ours_and_follows(void **state)
{
	struct winsize size = { .ws_row = 44, .ws_col = 88 };
	struct caller c;

	(void)state;
	caller_start(&c,
		     /* The trap comes last: the first copy of the size is a SIGWINCH as well. */
		     "read x; stty size; trap 'stty size; exit 3' WINCH; echo ready;"
		     "i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done; exit 1",
		     -1, -1);
	caller_types(&c, "\r");
	assert_true(caller_sees(&c, "33 77"));
	assert_true(caller_sees(&c, "ready"));
	assert_int_equal(ioctl(c.master, TIOCSWINSZ, &size), 0);
	assert_true(caller_sees(&c, "44 88"));
	assert_int_equal(caller_end(&c), 3);
	strbuf_done(&c.seen);
}

static void what_is_left_at_the_end_is_written(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, "i=0; while [ $i -lt 2000 ]; do echo line.$i; i=$((i+1)); done; echo LAST",
		     -1, -1);
	assert_int_equal(caller_end(&c), 0);
	assert_non_null(strstr(strbuf_str(&c.seen), "line.1\r\n"));
	assert_non_null(strstr(strbuf_str(&c.seen), "line.1999"));
	assert_non_null(strstr(strbuf_str(&c.seen), "LAST"));
	strbuf_done(&c.seen);
}

static void input_that_ends_leaves_the_program_running(void **state)
{
	autoclose int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct caller c;

	(void)state;
	caller_start(&c, "sleep 0.3; stty size; exit 5", null, -1);
	assert_true(caller_sees(&c, "33 77"));
	assert_int_equal(caller_end(&c), 5);
	strbuf_done(&c.seen);
}

static void a_reader_that_is_gone_does_not_stop_the_program(void **state)
{
	struct caller c;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	(void)close(fds[0]);
	caller_start(&c, "head -c 300000 /dev/zero; exit 6", -1, fds[1]);
	(void)close(fds[1]);
	assert_int_equal(caller_end(&c), 6);
	strbuf_done(&c.seen);
}

static void lines_end_without_carriage_return_in_a_pipe(void **state)
{
	char text[64] = "";
	struct caller c;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	caller_start(&c, "echo a; echo b", -1, fds[1]);
	(void)close(fds[1]);
	assert_int_equal(caller_end(&c), 0);
	assert_int_equal(read(fds[0], text, sizeof(text) - 1), 4);
	(void)close(fds[0]);
	assert_string_equal(text, "a\nb\n");
	strbuf_done(&c.seen);
}

static void the_pipe_of_the_caller_stays_blocking(void **state)
{
	struct caller c;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	caller_start(&c, "sleep 0.2", -1, fds[1]);
	assert_int_equal(caller_end(&c), 0);
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	strbuf_done(&c.seen);
}

static void signals_reach_the_program(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c,
		     "trap 'echo caught; exit 9' TERM; echo ready;"
		     "i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done",
		     -1, -1);
	assert_true(caller_sees(&c, "ready"));
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_true(caller_sees(&c, "caught"));
	assert_int_equal(caller_end(&c), 9);
	strbuf_done(&c.seen);
}

static void a_killed_program_is_told_apart(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, "kill -KILL $$", -1, -1);
	assert_int_equal(caller_end(&c), 128 + SIGKILL);
	strbuf_done(&c.seen);
}

static void the_terminal_is_restored(void **state)
{
	struct termios before, during, after;
	struct caller c;

	(void)state;
	caller_start(&c, "echo ready; read x", -1, -1);
	assert_true(caller_sees(&c, "ready"));
	assert_int_equal(tcgetattr(c.master, &during), 0);
	assert_int_equal(during.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG), 0);
	assert_int_not_equal(during.c_oflag & (tcflag_t)OPOST, 0);

	int keep = dup(c.master);
	caller_types(&c, "\r");
	assert_int_equal(caller_end(&c), 0);
	int fresh = open_master();
	assert_int_equal(tcgetattr(fresh, &before), 0);
	assert_int_equal(tcgetattr(keep, &after), 0);
	assert_int_equal(before.c_lflag, after.c_lflag);
	assert_int_equal(before.c_iflag, after.c_iflag);
	assert_int_equal(before.c_oflag, after.c_oflag);
	(void)close(fresh);
	(void)close(keep);
	strbuf_done(&c.seen);
}

/* --- without a terminal ------------------------------------------------------------------ */

/* In a child: a program without terminal, an orphan that comes to us, and its end. */
static int run_plain(const char *script)
{
	struct err e = { 0 };
	sigset_t old;
	int status;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	int signals = console_signals(0, &old, &e);
	pid_t pid = fork();
	if (pid == 0)
		program(-1, &old, script);
	int pidfd = sys_pidfd_open(pid, 0);
	if (signals < 0 || pidfd < 0 || console_run(NULL, -1, pidfd, pid, signals, &status, &e) < 0)
		return 96;
	/* Strangers that ended before it are reaped, so nothing but ECHILD is left. */
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		return 97;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void without_a_terminal_signals_and_strangers(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run_plain("(sh -c 'exit 4' & exit 0); trap 'exit 11' USR1; sleep 0.3;"
				"kill -USR1 $PPID; i=0;"
				"while [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done; exit 1"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 11);
}

static void no_terminal_has_runcs_words(void **state)
{
	struct console_relay c = CONSOLE_RELAY_INIT;
	struct err e = { 0 };
	int status;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setsid() < 0 || console_relay_open(&c, &e) != -ENXIO)
			_exit(1);
		_exit(strcmp(e.text, "open /dev/tty: no such device or address") == 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* --- the peer and the console socket ------------------------------------------------------ */

static void the_peer_has_its_size_and_no_onlcr(void **state)
{
	autoclose int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize size;
	struct termios t;
	struct err e = { 0 };

	(void)state;
	autoclose int peer = console_peer(master, 10, 110, &e);
	assert_true(peer >= 0);
	assert_int_equal(ioctl(peer, TIOCGWINSZ, &size), 0);
	assert_int_equal(size.ws_row, 10);
	assert_int_equal(size.ws_col, 110);
	assert_int_equal(tcgetattr(peer, &t), 0);
	assert_int_equal(t.c_oflag & (tcflag_t)ONLCR, 0);
	assert_int_equal(fcntl(peer, F_GETFD), FD_CLOEXEC);
}

static void what_is_no_master_is_refused(void **state)
{
	autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(console_peer(null, 0, 0, &e), -ENOTTY);
	assert_string_equal(e.text, "terminal: ioctl(TIOCSPTLCK): inappropriate ioctl for device");

	/* Its owner stays: a file of ours, offered to another user. */
	char path[] = "/tmp/vial-notty.XXXXXX";
	struct stat st;
	autoclose int file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(console_take(file, getuid() + 1, &e), -ENOTTY);
	assert_string_equal(e.text, "terminal: ioctl(TIOCSCTTY): inappropriate ioctl for device");
	assert_int_equal(fstat(file, &st), 0);
	assert_int_equal(st.st_uid, getuid());
}

static void the_socket_gets_master_and_name(void **state)
{
	char dir[] = "/tmp/vial-console.XXXXXX";
	char deep[160], path[200], data[64] = "";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct err e = { 0 };
	size_t n = 1;
	int got = -1;

	(void)state;
	assert_non_null(mkdtemp(dir));
	/* Longer than sun_path takes: bound by a short name, connected by the long one. */
	(void)snprintf(deep, sizeof(deep), "%s/%0110d", dir, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/s", deep);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", dir);
	autoclose int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(rename(address.sun_path, path), 0);

	assert_int_equal(console_socket_connect(path, &e), -ECONNREFUSED); /* no listen(2) yet */
	assert_non_null(strstr(e.text, "connect: connection refused"));
	assert_int_equal(listen(server, 1), 0);
	autoclose int sock = console_socket_connect(path, &e);
	assert_true(sock >= 0);
	autoclose int other = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	autoclose int master = open_master();
	assert_int_equal(console_socket_send(sock, master, &e), 0);
	assert_int_equal(fd_recv(other, data, sizeof(data), &got, &n), 13);
	assert_int_equal(n, 1);
	assert_string_equal(data, "/dev/pts/ptmx");
	assert_true(isatty(got));
	(void)close(got);

	assert_int_equal(unlink(path), 0);
	assert_int_equal(console_socket_connect(path, &e), -ENOENT);
	assert_int_equal(rmdir(deep), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* The call as the program makes it, whose standard streams these are. */
static void open_up_in_a_child(int in, int out)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		    dup2(out, STDERR_FILENO) < 0)
			_exit(91);
		stdio_open_up();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static unsigned mode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_uid, geteuid());
	return st.st_mode & 07777;
}

static void an_end_of_a_pipe_gets_what_it_is_for(void **state)
{
	int in[2], out[2], both[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(both), 0);
	open_up_in_a_child(in[0], out[1]);
	assert_int_equal(mode_of(in[0]), 0644);
	assert_int_equal(mode_of(out[1]), 0622);
	open_up_in_a_child(both[0], both[1]);
	assert_int_equal(mode_of(both[0]), 0666);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(in[i]) | close(out[i]) | close(both[i]), 0);
}

static void what_has_a_name_keeps_its_mode(void **state)
{
	char dir[] = "/tmp/vial-console.XXXXXX";
	char path[64];
	int pair[2];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	autoclose int fifo = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	autoclose int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);

	unsigned before = mode_of(pair[1]);
	open_up_in_a_child(fifo, file);
	assert_int_equal(mode_of(fifo), 0600);
	assert_int_equal(mode_of(file), 0600);
	open_up_in_a_child(pair[0], pair[1]);
	assert_int_equal(mode_of(pair[1]), before);
	assert_int_equal(close(pair[0]) | close(pair[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typed_bytes_go_in_and_answers_come_out),
		cmocka_unit_test(the_size_is_ours_and_follows),
		cmocka_unit_test(what_is_left_at_the_end_is_written),
		cmocka_unit_test(input_that_ends_leaves_the_program_running),
		cmocka_unit_test(a_reader_that_is_gone_does_not_stop_the_program),
		cmocka_unit_test(lines_end_without_carriage_return_in_a_pipe),
		cmocka_unit_test(the_pipe_of_the_caller_stays_blocking),
		cmocka_unit_test(signals_reach_the_program),
		cmocka_unit_test(a_killed_program_is_told_apart),
		cmocka_unit_test(the_terminal_is_restored),
		cmocka_unit_test(without_a_terminal_signals_and_strangers),
		cmocka_unit_test(no_terminal_has_runcs_words),
		cmocka_unit_test(the_peer_has_its_size_and_no_onlcr),
		cmocka_unit_test(what_is_no_master_is_refused),
		cmocka_unit_test(the_socket_gets_master_and_name),
		cmocka_unit_test(an_end_of_a_pipe_gets_what_it_is_for),
		cmocka_unit_test(what_has_a_name_keeps_its_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
