# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2164 # run with set -e
# What the examples of the man page $1 take for granted.
rm -rf /home/alice/demo
case $1 in
vial-seccomp.8)
	bundle /srv/web sleep 1000
	cp /host/tests/golden/configs/docker20-default.json /srv/web/config.json
	cd /srv/web
	;;
vial.8 | vial-spec.8 | vial-run.8 | vial-plan.8 | vial-completion.8 | vial-check.8)
	bundle /srv/web sleep 1000
	cd /home/alice
	cp /bin/busybox hello
	bundle /srv/box true # with what Docker asks for
	cp /host/tests/golden/configs/docker20-default.json /srv/box/config.json
	chown -R alice: /srv/web
	;;
vial-restore.8)
	web_runs
	bundle /srv/web2 sleep 1000
	cd /root
	;;
vial-create.8 | vial-start.8)
	bundle /srv/web sleep 1000
	cd /root
	;;
vial-mounts.8)
	web_runs
	cd /tmp
	;;
vial-resume.8)
	web_runs
	vial pause web
	cd /root
	;;
*)
	web_runs
	cd /srv/web
	;;
esac
