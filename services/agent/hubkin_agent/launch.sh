#!/bin/sh
# Runs one command beside the agent, in any image that has a shell.
#   launch.sh RUN FOLDER GRACE_SECONDS COMMAND [ARGUMENT...]
# The command writes straight into RUN/spool: no pipe of ours can lose a byte when it is killed.
# RUN/signal is a FIFO of signal names for it.  RUN/code_exit gets its exit code, by rename.
run=$1 folder=$2 grace=$3 caught='' code='' killer=''
shift 3
# Whoever creates this file runs the command; a second launch.sh for the same RUN leaves at once.
(set -C; echo $$ >"$run/launch.pid") 2>/dev/null || exit 125
exec >>"$run/spool" 2>&1 </dev/null 3<>"$run/signal"

finish() {
	# In place, then renamed: the agent made the file beforehand, so this needs no room on a full disk.
	printf '%-4s\n' "$1" 1<>"$run/code_exit.new"
	mv "$run/code_exit.new" "$run/code_exit"
	exit "$1"
}

cd "$folder" || finish 126
# A shell starts what is in the background with INT and QUIT ignored; where `env` can, they are as usual.
! env --default-signal=INT true 2>/dev/null || set -- env --default-signal=INT,QUIT "$@"
"$@" 3<&- &
child=$!
exec >/dev/null 2>&1
while read -r name <&3; do kill -s "$name" "$child"; done &
reader=$!

pass() {
	caught=1
	kill -s "$1" "$child"
	# A command that ignores the signal is gone after its grace, so the agent keeps its time to flush.
	[ -n "$killer" ] || { (sleep "$grace"; kill -s KILL "$child") 3<&- & killer=$!; }
}
trap 'pass TERM' TERM
trap 'pass INT' INT

# A trapped signal ends `wait` early, with a code that is not the command's: wait again.
while :; do
	caught=''
	wait "$child"
	got=$?
	# 127 on a second wait only says that the first one had it.
	[ "$got" = 127 ] && [ -n "$code" ] || code=$got
	[ -n "$caught" ] || break
done
kill "$reader" $killer
finish "$code"
