/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRIU_PAGES_H
#define CRIU_PAGES_H

/* Whether the memory in images is whole: CRIU 4 loops, and fills its log, over one that was cut. */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a pagemap-*.img tells. */
struct pagemap {
	uint32_t pages_id; /* of pages-ID.img, where the pages lie one after the other */
	uint64_t n_pages;  /* in that file; not those that a parent has, or a page server */
};

/** criu_pagemap_parse() - Return: 0, or -EBADMSG for what is no such image. */
MUST_CHECK int criu_pagemap_parse(const void *data, size_t n, struct pagemap *ret);

/**
 * criu_check_pages() - compare the sizes of the page files with what the page maps tell
 * @path: of @images_fd, for messages
 * The images of parents, too. What is no page map is left to CRIU. Runs in: host.
 * Return: 0; -EIO for a file that is too small; -errno.
 */
MUST_CHECK int criu_check_pages(int images_fd, const char *path, struct err *e);

#endif
