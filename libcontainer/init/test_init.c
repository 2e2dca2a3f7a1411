/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "init/home.h"
#include "init/hookstate.h"
#include "init/idmap.h"
#include "init/program.h"
#include "init/sources.h"

struct fixture {
	char path[64];
	int fd;
	struct arena arena;
	struct err e;
	char want[1024], name[256]; /* scratch */
};

static int setup(void **ctx)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->path, sizeof(f->path), "/tmp/vial-init-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	*ctx = f;
	return 0;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **ctx)
{
	struct fixture *f = *ctx;
	int r = nftw(f->path, unlink_one, 8, FTW_DEPTH | FTW_PHYS);

	(void)close(f->fd);
	arena_done(&f->arena);
	free(f);
	return r;
}

static void put(const struct fixture *f, const char *name, const void *data, size_t n, mode_t mode)
{
	autoclose int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, n), 0);
	assert_int_equal(fchmod(fd, mode), 0); /* whatever the umask says */
}

static void puts_in(const struct fixture *f, const char *name, const char *text, mode_t mode)
{
	put(f, name, text, strlen(text), mode);
}

/* Path of an entry of the temporary directory. */
static const char *at(struct fixture *f, const char *name)
{
	(void)snprintf(f->name, sizeof(f->name), "%s/%s", f->path, name);
	return f->name;
}

/* --- program_find() ------------------------------------------------------------------- */

static void assert_finds(struct fixture *f, const char *name, const char *path, const char *want)
{
	const char *const envp[] = { "XPATH=/nowhere", path, "PATH=/second/is/ignored", NULL };
	const char *got = NULL;

	assert_int_equal(program_find(&f->arena, name, envp, &got, &f->e), 0);
	assert_string_equal(got, want);
}

static void make_programs(struct fixture *f)
{
	assert_int_equal(mkdirat(f->fd, "one", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "two", 0755), 0);
	puts_in(f, "one/plain", "", 0644);
	puts_in(f, "two/plain", "", 0755);
	puts_in(f, "one/both", "", 0755);
	puts_in(f, "two/both", "", 0755);
	assert_int_equal(mkdirat(f->fd, "one/dir", 0755), 0);
	puts_in(f, "two/dir", "", 0755);
}

static void test_find_in_path(void **ctx)
{
	static const char *const names[] = { "plain", "dir" };
	struct fixture *f = *ctx;
	char path[256], want[256];

	make_programs(f);
	(void)snprintf(path, sizeof(path), "PATH=/none:%s/one:%s/two", f->path, f->path);
	/* What cannot be executed is passed over. */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(want, sizeof(want), "%s/two/%s", f->path, names[i]);
		assert_finds(f, names[i], path, want);
	}
	(void)snprintf(want, sizeof(want), "%s/one/both", f->path);
	assert_finds(f, "both", path, want);
	/* A name with a slash is not searched for. */
	assert_finds(f, want, "PATH=/none", want);
}

static void test_find_by_default_path(void **ctx)
{
	struct fixture *f = *ctx;
	const char *const none[] = { "HOME=/", NULL };
	const char *got = NULL;

	assert_int_equal(program_find(&f->arena, "sh", none, &got, &f->e), 0);
	assert_int_equal(access(got, X_OK), 0);
	const char *const empty[] = { "PATH=", NULL };
	assert_int_equal(program_find(&f->arena, "sh", empty, &got, &f->e), -ENOENT);
}

static void assert_not_in_path(struct fixture *f, const char *name, const char *path)
{
	const char *const envp[] = { path, NULL };
	const char *got = NULL;

	(void)snprintf(f->want, sizeof(f->want), "exec: \"%s\": executable file not found in $PATH",
		       name);
	assert_int_equal(program_find(&f->arena, name, envp, &got, &f->e), -ENOENT);
	assert_string_equal(f->e.text, f->want);
}

static void test_find_nothing(void **ctx)
{
	struct fixture *f = *ctx;
	char path[256];

	make_programs(f);
	(void)snprintf(path, sizeof(path), "PATH=%s/one", f->path);
	assert_not_in_path(f, "none", path);
	assert_not_in_path(f, "plain", path);
	assert_not_in_path(f, "dir", path);
	assert_not_in_path(f, "", path);
	assert_not_in_path(f, "both", "PATH=/none");
}

