/* SPDX-License-Identifier: Apache-2.0 */
#include "init/selfexe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"

#ifndef MFD_EXEC
#	define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif
#ifndef F_SEAL_EXEC
#	define F_SEAL_EXEC 0x0020 /* Linux 6.3 */
#endif

#define SEALS	 (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SELF_EXE "/proc/self/exe"

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static int copy(int from, int to, struct err *e)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return err_errno(e, "stat " SELF_EXE);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "copy " SELF_EXE);
		if (n == 0)
			return err_set(e, EIO, "copy " SELF_EXE ": it became shorter");
		left -= n;
	}
	return 0;
}

static int make_sealed(int from, struct err *e)
{
	const char *name = "vial:" SELF_EXE;

	/* A kernel before 6.3 does not know MFD_EXEC and gives what it asks for. */
	autoclose int fd = sys_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = sys_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_errno(e, "memfd_create(2)");

	int r = copy(from, fd, e);
	if (r < 0)
		return r;
	if (fchmod(fd, 0555) < 0)
		return err_errno(e, "chmod the copy");
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return err_errno(e, "seal the copy");
	return take_fd(&fd);
}

int selfexe_seal(char *const argv[], struct err *e)
{
	autoclose int exe = open(SELF_EXE, O_RDONLY | O_CLOEXEC);
	if (exe < 0)
		return err_errno(e, "protect " SELF_EXE ": open");
	if (is_sealed(exe))
		return 0;

	autoclose int fd = make_sealed(exe, e);
	if (fd < 0)
		return err_ctx(e, "protect " SELF_EXE);
	(void)sys_execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	return err_errno(e, "protect " SELF_EXE ": execveat(2)");
}
