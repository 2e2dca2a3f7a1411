#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Help texts, man pages and completions say the same of every command and every option. Nothing
# here knows their names: a new command without a man page is a failure.

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	VIAL=$(realpath "${VIAL:-$TOP/build/release/vial}")
	[ "$(basename "$VIAL")" = vial ] || skip "ours alone"
	cd "$BATS_TEST_TMPDIR" || return 1
	ln -s "$VIAL" vial
	PATH=$PWD:$PATH
}

commands() {
	vial --help | sed -n '/^COMMANDS:/,/^$/p' | sed '1d;/^$/d;/help, h/d' | awk '{ print $1 }'
}
# all of them, those that are not in the list included
all_commands() { { commands; echo completion; } | sort -u; }
# help_options [COMMAND]: "--name" and "-n", one a line
help_options() {
	vial ${1+"$1"} --help | sed -n '/OPTIONS:$/,$p' |
		sed -nE 's/^   (--[a-z0-9-]+)( value)?(, (-[a-zA-Z])( value)?)?( .*)?$/\1\n\4/p' |
		sed '/^$/d' | sort
}
# man_options PAGE: the same of a man page: the tags of its lists
man_options() {
	sed -n '/^\.SH \(GLOBAL \)\?OPTIONS/,/^\.SH EXIT/p' "$TOP/man/$1" |
		awk 'tag { print } { tag = /^\.T[PQ]/ }' | sed 's/\\-/-/g' |
		grep -oE '(^|[" ])--?[a-zA-Z0-9][a-zA-Z0-9-]*' | grep -oE -- '-[-a-zA-Z0-9]+' | sort
}

@test "every command has a man page, with the options of its help text and no others" {
	local c
	[ "$(commands | wc -l)" -ge 12 ]
	diff <(help_options) <(man_options vial.8)
	for c in $(all_commands); do
		[ -f "$TOP/man/vial-$c.8" ] || { echo "no man page of $c"; return 1; }
		[ -n "$(help_options "$c")" ]
		diff <(help_options "$c") <(man_options "vial-$c.8") ||
			{ echo "vial-$c.8 differs from the help text"; return 1; }
	done
}

