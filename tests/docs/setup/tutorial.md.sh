# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Nothing is installed yet; the package lies where the reader put it.
dpkg --purge vial
cp /host/build/packages/vial_0.1.0-1_amd64.deb /home/alice/
cd /home/alice || exit
rm -rf first second
