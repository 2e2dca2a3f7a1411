/* SPDX-License-Identifier: Apache-2.0 */

/* What the measured containers run: nothing, or with an argument `wait`, nothing for ever. */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	while (argc > 1 && strcmp(argv[1], "wait") == 0)
		(void)pause();
	return 0;
}
