/* SPDX-License-Identifier: Apache-2.0 */
#include "security/security.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/sys.h"

#define DESCRIPTION_MAX	  512
/* keyctl_setperm(3): who may find the keyring. In a user namespace the owner is "other". */
#define PERM_USER_SEARCH  0x00080000u
#define PERM_OTHER_SEARCH 0x00000008u

/* The kernel has no keyrings, a filter of an outer container denies them, or the quota of
 * keys is used up: the container then shares the session keyring, as with the peers. */
static bool is_tolerated(int code)
{
	return code == ENOSYS || code == EPERM || code == EDQUOT;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "keyring;UID;GID;PERM;name": the permissions are eight hexadecimal digits, keyctl_describe(3). */
static int parse_perm(const char *text, uint32_t *ret)
{
	uint32_t perm = 0;

	for (int i = 0; i < 3; i++) {
		text = strchr(text, ';');
		if (!text)
			return -EBADMSG;
		text++;
	}
	if (hex_digit(*text) < 0)
		return -EBADMSG;
	for (; hex_digit(*text) >= 0; text++)
		perm = perm << 4 | (uint32_t)hex_digit(*text);
	*ret = perm;
	return *text == ';' ? 0 : -EBADMSG;
}

static int make_findable(unsigned long id, uint32_t add, struct err *e)
{
	char text[DESCRIPTION_MAX] = "";
	uint32_t perm;

	long n = sys_keyctl(KEYCTL_DESCRIBE, id, (unsigned long)text, sizeof(text) - 1, 0);
	if (n < 0)
		return err_errno(e, "keyctl(KEYCTL_DESCRIBE)");
	if (parse_perm(text, &perm) < 0)
		return err_set(e, EBADMSG, "keyctl(KEYCTL_DESCRIBE): not understood: \"%s\"", text);
	if (sys_keyctl(KEYCTL_SETPERM, id, perm | add, 0, 0) < 0)
		return err_errno(e, "keyctl(KEYCTL_SETPERM)");
	return 0;
}

int keyring_join(const struct plan *plan, const struct log_sink *log, struct err *e)
{
	if (!plan->session_keyring)
		return 0;

	long id = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long)plan->session_keyring, 0,
			     0, 0);
	int r = id < 0 ? err_errno(e, "keyctl(KEYCTL_JOIN_SESSION_KEYRING)")
		       : make_findable((unsigned long)id,
				       plan->ns[NS_USER].wanted ? PERM_OTHER_SEARCH
								: PERM_USER_SEARCH,
				       e);
	if (r == 0)
		return 0;
	if (is_tolerated(-r)) {
		log_debug(log, "session keyring %s: %s", plan->session_keyring, e->text);
		*e = (struct err){ 0 };
		return 0;
	}
	return err_ctx(e, "session keyring %s", plan->session_keyring);
}
