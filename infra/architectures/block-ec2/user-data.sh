#!/bin/bash
# ip-blocklist's agent on a host with Amazon Linux 2023, as apps/ip-blocklist/README.md describes it. Run at the first
# start; run again it does no harm, and takes other settings and another bundle.
#
# BLOCKLIST_URL   where the service is
# AGENT_BUNDLE    s3:// address of a zip with agent.js and package.json
# AGENT_KEY       secret whose value is the API key, with the scopes blocklist:read and blocklist:agent
# ALWAYS_ADMIT    addresses that are never blocked here, comma-separated; may be empty
# AWS_REGION
# DESTDIR         where the machine begins, for tests
set -euo pipefail
root=${DESTDIR:-}
home=$root/opt/groundwork
etc=$root/etc/groundwork
units=$root/etc/systemd/system

# By IMDSv2; the address is up some seconds before it answers.
imds=http://169.254.169.254/latest
ask() { curl --fail --silent --show-error --max-time 5 --retry 6 --retry-all-errors "$@"; }
token=$(ask --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$imds/api/token")
instance=$(ask --header "X-aws-ec2-metadata-token: $token" "$imds/meta-data/instance-id")

# node-24 is Node 24 whatever `node` is here. The repositories are in S3, and at times slow to answer.
for attempt in 1 2 3; do
  dnf install --assumeyes --quiet nftables nodejs24 && break
  [ "$attempt" -lt 3 ]
  sleep 10
done

# The bundle beside the one that runs, and then in its place.
install -d -m 0755 "$home" "$units"
install -d -m 0700 "$etc"
fetched=$(mktemp -d "$home/fetched.XXXXXX")
trap 'rm -rf "$fetched"' EXIT
aws s3 cp --region "$AWS_REGION" --no-progress "$AGENT_BUNDLE" "$fetched/agent.zip"
# unzip is not on every image; dnf brings Python.
python3 -m zipfile -e "$fetched/agent.zip" "$fetched/agent"
chmod -R u=rwX,go=rX "$fetched/agent"
[ -f "$fetched/agent/agent.js" ]
rm -rf "$home/agent.old"
[ ! -e "$home/agent" ] || mv "$home/agent" "$home/agent.old"
mv "$fetched/agent" "$home/agent"

cat >"$etc/agent.env" <<EOF
BLOCKLIST_URL=$BLOCKLIST_URL
AGENT_NAME=$instance
ALWAYS_ADMIT=$ALWAYS_ADMIT
EOF

# The key, whenever the agent is started: so a new one is taken by restarting it. Without an answer the last one stays.
cat >"$home/fetch-key" <<EOF
#!/bin/bash
set -euo pipefail
umask 077
key=\$(aws secretsmanager get-secret-value --region '$AWS_REGION' --secret-id '$AGENT_KEY' --query SecretString --output text)
[ -n "\$key" ]
printf '%s\n' "\$key" >'$etc/agent.key.new'
mv '$etc/agent.key.new' '$etc/agent.key'
EOF
chmod 0755 "$home/fetch-key"

cat >"$units/groundwork-agent-key.service" <<EOF
[Unit]
Description=Key of the Groundwork IP blocklist
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=$home/fetch-key
EOF

# As its README has it. Wants, not Requires: after a reboot the last list is enforced also when nobody gives a key.
cat >"$units/groundwork-agent.service" <<EOF
[Unit]
Description=Groundwork IP blocklist
Wants=network-online.target groundwork-agent-key.service
After=network-online.target nftables.service groundwork-agent-key.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/node-24 $home/agent/agent.js
EnvironmentFile=$etc/agent.env
Environment=AGENT_API_KEY_FILE=%d/key
LoadCredential=key:$etc/agent.key
StateDirectory=groundwork
DynamicUser=yes
AmbientCapabilities=CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_ADMIN
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
EOF

systemctl daemon-reload
systemctl enable groundwork-agent.service
# Stopping leaves the rules in place. Not waited for: it starts when the network lets it.
systemctl restart --no-block groundwork-agent.service
