/* SPDX-License-Identifier: Apache-2.0 */
#include "base/progfile.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const char *program_path_of(const char *const *envp)
{
	for (; *envp; envp++) {
		const char *value = str_after(*envp, "PATH=");

		if (value)
			return value;
	}
	return default_path;
}

const char *program_path_next(struct arena *a, const char *name, const char **path)
{
	const char *dir = *path;

	if (!dir || !*name)
		return NULL;
	size_t n = strcspn(dir, ":");
	*path = dir[n] ? dir + n + 1 : NULL;
	return n ? arena_printf(a, "%.*s/%s", (int)n, dir, name) : arena_printf(a, "./%s", name);
}

bool program_head_read(int fd, struct program_head *ret)
{
	ssize_t n = pread(fd, ret->bytes, sizeof(ret->bytes) - 1, 0);

	if (n < 0)
		return false;
	ret->n = (size_t)n;
	ret->bytes[ret->n] = '\0';
	return true;
}

/* "#!interpreter argument"; execve(2), "Interpreter scripts". */
static void read_script(struct program_head *h, struct program_facts *ret)
{
	char *line = (char *)h->bytes + 2;

	line[strcspn(line, "\n")] = '\0';
	line += strspn(line, " \t");
	line[strcspn(line, " \t")] = '\0';
	size_t n = strlen(line);
	ret->kind = PROGRAM_SCRIPT;
	ret->interpreter = line;
	ret->has_cr = n > 0 && line[n - 1] == '\r';
	if (ret->has_cr)
		line[n - 1] = '\0';
}

/* Path of the loader in a 64-bit ELF file, inside @h; NULL when it has none in its first bytes. */
static const char *loader(const struct program_head *h)
{
	Elf64_Ehdr eh;

	if (h->n < sizeof(eh) || h->bytes[EI_CLASS] != ELFCLASS64)
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

/* e_machine is at the same place in both classes. */
#define MACHINE_AT 18

static void read_elf(const struct program_head *h, struct program_facts *ret)
{
	unsigned int low = h->bytes[MACHINE_AT], high = h->bytes[MACHINE_AT + 1];

	ret->kind = PROGRAM_ELF;
	ret->loader = loader(h);
	ret->machine = h->bytes[EI_DATA] == ELFDATA2MSB ? low << 8 | high : high << 8 | low;
}

void program_facts_of(struct program_head *h, struct program_facts *ret)
{
	*ret = (struct program_facts){ .kind = PROGRAM_OTHER };
	if (h->n == 0)
		ret->kind = PROGRAM_EMPTY;
	else if (h->n >= 2 && memcmp(h->bytes, "#!", 2) == 0)
		read_script(h, ret);
	else if (h->n >= MACHINE_AT + 2 && memcmp(h->bytes, ELFMAG, SELFMAG) == 0)
		read_elf(h, ret);
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

unsigned int program_own_machine(void)
{
	return OWN_MACHINE;
}

const char *program_machine_name(unsigned int machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return "an unknown architecture";
}
