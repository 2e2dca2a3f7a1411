/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "cmd/logger.h"

#define NOW 1795453193 /* 2026-11-23T16:59:53Z */

static const struct {
	const char *text, *quoted;
} quotes[] = {
	{ "", "\"\"" },
	{ "a b", "\"a b\"" },
	{ "say \"x\" \\", "\"say \\\"x\\\" \\\\\"" },
	{ "\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"" },
	{ "\033[31m\x7f", "\"\\x1b[31m\\x7f\"" },
	{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	{ "\xff\xc3", "\"\\xff\\xc3\"" },
	{ "\xc2\x9b", "\"\\u009b\"" },	   /* a control sequence introducer of C1 */
	{ "\xe2\x80\xae", "\"\\u202e\"" }, /* turns the text behind it round */
	{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xf3\xa0\x80\x81", "\"\\U000e0001\"" },
	{ "\xe2\x9d\xa4\xef\xb8\x8f", "\"\xe2\x9d\xa4\xef\xb8\x8f\"" }, /* a selector, a mark */
	{ "\xc2\xad", "\"\\u00ad\"" },					/* soft hyphen */
	{ "\xe3\x80\x80", "\"\\u3000\"" },	   /* a blank that is no space */
	{ "\xef\xbb\xbf", "\"\\ufeff\"" },	   /* byte order mark */
	{ "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" }, /* half of a surrogate pair */
	{ "\xc0\x80", "\"\\xc0\\x80\"" },	   /* overlong */
	{ "\xf4\x90\x80\x80", "\"\\xf4\\x90\\x80\\x80\"" },
	{ "\xef\xbf\xbd", "\"\xef\xbf\xbd\"" }, /* U+FFFD itself is a rune like others */
	{ "\x01\x1f", "\"\\x01\\x1f\"" },
	{ "time=x level=error msg=y", "\"time=x level=error msg=y\"" },
};

static void test_quote(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(quotes); i++) {
		struct strbuf out autodone(strbuf) = STRBUF_INIT;

		quote_go(&out, quotes[i].text);
		assert_string_equal(strbuf_str(&out), quotes[i].quoted);
	}
}

static void expect_line(const struct logger *l, enum log_level level, const char *text,
			const char *want)
{
	struct strbuf out autodone(strbuf) = STRBUF_INIT;

	logger_format(l, NOW, level, text, &out);
	assert_string_equal(strbuf_str(&out), want);
}

static void test_text(void **state)
{
	const struct logger l = { .fd = -1 };

	(void)state;
	expect_line(&l, LOG_LEVEL_ERROR, "container does not exist",
		    "time=\"2026-11-23T16:59:53Z\" level=error msg=\"container does not exist\"\n");
	expect_line(&l, LOG_LEVEL_WARNING, "A-z0.9_/@^+",
		    "time=\"2026-11-23T16:59:53Z\" level=warning msg=A-z0.9_/@^+\n");
	expect_line(&l, LOG_LEVEL_INFO, "a:b",
		    "time=\"2026-11-23T16:59:53Z\" level=info msg=\"a:b\"\n");
	expect_line(&l, LOG_LEVEL_DEBUG, "x\ny",
		    "time=\"2026-11-23T16:59:53Z\" level=debug msg=\"x\\ny\"\n");
}

static void test_json(void **state)
{
	const struct logger l = { .fd = -1, .json = true, .colour = true };

	(void)state;
	expect_line(&l, LOG_LEVEL_ERROR, "chdir \"/x\"\n",
		    "{\"level\":\"error\",\"msg\":\"chdir \\\"/x\\\"\\n\","
		    "\"time\":\"2026-11-23T16:59:53Z\"}\n");
}

static void test_daemons(void **state)
{
	struct logger l = { .fd = -1, .target = LOGGER_JOURNAL, .ident = "c\n1", .json = true };
	struct strbuf out autodone(strbuf) = STRBUF_INIT;

	(void)state;
	/* A field of its own would need a line of its own. */
	expect_line(&l, LOG_LEVEL_ERROR, "x\nPRIORITY=7",
		    "PRIORITY=3\nID=c\\n1\nSYSLOG_IDENTIFIER=c\\n1\nMESSAGE=x\\nPRIORITY=7\n");
	l.target = LOGGER_SYSLOG;
	logger_format(&l, NOW, LOG_LEVEL_WARNING, "two\nlines \"q\"", &out);
	const char *text = strbuf_str(&out);
	assert_ptr_equal(strstr(text, "<12>Nov 2"), text);
	assert_non_null(strstr(text, " c\\n1["));
	assert_non_null(strstr(text, "]: two\\nlines \"q\""));
	assert_null(strchr(text, '\n'));
}

static void test_targets(void **state)
{
	struct err e = { 0 };
	struct logger l;

	(void)state;
	logger_init(&l);
	assert_int_equal(logger_open(&l, "journald:", &e), -EINVAL);
	assert_int_equal(logger_open(&l, "syslog:", &e), -EINVAL);
	assert_int_equal(logger_open(&l, "file:/nonexistent/x", &e), -ENOENT);
	assert_string_equal(e.text, "open /nonexistent/x: no such file or directory");
	assert_int_equal(l.target, LOGGER_STDERR);
}

static void test_colour(void **state)
{
	const struct logger l = { .fd = -1, .colour = true, .started = NOW - 7 };

	(void)state;
	expect_line(&l, LOG_LEVEL_ERROR, "say \"x\"\nand \033[2J\xff",
		    "\033[31mERRO\033[0m[0007] say \"x\"\nand \\x1b[2J\\xff\n");
	expect_line(&l, LOG_LEVEL_WARNING, "w", "\033[33mWARN\033[0m[0007] w\n");
}

static void test_file(void **state)
{
	char dir[] = "/tmp/vial-test-logger.XXXXXX";
	char path[64];
	struct strbuf text autodone(strbuf) = STRBUF_INIT;
	struct logger l;
	struct err e = { 0 };
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	mode_t mask = umask(0);
	logger_init(&l);
	assert_int_equal(logger_open(&l, path, &e), 0);
	(void)umask(mask);
	assert_true(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);

	l.json = true;
	logger_emit(&l, LOG_LEVEL_DEBUG, "below the level");
	logger_emit(&l, LOG_LEVEL_WARNING, "one");
	logger_done(&l);
	assert_int_equal(logger_open(&l, path, &e), 0);
	logger_emit(&l, LOG_LEVEL_ERROR, "two");
	logger_done(&l);

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(file_read_at(AT_FDCWD, path, 0, &text, &e), 0);
	assert_null(strstr(strbuf_str(&text), "below"));
	const char *one = strstr(strbuf_str(&text), "\"msg\":\"one\"");
	assert_non_null(one);
	assert_non_null(strstr(one, "\"msg\":\"two\""));

	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(logger_open(&l, path, &e), -ENOENT);
	assert_non_null(strstr(e.text, "no such file or directory"));
	assert_int_equal(l.fd, STDERR_FILENO);
	assert_int_equal(l.target, LOGGER_STDERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quote),	cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),	cmocka_unit_test(test_colour),
		cmocka_unit_test(test_file),	cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
