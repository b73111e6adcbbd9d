# What the instance does when it starts, after start_service has been defined.

cat >"${DESTDIR:-}/etc/systemd/system/data-volume.service" <<UNIT
[Unit]
Description=Lets go of the volume when the group takes this instance away
[Service]
Environment=DEVICE=$DEVICE MOUNT=$MOUNT
ExecStart=/usr/local/sbin/data-volume watch
Restart=on-failure
[Install]
WantedBy=multi-user.target
UNIT

# Its group counts it only when it serves; one that cannot is given up, and another one started.
if "${DESTDIR:-}/usr/local/sbin/data-volume" mount && systemctl daemon-reload &&
  systemctl enable --now data-volume.service && start_service; then
  finish_launch CONTINUE
else
  finish_launch ABANDON
fi
