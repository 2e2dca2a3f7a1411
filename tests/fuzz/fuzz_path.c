/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The bytes make a tree of directories, files and symlinks in a temporary directory, and paths to
 * open in it. The walk in user space (base/path.c) must find what openat2(RESOLVE_IN_ROOT) finds, fail
 * where it fails, and nothing outside of the root may change, whatever is made.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/sys.h"
#include "fuzz.h"

#define OPS_MAX	  24
#define PATHS_MAX 8

/* The linker puts this in the place of sys_openat2() (--wrap): the resolver must do without. */
int __wrap_sys_openat2(int dir_fd, const char *path, struct open_how *how, size_t size);
int __real_sys_openat2(int dir_fd, const char *path, struct open_how *how, size_t size);

int __wrap_sys_openat2(int dir_fd, const char *path, struct open_how *how, size_t size)
{
	(void)dir_fd;
	(void)path;
	(void)how;
	(void)size;
	errno = ENOSYS;
	return -1;
}

/* BASE/root is the root; BASE/canary must stay empty. */
static struct place {
	char path[64];
	int base, root;
} place = { "", -1, -1 };

/*
 * The oracle. EAGAIN: something was renamed anywhere on the machine. ENOSYS: valgrind does not know
 * the call; then only the walk's memory is looked at.
 */
static int open_by_kernel(const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | resolve };
	int fd;

	do
		fd = __real_sys_openat2(place.root, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	return fd < 0 && errno == ENOSYS ? path_open_in(place.root, path, (int)flags, 0) : fd;
}

/* --- the places --------------------------------------------------------------------------- */

static void empty(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);

	require(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (str_eq(d->d_name, ".") || str_eq(d->d_name, ".."))
			continue;
		if (unlinkat(dirfd(dir), d->d_name, 0) == 0)
			continue;
		autoclose int sub =
			openat(dirfd(dir), d->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
		if (sub >= 0)
			empty(sub);
		(void)unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR);
	}
	(void)closedir(dir);
}

static void remove_place(void)
{
	empty(place.base);
	(void)rmdir(place.path);
}

static void make_place(void)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)snprintf(place.path, sizeof(place.path), "%s/vial-fuzz-XXXXXX", tmp);
	require(mkdtemp(place.path));
	place.base = open(place.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(mkdirat(place.base, "root", 0755) == 0);
	require(mkdirat(place.base, "canary", 0755) == 0);
	place.root = openat(place.base, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	require(place.base >= 0 && place.root >= 0);
	require(atexit(remove_place) == 0);
}

static size_t entries(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	size_t n = 0;

	require(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

/* --- what the bytes say ------------------------------------------------------------------ */

static void read_path(struct fuzz_bytes *b, char *out, size_t size)
{
	static const char *const words[] = { "a", "b",	      "c",	"d",	     "..",    ".",
					     "",  "/",	      "a/b",	"../canary", "/a/..", "b/",
					     "x", "../../..", "c/../b", "d/." };
	size_t n = 1 + fuzz_byte(b) % 5;

	*out = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(out);

		(void)snprintf(out + len, size - len, "%s%s",
			       words[fuzz_byte(b) % ARRAY_SIZE(words)], i + 1 < n ? "/" : "");
	}
}

static void grow(struct fuzz_bytes *b)
{
	char path[256], target[256];

	for (size_t n = fuzz_byte(b) % OPS_MAX; n > 0; n--) {
		static const char *const names[] = { "a", "b", "c", "d" };
		uint8_t op = fuzz_byte(b);
		const char *name = names[op / 4 % 4];

		read_path(b, path, sizeof(path));
		autoclose int dir = open_by_kernel(path, O_PATH | O_DIRECTORY, 0);
		if (dir < 0)
			continue;
		if (op % 4 == 0)
			(void)!mkdirat(dir, name, 0755);
		if (op % 4 == 1)
			(void)close(
				openat(dir, name, O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0644));
		if (op % 4 < 2)
			continue;
		read_path(b, target, sizeof(target));
		(void)!symlinkat(target, dir, name);
	}
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static void compare_open(const char *path, int flags)
{
	autoclose int want =
		open_by_kernel(path, (uint64_t)(unsigned int)flags, RESOLVE_NO_MAGICLINKS);
	int why = errno;
	autoclose int got = path_open_in(place.root, path, flags, 0);

	if (want < 0 && got < 0 && got == -why)
		return;
	if (want >= 0 && got >= 0 && same_file(want, got))
		return;
	(void)fprintf(stderr, "open \"%s\" with %#x: openat2 %s, we %s\n", path,
		      (unsigned int)flags, want < 0 ? errno_text(why) : "opens it",
		      got < 0 ? errno_text(-got) : "open it");
	abort();
}

/* What was made is where the kernel looks for it. */
static void check_made(const char *path, int fd, int flags)
{
	autoclose int want = open_by_kernel(path, (uint64_t)(unsigned int)(O_PATH | flags), 0);

	require(want >= 0 && same_file(want, fd));
}

static void make(const char *path, bool is_file)
{
	autoclose int fd = is_file ? path_mkfile_in(place.root, path, 0644, 0755)
				   : path_mkdirs_in(place.root, path, 0755);

	if (fd >= 0)
		check_made(path, fd, is_file ? 0 : O_DIRECTORY);
	require(entries(place.base, "canary") == 2 && entries(place.base, ".") == 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int flags[] = { O_PATH,
				     O_PATH | O_NOFOLLOW,
				     O_PATH | O_DIRECTORY,
				     O_PATH | O_DIRECTORY | O_NOFOLLOW,
				     O_RDONLY | O_NONBLOCK,
				     O_RDONLY | O_NOFOLLOW | O_NONBLOCK };
	struct fuzz_bytes b = { data, data + size };
	char path[256];

	if (place.root < 0)
		make_place();
	empty(place.root);
	grow(&b);
	for (size_t n = 0; n < PATHS_MAX && b.at < b.end; n++) {
		uint8_t how = fuzz_byte(&b);

		read_path(&b, path, sizeof(path));
		for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
			compare_open(path, flags[i]);
		if (how % 4 == 0)
			make(path, how & 4);
	}
	return 0;
}
