#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# inside.sh: the package `vial` in a bare Debian, from installation to purge; run by box.
# shellcheck disable=SC2317 # functions are called by check()
set -uo pipefail
# shellcheck source=tests/packages/tap.sh
. /host/tap.sh
old=(/host/vial_0.0.9-*.deb)
new=(/host/vial_0.1.*.deb)


# Every file but those in which dpkg and apt keep their books.
files() {
	find / -xdev \( -path /host -o -path /proc -o -path /sys -o -path /tmp -o -path /dev -o -path /run \
		-o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /etc/ld.so.cache \) \
		-prune -o -printf '%p %y %m %U %G %l \n' | grep -v '^/ d' | sort
}

apt() { apt-get -q -y --no-install-recommends "$@"; }
version_is() { [ "$(dpkg-query -W -f '${Version} ${db:Status-Status}' vial)" = "$1 installed" ]; }
install_old() { apt install "${old[0]}" && version_is 0.0.9-1; }
upgrade() { apt install "${new[0]}" && version_is "$(dpkg-deb -f "${new[0]}" Version)"; }

# A root file system that is the host's /usr, read-only: there is no busybox in here.
make_bundle() {
	mkdir -p /tmp/bundle/rootfs/{usr,proc,sys,dev} && vial spec --bundle /tmp/bundle || return
	for dir in bin lib lib64; do ln -s "usr/$dir" "/tmp/bundle/rootfs/$dir"; done
	sed -i -e 's/"terminal": true/"terminal": false/' -e 's/"sh"$/"sh", "-c", "'"$1"'"/' \
		-e 's/"mounts": \[/&{"destination": "\/usr", "type": "bind", "source": "\/usr", "options": ["rbind", "ro"]},/' \
		/tmp/bundle/config.json
}
waits() { make_bundle 'echo started; exec sleep 1000' && vial run -d --bundle /tmp/bundle waits >/tmp/waits.log 2>&1 </dev/null; }
is_running() { [ "$(vial state waits | grep -c '"status": "running"')" = 1 ]; }
fresh_bundle() { rm -rf /tmp/bundle && make_bundle 'echo my pid is \$\$; exit 7'; }
run_it() {
	local said status=0
	said=$(vial run --bundle /tmp/bundle hello) || status=$?
	echo "$said, $status"
	[ "$said" = 'my pid is 1' ] && [ "$status" -eq 7 ]
}
wrong_bundle() {
	local said
	said=$(vial run --bundle /tmp wrong 2>&1) && return 1
	echo "$said"
	grep -q 'config.json not found' <<<"$said"
}
finds_its_helper() {
	local said
	sed -i 's/"linux": {/&"netDevices": {"none0": {}},/' /tmp/bundle/config.json
	said=$(vial run --bundle /tmp/bundle net 2>&1) && return 1
	echo "$said"
	grep -q none0 <<<"$said" && ! grep -q 'helper program' <<<"$said"
}
pages() {
	local command=
	zcat /usr/share/man/man8/vial.8.gz | grep -q '^.SH FILES' || return
	for command in $(vial --help | awk '/^[A-Z]/ { in_commands = /^COMMANDS/ } in_commands && /^   [a-z]/ { print $1 }'); do
		[ "$command" = help, ] || zcat "/usr/share/man/man8/vial-$command.8.gz" | grep -q '^.SH EXIT' ||
			{ echo "vial-$command.8" && return 1; }
	done
	[ -n "$command" ]
}
completions() {
	local file
	bash -c '. /usr/share/bash-completion/completions/vial && complete -p vial' &&
		for file in zsh/vendor-completions/_vial fish/vendor_completions.d/vial.fish; do
			grep -q seccomp-record "/usr/share/$file" || return
		done
}
documents() { [ -f /usr/share/doc/vial/copyright ] && zcat /usr/share/doc/vial/changelog.gz | grep -q Unreleased; }
verifies() { dpkg --verify vial && ! { echo x >>/usr/share/doc/vial/copyright && dpkg --verify vial | grep -v copyright; }; }
removed() { apt remove vial && [ ! -e /usr/bin/vial ] && [ ! -e /usr/share/doc/vial ] && [ ! -e /usr/libexec/vial ]; }
purged_beside_running() {
	apt purge vial && [ -f /run/vial/waits/state.json ] && [ -d "/proc/$1" ]
}
end_waits() { kill -9 "$1" && apt install "${new[0]}" && vial delete --force waits && ! [ -d "/proc/$1" ]; }
purged() {
	[ -d /run/vial ] && apt purge vial && apt autoremove --purge && [ ! -e /run/vial ] &&
		[ "$(dpkg-query -W vial libmnl0 2>/dev/null | wc -l)" = 0 ]
}
nothing_is_left() { diff <(files) /tmp/before; }

files >/tmp/before
check 'the old version installs, with what it depends on' install_old
check 'it runs a container in the background' waits
check 'which is seen' is_running
check 'it is upgraded' upgrade
check 'the new version sees the container of the old' is_running
check 'a bundle' fresh_bundle
check 'vial run: output and exit code' run_it
check 'a directory that is no bundle is refused' wrong_bundle
check 'vial finds vial-netdev' finds_its_helper
check 'man pages of all commands' pages
check 'completions' completions
check 'documents' documents
check 'dpkg verifies, and finds a changed file' verifies
pid=$(vial state waits | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
check 'remove takes all files' removed
check 'purge leaves a running container and its state alone' purged_beside_running "$pid"
check 'installed again it removes that' end_waits "$pid"
check 'purge' purged
check 'nothing is left' nothing_is_left
done_testing