/* @stat: Go's words repeat the path there. */
static void assert_find_fails(struct fixture *f, const char *name, int code, bool stat,
			      const char *text)
{
	const char *const envp[] = { NULL };
	const char *got = NULL;
	const char *path = at(f, name);

	(void)snprintf(f->want, sizeof(f->want), "exec: \"%s\": %s%s%s%s", path,
		       stat ? "stat " : "", stat ? path : "", stat ? ": " : "", text);
	assert_int_equal(program_find(&f->arena, path, envp, &got, &f->e), -code);
	assert_int_equal(f->e.code, code);
	assert_string_equal(f->e.text, f->want);
}

static void test_find_absolute(void **ctx)
{
	struct fixture *f = *ctx;

	make_programs(f);
	assert_int_equal(symlinkat("dangling", f->fd, "link"), 0);
	assert_find_fails(f, "none", ENOENT, true, "no such file or directory");
	assert_find_fails(f, "link", ENOENT, true, "no such file or directory");
	assert_find_fails(f, "one/both/x", ENOTDIR, true, "not a directory");
	assert_find_fails(f, "one/plain", EACCES, false,
			  "permission denied (it has no execute permission)");
	assert_find_fails(f, "one/dir", EACCES, false, "is a directory: permission denied");
}

/* --- program_explain() ---------------------------------------------------------------- */

static void assert_explains(struct fixture *f, const char *name, int code, const char *want)
{
	const char *path = at(f, name);

	(void)snprintf(f->want, sizeof(f->want), "exec %s: %s%s", path, errno_text(code), want);
	assert_int_equal(program_explain(path, code, &f->e), -code);
	assert_int_equal(f->e.code, code);
	assert_string_equal(f->e.text, f->want);
}

static void test_explain_script(void **ctx)
{
	static const struct {
		const char *text, *want;
	} scripts[] = {
		{ "#!/no/such/sh\n", " (the script's interpreter /no/such/sh does not exist)" },
		{ "#! \t/no/such/sh -e\nx\n",
		  " (the script's interpreter /no/such/sh does not exist)" },
		{ "#!/no/such/sh", " (the script's interpreter /no/such/sh does not exist)" },
		{ "#!/bin/sh\r\necho\r\n",
		  " (the script's lines end in CR LF, so its interpreter is \"/bin/sh\\r\")" },
		{ "#!\n", " (the script's first line names no interpreter)" },
		{ "#!", " (the script's first line names no interpreter)" },
		{ "#!/\n", "" }, /* it exists: no guess */
	};
	struct fixture *f = *ctx;

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		puts_in(f, "script", scripts[i].text, 0755);
		assert_explains(f, "script", ENOENT, scripts[i].want);
	}
}

#if defined(__x86_64__)
#	define OWN	   EM_X86_64
#	define OWN_NAME   "x86_64"
#	define OTHER	   EM_AARCH64
#	define OTHER_NAME "aarch64"
#else
#	define OWN	   EM_AARCH64
#	define OWN_NAME   "aarch64"
#	define OTHER	   EM_X86_64
#	define OTHER_NAME "x86_64"
#endif

struct elf {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	char loader[32];
};

static struct elf make_elf(unsigned int machine, const char *loader)
{
	struct elf x = {
		.eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_DYN,
			.e_machine = (Elf64_Half)machine,
			.e_version = EV_CURRENT,
			.e_phoff = offsetof(struct elf, ph),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1 },
		.ph = { .p_type = PT_INTERP,
			.p_offset = offsetof(struct elf, loader),
			.p_filesz = strlen(loader) + 1 },
	};

	(void)snprintf(x.loader, sizeof(x.loader), "%s", loader);
	return x;
}

static void assert_elf(struct fixture *f, const struct elf *x, int code, const char *want)
{
	put(f, "elf", x, sizeof(*x), 0755);
	assert_explains(f, "elf", code, want);
}

