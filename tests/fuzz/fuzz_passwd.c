/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as an image's /etc/passwd: the answer is an absolute path, or there is none. */

#include "cmd/info.h"
#include "fuzz.h"
#include "init/home.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodone(arena) struct arena a = ARENA_INIT;
	autofree char *text = fuzz_text(data, size);
	static const uint32_t uids[] = { 0, 1, 1000, UINT32_MAX - 1, UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(uids); i++) {
		const char *home = home_parse(&a, text, uids[i]);

		require(!home || !strpbrk(home, ":\n"));
		require(owner_name(&a, text, uids[i])[0]);
	}
	return 0;
}
