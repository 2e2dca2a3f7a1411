# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of vial's command line for bash (>= 4.2), with or without bash-completion.

# _vial_ids ROOT: ids of the containers below a root; "" is the default root.
_vial_ids() {
	if [[ -n $1 ]]; then
		vial --root "$1" list --quiet 2>/dev/null
	else
		vial list --quiet 2>/dev/null
	fi
}

# _vial_words WORD...: those that begin with the current word.
_vial_words() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

# _vial_value OPTION: complete the value of an option; fails when it takes none.
_vial_value() {
	case $1 in
	--root | --bundle | -b)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	--log | --console-socket | --pidfd-socket | --pid-file | --process | -p)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	--log-format) _vial_words text json ;;
	--rootless) _vial_words true false auto ;;
	--format | -f)
		[[ $command == list || $command == ps ]] || return 1
		_vial_words table json
		;;
	--preserve-fds) ;;
	*) return 1 ;;
	esac
}

# _vial_options COMMAND: its options; "" is for those before the command.
_vial_options() {
	local shared='--bundle --console-socket --pidfd-socket --pid-file --no-pivot --no-new-keyring --preserve-fds'

	case $1 in
	'') echo '--debug --log --log-format --root --systemd-cgroup --rootless --version --help' ;;
	create | plan) echo "$shared --help" ;;
	exec)
		echo '--console-socket --pidfd-socket --cwd --env --tty --user --additional-gids --process' \
			'--detach --pid-file --process-label --apparmor --no-new-privs --cap --preserve-fds' \
			'--cgroup --ignore-paused --help'
		;;
	run) echo "$shared --detach --keep --no-subreaper --help" ;;
	delete) echo '--force --help' ;;
	kill) echo '--all --help' ;;
	list) echo '--format --quiet --help' ;;
	events) echo '--interval --stats --help' ;;
	ps) echo '--format --help' ;;
	update)
		echo '--resources --blkio-weight --cpu-period --cpu-quota --cpu-burst --cpu-share' \
			'--cpu-rt-period --cpu-rt-runtime --cpu-idle --cpuset-cpus --cpuset-mems' \
			'--memory --memory-reservation --memory-swap --pids-limit --l3-cache-schema' \
			'--mem-bw-schema --help'
		;;
	spec) echo '--bundle --rootless --help' ;;
	*) echo '--help' ;;
	esac
}

_vial() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands='create delete events exec features help kill list pause plan ps resume run spec start state update'
	local command='' root='' args=0 i word

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--root)
			root=${COMP_WORDS[i + 1]}
			# bash splits --root=DIR at the sign
			[[ $root == '=' ]] && root=${COMP_WORDS[i + 2]} && ((i++))
			((i++))
			;;
		--log | --log-format | --bundle | -b | --console-socket | --pid-file | --preserve-fds) ((i++)) ;;
		--rootless) [[ $command ]] || ((i++)) ;;
		-*) ;;
		*)
			if [[ -z $command ]]; then
				command=$word
			else
				((args++))
			fi
			;;
		esac
	done

	COMPREPLY=()
	[[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == '=' ]] && cur=''
	if [[ $prev != --rootless || -z $command ]] && _vial_value "$prev"; then
		return
	fi
	if [[ $cur == -* ]]; then
		_vial_words "$(_vial_options "$command")"
		return
	fi
	case $command in
	'') _vial_words "$commands" ;;
	help) _vial_words "$commands" ;;
	start | state | delete | events | pause | resume | ps | update)
		((args == 0)) && _vial_words "$(_vial_ids "$root")"
		;;
	kill)
		if ((args == 0)); then
			_vial_words "$(_vial_ids "$root")"
		elif ((args == 1)); then
			_vial_words HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH
		fi
		;;
	esac
	return 0
}

complete -F _vial vial
