/** A server for examples: Amazon Linux has Python, so nothing has to be fetched. For bash. */
export const exampleServer = (port: number): string => `
cat >/etc/systemd/system/example.service <<'EOF'
[Unit]
Description=A page, until there is a server

[Service]
ExecStart=/usr/bin/python3 -m http.server ${port} --directory /srv
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
Restart=always

[Install]
WantedBy=multi-user.target
EOF
echo 'It works.' >/srv/index.html
systemctl daemon-reload
systemctl enable --now example.service
`;