static void test_explain_elf(void **ctx)
{
	struct fixture *f = *ctx;
	struct elf x = make_elf(OWN, "/lib/ld-none.so.1");

	assert_elf(
		f, &x, ENOENT,
		" (the program's ELF loader /lib/ld-none.so.1 does not exist: is it made for another C library?)");
	x = make_elf(OWN, "/");
	assert_elf(f, &x, ENOENT, "");
	x = make_elf(OTHER, "/lib/ld-none.so.1");
	assert_elf(f, &x, ENOEXEC,
		   " (the program is for " OTHER_NAME ", this machine is " OWN_NAME ")");
	x = make_elf(0xfedc, "/");
	assert_elf(f, &x, ENOEXEC,
		   " (the program is for an unknown architecture, this machine is " OWN_NAME ")");
}

/* Headers that lie about where things are: nothing is read from there, nothing is claimed. */
static void test_explain_hostile_elf(void **ctx)
{
	struct fixture *f = *ctx;
	const struct elf good = make_elf(OWN, "/lib/ld-none.so.1");
	struct elf x = good;

	x.eh.e_phoff = UINT64_MAX;
	assert_elf(f, &x, ENOENT, "");
	x = good;
	x.eh.e_phoff = sizeof(x) - 1;
	x.eh.e_phnum = UINT16_MAX;
	assert_elf(f, &x, ENOENT, "");
	x = good;
	x.ph.p_offset = UINT64_MAX;
	assert_elf(f, &x, ENOENT, "");
	x = good;
	x.ph.p_filesz = UINT64_MAX;
	assert_elf(f, &x, ENOENT, "");
	x = good;
	x.ph.p_filesz = 0;
	assert_elf(f, &x, ENOENT, "");
	x = good;
	x.ph.p_filesz = 5; /* without the NUL */
	assert_elf(f, &x, ENOENT, "");
	for (size_t n = SELFMAG; n < offsetof(struct elf, loader); n++) {
		put(f, "elf", &good, n, 0755);
		assert_explains(f, "elf", ENOENT, "");
	}
}

static void test_explain_other(void **ctx)
{
	struct fixture *f = *ctx;

	puts_in(f, "empty", "", 0755);
	assert_explains(f, "empty", ENOEXEC, " (the file is empty)");
	puts_in(f, "text", "echo hello\n", 0755);
	assert_explains(f, "text", ENOEXEC,
			" (neither an ELF program nor a script that starts with #!)");
	assert_explains(f, "text", ENOENT, "");
	assert_explains(f, "text", E2BIG, "");
	assert_explains(f, "none", ENOENT, "");
	assert_int_equal(mkfifoat(f->fd, "fifo", 0755), 0);
	assert_explains(f, "fifo", ENOEXEC, "");
}

/* --- home ----------------------------------------------------------------------------- */

static void test_home_parse(void **ctx)
{
	static const struct {
		const char *text;
		uint32_t uid;
		const char *want;
	} cases[] = {
		{ "root:x:0:0:root:/root:/bin/sh\n", 0, "/root" },
		{ "root:x:0:0:root:/root:/bin/sh", 0, "/root" },
		{ "a:x:1:1::/a:\nb:x:2:2::/b:\n", 2, "/b" },
		{ "a:x:1:1::/first:\nb:x:1:1::/second:\n", 1, "/first" },
		{ "a:x:1:1::/no/shell", 1, "/no/shell" },
		{ "a:x:4294967295:1::/max:\n", UINT32_MAX, "/max" },
		{ "a:x:1:1::/h ome:\r\n", 1, "/h ome" },
		{ "", 0, NULL },
		{ "\n\n\n", 0, NULL },
		{ "a:x:1:1::/a:\n", 11, NULL },
		{ "a:x:11:1::/a:\n", 1, NULL },
		{ "a:x:1:1:::\n", 1, NULL },
		{ "a:x::0::/a:\n", 0, NULL },
		{ "a:x:-0:0::/a:\n", 0, NULL },
		{ "a:x:+1:1::/a:\n", 1, NULL },
		{ "a:x: 1:1::/a:\n", 1, NULL },
		{ "a:x:0x1:1::/a:\n", 1, NULL },
		{ "a:x:4294967296:1::/a:\n", 0, NULL },
		{ "a:x:18446744073709551616:1::/a:\n", 0, NULL },
		{ "a:x:0000000000000000000000000000001:1::/a:\n", 1, NULL },
		{ "a:x:1:1\n::/next:\n", 1, NULL }, /* fields end with their line */
		{ "a:x\n:1:1::/next:\n", 1, NULL },
		{ ":::::::::\n", 0, NULL },
		{ "a:x:1\nb:x:1:1::/whole:\n", 1, "/whole" },
	};
	struct fixture *f = *ctx;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = home_parse(&f->arena, cases[i].text, cases[i].uid);

		if (cases[i].want)
			assert_string_equal(got ? got : "(null)", cases[i].want);
		else
			assert_null(got);
	}
}

