/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_REQUEST_H
#define CMD_REQUEST_H

/* What create and run have in common: their options, and the struct request made from them. */

#include "cmd/cmd.h"

/* Who listens to a filter that notifies, when config.json does not say: as crun has it. */
#define SECCOMP_RECEIVER_ENV "RUN_OCI_SECCOMP_RECEIVER"

#define REQUEST_OPTION_BUNDLE                                                                      \
	{                                                                                          \
		"bundle", 'b', OPTION_TEXT, "directory of the bundle; the current one by default", \
			NULL                                                                       \
	}

#define REQUEST_OPTION_CONSOLE_SOCKET                                                              \
	{                                                                                          \
		"console-socket", 0, OPTION_TEXT,                                                  \
			"AF_UNIX socket that is sent the master end of the terminal", NULL         \
	}

#define REQUEST_OPTIONS                                                                                      \
	REQUEST_OPTION_BUNDLE,                                                                               \
		{ "config", 'f', OPTION_TEXT,                                                                \
		  "configuration to use in place of config.json in the bundle", NULL },                      \
		REQUEST_OPTION_CONSOLE_SOCKET,                                                               \
		{ "pidfd-socket", 0, OPTION_TEXT,                                                            \
		  "AF_UNIX socket that is sent a descriptor of the container's process (pidfd)",             \
		  NULL },                                                                                    \
		{ "pid-file", 0, OPTION_TEXT, "file to write the process id of the container to",            \
		  NULL },                                                                                    \
		{ "no-pivot", 0, OPTION_SWITCH,                                                              \
		  "enter the root file system without pivot_root(2), for hosts that run from a ramdisk",     \
		  NULL },                                                                                    \
		{ "no-new-keyring", 0, OPTION_SWITCH,                                                        \
		  "keep the caller's session keyring instead of making a new one", NULL },                   \
	{                                                                                                    \
		"preserve-fds", 0, OPTION_NUMBER,                                                            \
			"pass this many further descriptors to the container, after 0 to 2 and $LISTEN_FDS", \
			"0"                                                                                  \
	}

/**
 * request_begin() - what a command that makes processes does first: execute the program from
 * where a container cannot write it, hear of children that end, and open the file of --trace
 * Runs in: host. Return: 0 or -errno.
 */
MUST_CHECK int request_begin(struct invocation *in, struct err *e);

/**
 * request_check_fds() - are all descriptors open that the container shall get?
 * @in: .local is parsed; fills .request.preserve_fds and .listen_fds
 * @e:  "unable to stat preserved-fd 1 (of 2): fcntl(2) on descriptor 4: bad file descriptor"
 *
 * To be called before anything opens a file: a log that got the number of a missing
 * descriptor would be passed to the container. Reads the environment: LISTEN_FDS and
 * LISTEN_PID, which must be our own (sd_listen_fds(3)).
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int request_check_fds(struct invocation *in, struct err *e);

/**
 * request_complete() - fill in->request with what the commands share, and go to the bundle
 *
 * Changes the working directory to the bundle, as callers of runc expect of a relative
 * --console-socket; --pid-file and --config stay relative to the caller's.
 * @e: "chdir /nonexistent: no such file or directory"
 * Runs in: host. Return: 0 or negative errno.
 */
MUST_CHECK int request_complete(struct invocation *in, struct err *e);

/** request_path() - the file that an option names, absolute, or NULL; relative to where we are now.
 * Runs in: host. Return: 0 or -errno. */
MUST_CHECK int request_path(struct invocation *in, const char *option, const char **ret,
			    struct err *e);

/** request_pid_file() - --pid-file as an absolute path, or NULL. Runs in: host. Return: 0 or -errno. */
MUST_CHECK int request_pid_file(struct invocation *in, const char **ret, struct err *e);

/** exit_status() - of wait(2)'s status as shells have it: 128 and the signal's number for a program
 * that was killed. Pure. Runs in: host. */
int exit_status(int status);

/** request_enter_bundle() - only request.bundle of it, for `spec`. Runs in: host. */
MUST_CHECK int request_enter_bundle(struct invocation *in, struct err *e);

#endif
