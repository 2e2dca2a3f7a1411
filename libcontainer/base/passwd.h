/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PASSWD_H
#define BASE_PASSWD_H

#include <stddef.h>
#include <stdint.h>

#define PASSWD_NAME 0u
#define PASSWD_HOME 5u

/**
 * passwd_find() - a field of the line of a user id in the text of passwd(5)
 * @i:       which: PASSWD_NAME, PASSWD_HOME
 * @ret_len: its length, which may be 0
 *
 * Not getpwuid(3): the program is static, and name services are no business of a runtime.
 * Pure. Runs in: any. Return: points into @passwd; NULL: no line with that id and field.
 */
const char *passwd_find(const char *passwd, uint32_t uid, unsigned int i, size_t *ret_len);

#endif
