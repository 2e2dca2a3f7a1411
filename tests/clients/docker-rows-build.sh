# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rows of docker: builds and compose.
. "$here/docker-daemon.sh"

recipe() {
	mkdir -p "$WORK/$ROW"
	cat >"$WORK/$ROW/Dockerfile" <<-'X'
		FROM busybox
		ARG WHAT=built
		RUN echo $WHAT >/what && id -u >/uid
		USER user
		WORKDIR /home/w
		RUN id -u >/tmp/uid && pwd >/tmp/cwd
		COPY file /file
		HEALTHCHECK CMD true
		CMD cat /what /uid /tmp/uid /tmp/cwd /file
	X
	echo copied >"$WORK/$ROW/file"
}

build() {
	recipe
	trap 'D rmi -f "$ROW" >/dev/null 2>&1 || true' EXIT
	D build --network none -t "$ROW" "$WORK/$ROW"
	run "$ROW"
	code_is 0
	is $'built\n0\n1000\n/home/w\ncopied'
}

row_build_classic() { DOCKER_BUILDKIT=0 build; }
row_build_by_buildkit() { DOCKER_BUILDKIT=1 build; }
row_build_that_fails() {
	mkdir -p "$WORK/$ROW"
	printf 'FROM busybox\nRUN exit 17\n' >"$WORK/$ROW/Dockerfile"
	DOCKER_BUILDKIT=0 capture D build "$WORK/$ROW"
	[ "$code" -ne 0 ] || no built
	has 'returned a non-zero code: 17'
}
row_build_by_buildkit_that_fails() {
	mkdir -p "$WORK/$ROW"
	printf 'FROM busybox\nRUN exit 17\n' >"$WORK/$ROW/Dockerfile"
	export DOCKER_BUILDKIT=1
	capture D build "$WORK/$ROW"
	[ "$code" -ne 0 ] || no built
	has 'exit code: 17'
}
row_compose() {
	mkdir -p "$WORK/$ROW"
	cat >"$WORK/$ROW/docker-compose.yml" <<-'X'
		version: "2.3"
		services:
		  web:
		    image: busybox
		    runtime: vial
		    command: sh -c 'echo served >/tmp/index.html; echo up; httpd -f -p 80 -h /tmp'
		    healthcheck:
		      test: wget -q -O - http://127.0.0.1/
		      interval: 0.3s
		  client:
		    image: busybox
		    runtime: vial
		    depends_on:
		      web:
		        condition: service_healthy
		    command: sh -c 'wget -q -O - http://$$(nslookup web | awk "/^Address/ { a = \$$2 } END { print a }")/'
	X
	cd "$WORK/$ROW"
	trap 'docker-compose -p tc down -t 0' EXIT
	docker-compose -p tc up -d
	until_true 20 sh -c "docker-compose -p tc logs --no-color client | grep served"
	capture docker-compose -p tc exec -T web hostname
	code_is 0
	capture docker-compose -p tc ps
	has healthy
	docker-compose -p tc logs --no-color web | grep up
}
