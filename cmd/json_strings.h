/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_JSON_STRINGS_H
#define CMD_JSON_STRINGS_H

#include "base/jsonw.h"

/** json_strings() - write a NULL-terminated list as an array of strings. Runs in: any. */
static inline void json_strings(struct jsonw *w, const char *key, const char *const *v)
{
	jsonw_array(w, key);
	for (; *v; v++)
		jsonw_str(w, NULL, *v);
	jsonw_array_end(w);
}

#endif
