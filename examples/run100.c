/* SPDX-License-Identifier: Apache-2.0 */

/*
 * run100 STATE-ROOT BUNDLE [COUNT]: run a hundred containers, one after the other, from one
 * process, each with a second process in it; then look whether that cost a descriptor or memory.
 *
 *     cc run100.c -o run100 $(pkg-config --cflags --libs vial)
 *
 * The bundle's program must stay for a while (`sleep 100`), and its root have /bin/true.
 */

#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vial/vial.h>

static void on_log(void *arg, enum vial_log_level level, const char *text)
{
	(void)arg;
	fprintf(stderr, "log %d: %s\n", (int)level, text);
}

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static int second_process(struct vial *v, const char *id, struct vial_error *e)
{
	const char *const argv[] = { "/bin/true", NULL };
	int status = 0;
	int pidfd = vial_exec(v, id, argv, NULL, e);

	if (pidfd < 0)
		return pidfd;
	int r = vial_wait(pidfd, -1, &status, e);
	close(pidfd);
	if (r == 0 && status != 0) {
		fprintf(stderr, "exec ended with status %d\n", status);
		return -1;
	}
	return r;
}

/* Kill it and see how it ended. */
static int end(struct vial *v, const char *id, struct vial_error *e)
{
	int status = 0;
	int pidfd = vial_pidfd(v, id, e);

	if (pidfd < 0)
		return pidfd;
	int r = vial_kill(v, id, SIGKILL, false, e);
	if (r == 0)
		r = vial_wait(pidfd, -1, &status, e);
	close(pidfd);
	if (r == 0 && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)) {
		fprintf(stderr, "init ended with status %d\n", status);
		return -1;
	}
	return r;
}

static int one(struct vial *v, const struct vial_bundle *b, const char *id, struct vial_error *e)
{
	struct vial_state *state = NULL;
	int r = vial_create(v, b, id, NULL, e);

	if (r < 0)
		return r;
	r = vial_start(v, id, e);
	if (r == 0)
		r = vial_state(v, id, &state, e);
	if (r == 0 && state->status != VIAL_RUNNING) {
		fprintf(stderr, "%s does not run\n", id);
		r = -1;
	}
	vial_states_free(state);
	if (r == 0)
		r = second_process(v, id, e);
	if (r == 0)
		r = end(v, id, e);
	if (r < 0)
		(void)vial_delete(v, id, true, NULL);
	else
		r = vial_delete(v, id, false, e);
	return r;
}

static int several(struct vial *v, const struct vial_bundle *b, int n)
{
	struct vial_error e = { 0 };
	char id[64];

	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "run100-%d-%d", (int)getpid(), i);
		if (one(v, b, id, &e) < 0) {
			fprintf(stderr, "%s: %s\n", id, e.text);
			return -1;
		}
	}
	return 0;
}

static int none_is_left(struct vial *v)
{
	struct vial_state *all = NULL;
	size_t n = 1;

	if (vial_list(v, &all, &n, NULL) < 0)
		return 0;
	vial_states_free(all);
	return n == 0 && waitpid(-1, NULL, WNOHANG) < 0; /* no child either */
}

static int measure(struct vial *v, const struct vial_bundle *b, int n)
{
	/* What the C library keeps of freed pieces for later (tcache) fills in the first calls, also
	 * those between the calls of the library. */
	if (several(v, b, 10) < 0 || count_fds() < 0 || several(v, b, 10) < 0)
		return 1;
	int fds = count_fds();
	size_t bytes = mallinfo2().uordblks;
	if (several(v, b, n) < 0)
		return 1;
	int fds_after = count_fds();
	size_t bytes_after = mallinfo2().uordblks;

	printf("%d containers: descriptors %d, %d; bytes %zu, %zu\n", n, fds, fds_after, bytes,
	       bytes_after);
	return fds == fds_after && bytes == bytes_after && none_is_left(v) ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct vial_error e = { 0 };
	struct vial *v = NULL;
	struct vial_bundle *b = NULL;

	if (argc < 3) {
		fprintf(stderr, "usage: %s STATE-ROOT BUNDLE [COUNT]\n", argv[0]);
		return 2;
	}
	int r = vial_seal(argv, &e);
	if (r == 0)
		r = vial_open(argv[1], on_log, NULL, VIAL_LOG_WARNING, &v, &e);
	if (r == 0)
		r = vial_bundle_load(argv[2], &b, &e);
	if (r < 0)
		fprintf(stderr, "%s\n", e.text);
	int status = r < 0 ? 1 : measure(v, b, argc > 3 ? (int)strtol(argv[3], NULL, 10) : 100);
	vial_bundle_free(b);
	vial_close(v);
	return status;
}
