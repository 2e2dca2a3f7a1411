# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
bundle /root/broken nginx
bundle /root/works true
bundle /root/filtered true
cp /host/tests/golden/configs/docker20-default.json /root/filtered/config.json
cd /root || exit
