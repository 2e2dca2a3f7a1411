# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
bundle /root/web /app/serve
mkdir /root/web/rootfs/app
printf '#!/bin/sh\r\necho serving\r\n' >/root/web/rootfs/app/serve
chmod 755 /root/web/rootfs/app/serve
jq --slurpfile docker /host/tests/golden/configs/docker20-default.json '.linux.seccomp = $docker[0].linux.seccomp' \
	/root/web/config.json >/root/web/new
mv /root/web/new /root/web/config.json
cd /root || exit
