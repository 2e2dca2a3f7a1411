# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# What build.sh, vm and sdctr share: where the image is. It lies outside of the checkout, one for
# each recipe: whoever changes a file that goes into it builds another.

vm_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_recipe=$(cat "$vm_here/build.sh" "$vm_here"/guest/* | sha256sum | cut -c1-12)
BED=${VIAL_TESTBED:-/var/cache/vial-testbed-$vm_recipe}

die() {
	echo "$(basename "$0"): $*" >&2
	exit 125
}

# command_text COMMAND...: one line for bash; a single word is taken as a line already.
command_text() {
	if [ $# -eq 1 ]; then printf '%s\n' "$1"; else printf '%q ' "$@"; fi
}
