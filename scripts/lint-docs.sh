#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint-docs.sh [DIR]: spelling of documents, man pages, comments and messages (codespell), links and
# anchors, blocks without a language (tests/docs/links.py). Nothing is fetched.
set -euo pipefail
here=$(dirname "$(realpath "$0")")/..
cd "${1:-$here}"
failed=0
mapfile -t files < <(find . \( -path ./build -o -path ./.git -o -path ./tests/fuzz -o -path ./tests/golden \) -prune -o \
	-type f \( -name '*.md' -o -name '*.8' -o -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' -o -name '*.py' -o -name INSTALL \) -print)
codespell --ignore-words "$here/tests/docs/words" --quiet-level 3 "${files[@]}" >&2 || failed=1
python3 "$here/tests/docs/links.py" . || failed=1
exit "$failed"