@test "no man page without its command; each is complete and well formed" {
	local page c
	for page in "$TOP"/man/*.8; do
		c=$(basename "$page" .8)
		[ "$c" = vial ] || all_commands | grep -qx "${c#vial-}" || { echo "$page: no such command"; return 1; }
		for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' 'SEE ALSO'; do
			grep -q "^\.SH $section\$" "$page" || { echo "$page: no $section"; return 1; }
		done
		grep -q "^\.BR vial[^a-z ]*.*(8)" "$page"
		if command -v man >/dev/null; then
			[ -z "$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)" ] ||
				{ echo "$page: not well formed"; return 1; }
		fi
	done
}

@test "man pages have examples, and vial(8) names every command" {
	local c
	for c in $(commands); do
		grep -q "vial\\\\-$c (8)" "$TOP/man/vial.8" || { echo "vial.8 does not name $c"; return 1; }
		grep -q '^\.SH EXAMPLES' "$TOP/man/vial-$c.8" || { echo "vial-$c.8: no examples"; return 1; }
	done
}

@test "the synopsis of a man page is made from the help text" {
	local c
	"$TOP/scripts/man-synopsis.py" --check "$VIAL"
	# Options in brackets where there are some besides --help, and only there.
	for c in $(all_commands); do
		case $(help_options "$c" | grep -vcx -e --help -e -h):$(sed -n '/^.SH SYN/,/^.SH DES/p' "$TOP/man/vial-$c.8") in
		0:*'fIoption'*) echo "$c has no options"; return 1 ;;
		0:* | [1-9]*:*'fIoption'*) ;;
		*) echo "$c: its options are not in its synopsis"; return 1 ;;
		esac
	done
	# Each change of a page is noticed, and taken back.
	mkdir pages
	for c in 's/fIid/fIname/' 's/ ..fIsignal.fP.//' 's/^..fIoption[^]]*. //' 's/^.B kill$/.B kil/'; do
		sed "$c" "$TOP/man/vial-kill.8" >pages/vial-kill.8
		! cmp -s pages/vial-kill.8 "$TOP/man/vial-kill.8" || { echo "$c changes nothing"; return 1; }
		! "$TOP/scripts/man-synopsis.py" --check "$VIAL" pages || { echo "$c is not noticed"; return 1; }
	done
	"$TOP/scripts/man-synopsis.py" "$VIAL" pages
	cmp pages/vial-kill.8 "$TOP/man/vial-kill.8"
}

# complete_bash WORD...: what bash offers for the last word
complete_bash() {
	bash -c 'source ./vial.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vial
		((${#COMPREPLY[@]})) && printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort
}

@test "bash: commands, options, values, containers" {
	local c
	vial completion bash >vial.bash
	diff <(complete_bash vial '') <({ commands; echo help; } | sort)
	diff <(complete_bash vial help '') <({ commands; echo help; } | sort)
	for c in $(all_commands); do
		diff <(complete_bash vial "$c" -) <(help_options "$c" | grep -- --) || { echo "$c"; return 1; }
	done
	diff <(complete_bash vial -) <(help_options | grep -- --)
	[ "$(complete_bash vial --log-format '' | xargs)" = 'json text' ]
	[ "$(complete_bash vial --log-format = j)" = json ]
	[ "$(complete_bash vial list -f t)" = table ]
	[ "$(complete_bash vial --debug list --format = j)" = json ]
	[ "$(complete_bash vial kill some-id USR | xargs)" = 'USR1 USR2' ]
	[ "$(complete_bash vial completion '' | xargs)" = 'bash fish zsh' ]
	mkdir dir
	[ "$(complete_bash vial --root d)" = dir ]
	[ -z "$(complete_bash vial run --preserve-fds '')" ]
	[ -z "$(complete_bash vial nosuch '')" ]
}

@test "bash: ids come from the root that was given" {
	cat >stub <<-'END'
		#!/bin/sh
		[ "$1 $2 $3" = '--root /r list' ] && echo one && exit
		[ "$1" = list ] && echo two
	END
	chmod +x stub
	vial completion bash >vial.bash
	[ "$(complete_bash ./stub --root /r state '')" = one ]
	[ "$(complete_bash ./stub --root = /r state '')" = one ]
	[ "$(complete_bash ./stub --root /r delete --force '')" = one ]
	[ "$(complete_bash ./stub kill '')" = two ]
	# a new container has no name yet
	[ -z "$(complete_bash ./stub run '')" ]
}

@test "zsh: the script is well formed and has every command and option" {
	local c o
	vial completion zsh >_vial
	[ "$(head -n 1 _vial)" = '#compdef vial' ]
	for c in $(all_commands); do
		grep -qx "_vial_$c() {" _vial
		sed -n "/^_vial_$c() {/,/^}/p" _vial >function
		for o in $(help_options "$c"); do
			grep -q -- "[*{,]${o}[=,}[]" function || { echo "$c $o"; return 1; }
		done
	done
	command -v zsh >/dev/null || skip "no zsh here"
	zsh -n _vial
	# the completion itself, through a terminal of its own
	cat >zshrc <<-END
		fpath=($PWD \$fpath)
		autoload -Uz compinit && compinit -u -d $PWD/dump
		zstyle ':completion:*' list-grouped false
	END
	run -0 zsh -f -c "zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z 'PS1=; source $PWD/zshrc; print ready-\$((1+1))'
		zpty -r z line '*ready-2*'
		zpty -w -n z 'vial list --fo'\$'\t'
		repeat 100; do zpty -r -t z part && out+=\$part; [[ \$out == *--format* ]] && break; sleep 0.1; done
		print -r -- \$out"
	[[ $output == *--format* ]]
}

@test "fish: the script is well formed and completes" {
	local c
	vial completion fish >vial.fish
	for c in $(commands); do
		grep -q "^complete -c vial -n 'not __vial_command' -a $c " vial.fish
	done
	command -v fish >/dev/null || skip "no fish here"
	export HOME=$PWD
	fish --no-config -n vial.fish
	offers() { fish --no-config -c "source vial.fish; complete -C '$1'" | cut -f1 | sort; }
	diff <(offers 'vial ') <({ commands; echo help; } | sort)
	for c in $(all_commands); do
		diff <(offers "vial $c --") <(help_options "$c" | grep -- -- | sort) || { echo "$c"; return 1; }
	done
	[ "$(offers 'vial --root /x --log-format ' | xargs)" = 'json text' ]
	[ "$(offers 'vial kill x US' | xargs)" = 'USR1 USR2' ]
}

@test "completion: what is wrong" {
	run -1 vial completion tcsh
	[[ $output == *'no completion for \"tcsh\": bash, zsh or fish'* ]]
	run -1 vial completion
	[[ $output == *'requires exactly 1 argument(s)'* ]]
	run -1 vial completion bash zsh
	# hidden, but with a help of its own
	run -0 vial completion --help
	[[ "${lines[1]}" == '   vial completion - '* ]]
	commands >list; [ "$(grep -c completion list)" -eq 0 ]
}
