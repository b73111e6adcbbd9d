#!/bin/bash
# The Elastic IP of the allocation $ALLOCATION_ID is for the instance that this runs on.
#   attach-address take   when the instance starts: from whoever has it
#   attach-address keep   every minute from then on: if nobody has it, or nobody who runs
# An instance that its group is taking away takes nothing, so that one that starts slowly does not take the address
# from its successor. It may run any number of times.
set -euo pipefail
. "${DESTDIR:-}/usr/local/lib/groundwork/instance.sh"

readonly ATTEMPTS=10
readonly LONGEST_PAUSE=30 # seconds
instance=$(imds instance-id)

say() { echo "attach-address: $*"; }

holder() {
  aws ec2 describe-addresses --allocation-ids "$ALLOCATION_ID" --query 'Addresses[0].InstanceId || `nobody`' --output text
}

runs() {
  [ "$(aws ec2 describe-instances --output text --query 'length(Reservations)' \
    --filters "Name=instance-id,Values=$1" Name=instance-state-name,Values=running)" != 0 ]
}

take() {
  local attempt pause
  for ((attempt = 1; attempt <= ATTEMPTS; attempt += 1)); do
    if is_leaving; then
      say "$instance is being taken away: the address is left to whoever comes next"
      return 1
    fi
    # Whether the answer to an earlier try was lost does not matter: what is ours may be given to us again.
    if aws ec2 associate-address --allocation-id "$ALLOCATION_ID" --instance-id "$instance" --allow-reassociation \
      --output text >/dev/null; then
      # Whoever asks last has it, and that may have been another one.
      if [ "$(holder)" = "$instance" ]; then
        say "$instance has the address"
        return 0
      fi
      say "somebody else has taken the address meanwhile"
    fi
    pause=$((2 ** attempt < LONGEST_PAUSE ? 2 ** attempt : LONGEST_PAUSE))
    say "attempt $attempt of $ATTEMPTS failed, the next one is in $pause s"
    sleep "$pause"
  done
  return 1
}

keep() {
  local now
  now=$(holder)
  if [ "$now" = "$instance" ] || is_leaving; then return 0; fi
  if [ "$now" != nobody ] && runs "$now"; then
    say "$now has the address, and runs"
    return 0
  fi
  say "$now has the address, who does not run"
  take
}

case ${1:-} in
take | keep) "$1" ;;
*) say 'say take or keep' >&2 && exit 64 ;;
esac
