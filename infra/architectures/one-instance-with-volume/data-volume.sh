#!/bin/bash
# The volume at $DEVICE, mounted at $MOUNT. The function of the architecture brings it and takes it away.
#   data-volume mount   when the instance starts: waits for it, and formats it if it is new
#   data-volume watch   from then on: when the group takes the instance away, lets go of it
set -euo pipefail
. "${DESTDIR:-}/usr/local/lib/groundwork/instance.sh"

# The launch hook ends the waiting for the volume; this is only how often is looked.
readonly LOOK_EVERY=5 # seconds
device=${DESTDIR:-}$DEVICE
mount_point=${DESTDIR:-}$MOUNT

say() { echo "data-volume: $*"; }

mount_it() {
  until [ -e "$device" ]; do
    if is_leaving; then
      say 'this instance is being taken away before it had the volume'
      return 1
    fi
    sleep "$LOOK_EVERY"
  done
  mkdir -p "$mount_point"
  if mountpoint -q "$mount_point"; then return 0; fi
  # 2: nothing on it, or it cannot be read, which is not the same. Anything else that is no file system is left as it is,
  # and this instance given up.
  local type status=0
  dd if="$device" of=/dev/null bs=4096 count=1 status=none
  type=$(blkid -p -o value -s TYPE "$device") || status=$?
  if [ "$status" = 2 ]; then
    say "$DEVICE is new: it gets a file system"
    # Without -f it refuses to overwrite one.
    mkfs.xfs -q "$device"
  elif [ "$status" != 0 ] || [ "$type" != xfs ]; then
    say "$DEVICE has ${type:-something} on it (blkid: $status), not XFS: it is left as it is"
    return 1
  fi
  mount -t xfs -o noatime "$device" "$mount_point"
  # After a reboot. Without the volume the instance has to start too, so that somebody can look.
  grep -qs " $MOUNT xfs" "${DESTDIR:-}/etc/fstab" || echo "$DEVICE $MOUNT xfs noatime,nofail 0 2" >>"${DESTDIR:-}/etc/fstab"
  say "$DEVICE is mounted at $MOUNT"
}

watch_it() {
  until is_leaving; do sleep "$LOOK_EVERY"; done
  say 'this instance is being taken away: what writes is stopped'
  # What cannot be stopped cannot be unmounted either: then the hook times out, and the volume goes as in a power cut.
  until "${DESTDIR:-}/usr/local/sbin/stop-service" && umount "$mount_point"; do
    say "$MOUNT is still in use"
    sleep "$LOOK_EVERY"
  done
  aws ec2 create-tags --resources "$(imds instance-id)" --tags "Key=groundwork:let-go,Value=$(date -u +%FT%TZ)"
  say "$MOUNT is unmounted: the volume may go"
}

case ${1:-} in
mount | watch) "${1}_it" ;;
*) say 'say mount or watch' >&2 && exit 64 ;;
esac
