# What AWS Batch runs in the container of an attempt, with the sh of its image. It says
# who the attempt is, in a directory of its own, and ends it by its walltime and its checkpoint, of which Batch knows
# nothing: that sends SIGTERM, and SIGKILL 30 s later. Exits with 124 when the walltime was over.
#
# Before it are set: first (number of the first element, or nothing: no array), walltime and grace in seconds, signal of
# the checkpoint (a number, or nothing), nodes and ranks of each (nothing: no MPI), workdir (or nothing), and by
# `set --` the words of the job.
scratch=$(mktemp -d) || exit 125
export GROUNDWORK_ELEMENT=0 GROUNDWORK_SCRATCH="$scratch" TMPDIR="$scratch"
if [ -n "$first" ]; then
  GROUNDWORK_ELEMENT=$((first + ${AWS_BATCH_JOB_ARRAY_INDEX:-0}))
  export GROUNDWORK_ARRAY_INDEX="$GROUNDWORK_ELEMENT"
fi
user=$(id -un 2>/dev/null || id -u)
export HOME="${HOME:-/}" USER="${USER:-$user}" LOGNAME="${LOGNAME:-$user}" LANG="${LANG:-C.UTF-8}"
cd "${workdir:-$scratch}" || exit 125
result=$scratch.code

# The image starts its ranks by itself, or by ssh: each node tells the main one its address, and does then what mpirun
# asks for. Of its container's environment and directory ssh knows nothing, so a rank has them from a file of its node.
hosts=$scratch.hosts
ranks_begin=/tmp/groundwork-rank
gather() {
  export PWD
  { export -p; echo 'cd "$PWD" && exec "$@"'; } >"$ranks_begin"
  if [ "$AWS_BATCH_JOB_NODE_INDEX" != "$AWS_BATCH_JOB_MAIN_NODE_INDEX" ]; then
    main=$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS
    own=$(ip -4 route get "$main" | sed -n 's/.* src \([0-9.]*\).*/\1/p')
    until ssh -o StrictHostKeyChecking=no "$main" "echo $own slots=$ranks >>/tmp/groundwork-hosts"; do sleep 2; done
    exec /usr/sbin/sshd -D -e
  fi
  hosts=/tmp/groundwork-hosts
  echo "localhost slots=$ranks" >"$hosts"
  /usr/sbin/sshd
  until [ "$(wc -l <"$hosts")" -ge "$nodes" ]; do sleep 1; done
}
if [ -n "$nodes" ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  if command -v groundwork-mpirun >/dev/null; then
    set -- groundwork-mpirun "$nodes" "$ranks" "$@"
  else
    if [ "$nodes" = 1 ]; then
      set -- mpirun -np "$ranks" "$@"
    else
      gather
      set -- mpirun -np $((nodes * ranks)) --hostfile "$hosts" sh "$ranks_begin" "$@"
    fi
  fi
fi

# All that the command has started, itself included.
descendants() {
  found=" $command "
  more=1
  while [ -n "$more" ]; do
    more=
    for stat in /proc/[0-9]*/stat; do
      { read -r line <"$stat"; } 2>/dev/null || continue
      pid=${line%% *} rest=${line##*) }
      parent=${rest#* } parent=${parent%% *}
      case $found in *" $pid "*) continue ;; esac
      case $found in *" $parent "*) found="$found$pid " more=1 ;; esac
    done
  done
}
# Not to the shell around it, which tells of its end.
send() { for pid in $found; do [ "$pid" = "$command" ] || kill "-$1" "$pid" 2>/dev/null; done; }
# The signal of the checkpoint would be the end of a shell around the program. SigCgt is a mask, see proc(5).
send_handlers() {
  for pid in $found; do
    mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
    if [ "$pid" != "$command" ] && [ $((0x${mask:-0} >> (signal - 1) & 1)) = 1 ]; then kill "-$signal" "$pid"; fi
  done
}
is_over() { [ -s "$result" ]; }
over_within() {
  until=$(($(date +%s) + $1))
  while ! is_over && [ "$(date +%s)" -le "$until" ]; do sleep 0.2; done
  is_over
}
finish() {
  descendants
  if [ -n "$signal" ]; then
    send_handlers
    over_within "$grace" && return
  fi
  send TERM
  over_within 5 && return
  descendants
  send KILL
}

# The wait is broken off each second: a shell may miss a signal that comes just before it waits.
why=
trap : USR1
trap 'why=${why:-term}' TERM
began=$(date +%s)
( "$@" </dev/null; echo $? >"$result.new"; mv "$result.new" "$result" ) &
command=$!
( trap - TERM; while sleep 1; do kill -USR1 $$ || exit; done ) >/dev/null 2>&1 &
ticker=$!
while ! is_over; do
  if [ -z "$why" ] && [ $(($(date +%s) - began)) -gt "$walltime" ]; then why=walltime; fi
  if [ -n "$why" ] && [ -z "$finished" ]; then
    finish
    finished=1
  fi
  kill -0 "$command" 2>/dev/null || is_over || break
  wait "$command"
done
kill "$ticker" 2>/dev/null
[ "$why" != walltime ] || exit 124
is_over || exit 137
exit "$(cat "$result")"
