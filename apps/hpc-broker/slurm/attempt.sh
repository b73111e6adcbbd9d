# What Slurm runs for an attempt, with bash, on its first node. Slurm's own word may be forgotten after minutes or
# be switched off; this is what makes an attempt run at most once, and its end known:
#
# 1. If its directory is gone, nobody waits for it any more, and it ends.
# 2. It creates `claim` with O_EXCL, which NFS and Lustre hold to among all nodes. If that is there already,
#    it ends: the attempt was cancelled, or submitted twice, or requeued by Slurm.
# 3. It runs the command in a process group of its own, and reads `orders` every two seconds. The broker writes
#    that file, and it is there from the start: opening a file asks an NFS server, not finding one may not.
#    After `cancel`, or when the walltime is over, it sends the checkpoint's signal to those that handle it,
#    then SIGTERM, then SIGKILL. `fence` kills at once, as the next attempt will run elsewhere.
# 4. It appends to `claim` how that ended, and kills what is left of the group.
#
# The lines before this set dir, workdir, argv, environment (words of env), walltime and grace in seconds, and signal (a
# number, or nothing).

[ -d "$dir" ] || exit 0
now() { printf '%(%s)T' -1; }
set -C
{ echo "$SLURM_JOB_ID ${SLURM_RESTART_COUNT:-0} $(now) $SLURMD_NODENAME" >"$dir/claim"; } 2>/dev/null || exit 0
set +C
{ mkdir -p "$dir/work" && cd "$workdir" && exec </dev/null 2>>"$dir/stderr"; } || exit 2

# Sleeps without a process.
exec {never}<> <(:)
pause() { read -r -t "$1" <&"$never"; }

# The signal of the checkpoint would be the end of a shell around the program. SigCgt is a mask, see proc(5).
signal_handlers() {
  local status pid stat key mask
  for status in /proc/[0-9]*/status; do
    pid=${status//[!0-9]/}
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
    set -- ${stat##*) }
    [ "$3" = "$command" ] || continue
    while read -r key mask; do
      if [ "$key" = SigCgt: ] && ((0x$mask >> (signal - 1) & 1)); then kill "-$signal" "$pid"; fi
    done 2>/dev/null <"$status"
  done
}

gone_within() {
  local until=$((SECONDS + $1))
  while kill -0 -- "-$command" 2>/dev/null; do
    [ "$SECONDS" -lt "$until" ] || return 1
    pause 0.1
  done
}

# Why it ends: cancel, walltime, or ended (by Slurm, which knows why). The first line counts. Nothing is written over
# another, as we may be killed before the new one is there.
finish() {
  echo "$1" >>"$dir/why"
  if [ -n "$signal" ]; then
    signal_handlers
    gone_within "$grace" && return
  fi
  kill -TERM -- "-$command" 2>/dev/null
  gone_within 5 || kill -KILL -- "-$command" 2>/dev/null
}

# Beside the command, until it is killed: the shell itself only waits, as a wait that was interrupted once may wait for
# ever in bash.
overlook() {
  local order left turn=0
  # Slurm sends it to all of us, the command included.
  trap 'echo ended >>"$dir/why"' TERM
  while :; do
    # SECONDS counts whole ones, and may be early by almost one.
    left=$((walltime + 1 - SECONDS))
    [ "$left" -gt 0 ] || finish walltime
    # A signal is only seen to between two pauses.
    pause 0.5
    ((turn++ % 4 == 0)) || continue
    order=
    read -r order _ <"$dir/orders"
    case $order in
      cancel) finish cancel ;;
      fence) kill -KILL -- "-$command" $$ ;;
    esac
  done
}

trap '' TERM HUP INT QUIT USR1 USR2
set -m
(
  trap - TERM HUP INT QUIT USR1 USR2
  exec {never}<&-
  exec >"$dir/stdout" 2>"$dir/stderr" env "${environment[@]}" "${argv[@]}"
) &
command=$!
set +m
exec 2>/dev/null
overlook &
overlooker=$!
wait "$command"
code=$?
# Perhaps by a signal that was meant for all of us.
[ "$code" -le 128 ] || pause 0.6
kill -KILL "$overlooker" -- "-$command"
why=
[ ! -e "$dir/why" ] || read -r why <"$dir/why"
echo "${why:-exit} $code $(now)" >>"$dir/claim"
exit "$code"