static void assert_home(struct fixture *f, const char *want)
{
	autoclose int root = openat(f->fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	assert_string_equal(home_find(&f->arena, root, 7), want);
}

static void test_home_find(void **ctx)
{
	struct fixture *f = *ctx;

	assert_int_equal(mkdirat(f->fd, "root", 0755), 0);
	assert_home(f, "/");
	assert_int_equal(mkdirat(f->fd, "root/etc", 0755), 0);
	assert_home(f, "/");
	puts_in(f, "root/passwd", "u:x:7:7::/home/u:\n", 0644);
	assert_int_equal(symlinkat("/passwd", f->fd, "root/etc/passwd"), 0);
	assert_home(f, "/home/u"); /* a symlink inside is resolved inside */
}

static void test_home_find_hostile(void **ctx)
{
	static const char line[] = "u:x:7:7::/leak:\n";
	struct fixture *f = *ctx;
	size_t big = ((size_t)1 << 20) + sizeof(line);
	autofree char *text = mem_new(big, 1);

	(void)alarm(60); /* a FIFO that is waited on ends the test */
	puts_in(f, "outside", line, 0644);
	assert_int_equal(mkdirat(f->fd, "root", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "root/etc", 0755), 0);
	assert_int_equal(symlinkat("../../outside", f->fd, "root/etc/passwd"), 0);
	assert_home(f, "/");
	assert_int_equal(unlinkat(f->fd, "root/etc/passwd", 0), 0);
	assert_int_equal(symlinkat(at(f, "outside"), f->fd, "root/etc/passwd"), 0);
	assert_home(f, "/");
	assert_int_equal(unlinkat(f->fd, "root/etc/passwd", 0), 0);
	assert_int_equal(mkfifoat(f->fd, "root/etc/passwd", 0644), 0);
	assert_home(f, "/");
	assert_int_equal(unlinkat(f->fd, "root/etc/passwd", 0), 0);
	assert_int_equal(mkdirat(f->fd, "root/etc/passwd", 0755), 0);
	assert_home(f, "/");
	assert_int_equal(unlinkat(f->fd, "root/etc/passwd", AT_REMOVEDIR), 0);
	memset(text, '\n', big); /* the line lies beyond what is read */
	memcpy(text + big - sizeof(line), line, sizeof(line) - 1);
	put(f, "root/etc/passwd", text, big, 0644);
	assert_home(f, "/");
	(void)alarm(0);
}

/* --- texts, numbers -------------------------------------------------------------------- */

static void test_idmap_format(void **ctx)
{
	static const struct spec_id_mapping v[] = { { 0, 100000, 65536 },
						    { 65536, 7, UINT32_MAX } };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;
	struct plan_id_map map = { NULL, 0 };

	(void)ctx;
	idmap_format(&map, &out);
	assert_string_equal(strbuf_str(&out), "");
	map = (struct plan_id_map){ v, ARRAY_SIZE(v) };
	idmap_format(&map, &out);
	assert_string_equal(strbuf_str(&out), "0 100000 65536\n65536 7 4294967295\n");
}

static void test_hook_state(void **ctx)
{
	static const struct spec_string_pair pair = { "a\n", "\"v\"" };
	struct spec_string_map annotations = { &pair, 1 };
	const struct hook_state s = { "1.2.0", "web-1", "/b", &annotations };
	autodone(strbuf) struct strbuf out = STRBUF_INIT;

	(void)ctx;
	hook_state_print(&s, "created", 42, &out);
	assert_string_equal(
		strbuf_str(&out),
		"{\"ociVersion\":\"1.2.0\",\"id\":\"web-1\",\"status\":\"created\",\"pid\":42,"
		"\"bundle\":\"/b\",\"annotations\":{\"a\\n\":\"\\\"v\\\"\"}}");
	strbuf_done(&out);
	annotations.n = 0;
	hook_state_print(&s, "stopped", 0, &out);
	assert_string_equal(strbuf_str(&out),
			    "{\"ociVersion\":\"1.2.0\",\"id\":\"web-1\",\"status\":\"stopped\","
			    "\"bundle\":\"/b\"}");
}

static void test_sources_needed(void **ctx)
{
	static const struct plan_mount mounts[] = {
		{ .kind = MOUNT_KIND_BIND, .source = "/data" },	    /* counts */
		{ .kind = MOUNT_KIND_BIND, .source = "/r/inside" }, /* made by an earlier mount */
		{ .kind = MOUNT_KIND_BIND, .source = "/r" },	    /* the root */
		{ .kind = MOUNT_KIND_BIND, .source = "/rest" },	    /* counts */
		{ .kind = MOUNT_KIND_BIND, .source = "rel" },	    /* no path */
		{ .kind = MOUNT_KIND_BIND },			    /* none at all */
		{ .kind = MOUNT_KIND_FS, .source = "/data" },	    /* a mere name */
		{ .kind = MOUNT_KIND_REMOUNT, .source = "/data" },
	};
	struct plan plan = { .rootfs = "/r", .mounts = mounts, .n_mounts = ARRAY_SIZE(mounts) };

	(void)ctx;
	assert_int_equal(sources_needed(&plan, 0), 0);
	plan.ns[NS_USER].wanted = true;
	assert_int_equal(sources_needed(&plan, 0), 0);
	plan.ns[NS_MOUNT].wanted = true;
	assert_int_equal(sources_needed(&plan, 0), 3); /* with the root itself */
	assert_int_equal(sources_needed(&plan, 1000), 0);
	plan.n_mounts = 0;
	assert_int_equal(sources_needed(&plan, 0), 1);
	plan.ns[NS_MOUNT].path = "/proc/1/ns/mnt";
	assert_int_equal(sources_needed(&plan, 0), 0);
}

static void test_sources_of_idmaps(void **ctx)
{
	static const struct plan_mount mounts[] = {
		{ .kind = MOUNT_KIND_BIND, .source = "/data", .idmap = IDMAP_OWN },
		{ .kind = MOUNT_KIND_BIND, .source = "/r/inside", .idmap = IDMAP_CONTAINER },
		{ .kind = MOUNT_KIND_BIND, .source = "/data" },
	};
	struct plan plan = { .rootfs = "/r", .mounts = mounts, .n_mounts = ARRAY_SIZE(mounts) };

	(void)ctx;
	assert_int_equal(sources_needed(&plan, 0), 2);
	assert_false(sources_has_root(&plan, 0));
	plan.ns[NS_USER].wanted = plan.ns[NS_MOUNT].wanted = true;
	assert_int_equal(sources_needed(&plan, 0), 4);
	assert_true(sources_has_root(&plan, 0));
	assert_false(sources_has_root(&plan, 1000));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_find_in_path),
		TEST(test_find_by_default_path),
		TEST(test_find_nothing),
		TEST(test_find_absolute),
		TEST(test_explain_script),
		TEST(test_explain_elf),
		TEST(test_explain_hostile_elf),
		TEST(test_explain_other),
		TEST(test_home_parse),
		TEST(test_home_find),
		TEST(test_home_find_hostile),
		cmocka_unit_test(test_idmap_format),
		cmocka_unit_test(test_hook_state),
		cmocka_unit_test(test_sources_needed),
		cmocka_unit_test(test_sources_of_idmaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
