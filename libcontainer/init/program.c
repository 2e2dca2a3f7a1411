/* SPDX-License-Identifier: Apache-2.0 */
#include "init/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

const char program_default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* --- finding ------------------------------------------------------------------------ */

/* 0 when execve(2) has a chance; the judge is execve(2), so doubt is no refusal: a seccomp
 * filter may forbid us to look. */
static int check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == EPERM || errno == ENOSYS ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 || errno == EPERM || errno == ENOSYS)
		return 0;
	return -errno;
}

static int find_by_path(const char *name, const char **ret, struct err *e)
{
	int r = check(name);

	*ret = name;
	if (r == 0)
		return 0;
	/* Clients know "permission denied" for what cannot be executed, and make it exit code 126. */
	if (r == -EISDIR)
		return err_set(e, EACCES, "exec: \"%s\": is a directory: permission denied", name);
	if (r == -EACCES)
		return err_set(e, EACCES, "exec: \"%s\": %s", name, errno_text(EACCES));
	return err_set(e, -r, "exec: \"%s\": stat %s: %s", name, name, errno_text(-r));
}

static const char *path_of(const char *const *envp)
{
	for (; *envp; envp++) {
		const char *value = str_after(*envp, "PATH=");

		if (value)
			return value;
	}
	return program_default_path;
}

int program_find(struct arena *a, const char *name, const char *const *envp, const char **ret,
		 struct err *e)
{
	if (strchr(name, '/'))
		return find_by_path(name, ret, e);

	for (const char *dir = path_of(envp); *name;) {
		size_t n = strcspn(dir, ":");
		const char *candidate = n ? arena_printf(a, "%.*s/%s", (int)n, dir, name)
					  : arena_printf(a, "./%s", name);

		if (check(candidate) == 0) {
			*ret = candidate;
			return 0;
		}
		if (dir[n] == '\0')
			break;
		dir += n + 1;
	}
	return err_set(e, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

/* --- explaining --------------------------------------------------------------------- */

struct head {
	unsigned char bytes[4096];
	size_t n;
};

static bool read_head(const char *path, struct head *h)
{
	struct stat st;

	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	ssize_t n = pread(fd, h->bytes, sizeof(h->bytes) - 1, 0);
	if (n < 0)
		return false;
	h->n = (size_t)n;
	h->bytes[h->n] = '\0';
	return true;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

/* "#!interpreter argument"; execve(2), "Interpreter scripts". */
static void explain_script(struct head *h, struct err *e)
{
	char *line = (char *)h->bytes + 2;

	line[strcspn(line, "\n")] = '\0';
	line += strspn(line, " \t");
	line[strcspn(line, " \t")] = '\0';
	size_t n = strlen(line);
	if (n == 0) {
		(void)err_append(e, "the script's first line names no interpreter");
	} else if (line[n - 1] == '\r') {
		line[n - 1] = '\0';
		(void)err_append(e,
				 "the script's lines end in CR LF, so its interpreter is \"%s\\r\"",
				 line);
	} else if (!exists(line)) {
		(void)err_append(e, "the script's interpreter %s does not exist", line);
	}
}

static const struct {
	unsigned int machine;
	const char *name;
} machines[] = {
	{ EM_X86_64, "x86_64" }, { EM_386, "i386" },	{ EM_AARCH64, "aarch64" },
	{ EM_ARM, "arm" },	 { EM_RISCV, "riscv" }, { EM_PPC64, "ppc64" },
	{ EM_S390, "s390x" },	 { EM_MIPS, "mips" },	{ EM_SPARCV9, "sparc64" },
};

#if defined(__x86_64__)
#	define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#	define OWN_MACHINE EM_AARCH64
#elif defined(__riscv)
#	define OWN_MACHINE EM_RISCV
#elif defined(__arm__)
#	define OWN_MACHINE EM_ARM
#elif defined(__i386__)
#	define OWN_MACHINE EM_386
#elif defined(__powerpc64__)
#	define OWN_MACHINE EM_PPC64
#elif defined(__s390x__)
#	define OWN_MACHINE EM_S390
#else
#	define OWN_MACHINE EM_NONE
#endif

static const char *machine_name(unsigned int machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "an unknown architecture";
}

/* Path of the loader in a 64-bit ELF file, inside @h; NULL when it has none in its first bytes. */
static const char *loader(const struct head *h)
{
	Elf64_Ehdr eh;

	if (h->n < sizeof(eh))
		return NULL;
	memcpy(&eh, h->bytes, sizeof(eh));
	for (size_t i = 0; i < eh.e_phnum; i++) {
		Elf64_Phdr ph;
		size_t at = eh.e_phoff + i * sizeof(ph);

		if (eh.e_phoff > h->n || at + sizeof(ph) > h->n)
			return NULL;
		memcpy(&ph, h->bytes + at, sizeof(ph));
		if (ph.p_type != PT_INTERP)
			continue;
		if (ph.p_offset >= h->n || ph.p_filesz > h->n - ph.p_offset || ph.p_filesz == 0)
			return NULL;
		return h->bytes[ph.p_offset + ph.p_filesz - 1] == '\0'
			       ? (const char *)h->bytes + ph.p_offset
			       : NULL;
	}
	return NULL;
}

static void explain_elf(const struct head *h, int code, struct err *e)
{
	Elf32_Half machine;

	if (h->n < 20)
		return;
	memcpy(&machine, h->bytes + 18,
	       sizeof(machine)); /* e_machine, the same place in both classes */
	if (machine != OWN_MACHINE && code == ENOEXEC) {
		(void)err_append(e, "the program is for %s, this machine is %s",
				 machine_name(machine), machine_name(OWN_MACHINE));
		return;
	}
	const char *ld = h->bytes[EI_CLASS] == ELFCLASS64 ? loader(h) : NULL;
	if (ld && !exists(ld))
		(void)err_append(
			e,
			"the program's ELF loader %s does not exist: is it made for another C library?",
			ld);
}

static void explain_access(const char *path, struct err *e)
{
	struct statvfs fs;
	struct stat st;

	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		(void)err_append(e, "it lies on a mount with noexec");
	else if (stat(path, &st) == 0 && !(st.st_mode & 0111))
		(void)err_append(e, "it has no execute permission");
}

int program_explain(const char *path, int code, struct err *e)
{
	struct head h;

	(void)err_set(e, code, "exec %s: %s", path, errno_text(code));
	if (code == EACCES)
		explain_access(path, e);
	if ((code != ENOENT && code != ENOEXEC) || !read_head(path, &h))
		return -code;
	if (h.n >= 2 && memcmp(h.bytes, "#!", 2) == 0)
		explain_script(&h, e);
	else if (h.n >= SELFMAG && memcmp(h.bytes, ELFMAG, SELFMAG) == 0)
		explain_elf(&h, code, e);
	else if (code == ENOEXEC)
		(void)err_append(
			e, h.n == 0 ? "the file is empty"
				    : "neither an ELF program nor a script that starts with #!");
	return -code;
}
