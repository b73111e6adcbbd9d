# What the instance does when it starts, after start_service has been defined.

cat >"${DESTDIR:-}/etc/systemd/system/attach-address.service" <<UNIT
[Unit]
Description=The Elastic IP $ALLOCATION_ID is this instance's
[Service]
Type=oneshot
Environment=ALLOCATION_ID=$ALLOCATION_ID
ExecStart=/usr/local/sbin/attach-address keep
UNIT

# Its group counts it only when it serves; one that cannot is given up, and another one started.
if start_service && "${DESTDIR:-}/usr/local/sbin/attach-address" take; then
  systemctl daemon-reload
  systemctl enable --now attach-address.timer
  finish_launch CONTINUE
else
  finish_launch ABANDON
fi
