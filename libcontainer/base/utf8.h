/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* Well-formed UTF-8, as in table 3-7 of the Unicode standard. Runs in: any. */

#include <stddef.h>

/**
 * utf8_len() - length of the well-formed sequence that starts at @s
 * @s: bytes; need not end in NUL
 * @n: how many there are
 *
 * Overlong forms, surrogates and values above U+10FFFF are not well-formed.
 * Return: 1 to 4, or 0 when there is none.
 */
static inline size_t utf8_len(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] >= 0xc2 && u[0] <= 0xdf)
		len = 2;
	else if ((u[0] & 0xf0) == 0xe0)
		len = 3;
	else if (u[0] >= 0xf0 && u[0] <= 0xf4)
		len = 4;
	else
		return 0;

	/* The second byte is what rules out the forms that are too long, too big or halves. */
	if (u[0] == 0xe0)
		low = 0xa0;
	else if (u[0] == 0xf0)
		low = 0x90;
	else if (u[0] == 0xed)
		high = 0x9f;
	else if (u[0] == 0xf4)
		high = 0x8f;
	if (n < len || u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

#endif
