# Makes an instance with Amazon Linux 2023 a host that is only jumped over, with the host key that its colleagues have.
# For bash; may be run any number of times.
#
# HOST_KEY         secret with a private key of OpenSSH: the same on all of them, or `ssh` warns of each
# AUTHORIZED_KEYS  public keys, one a line, of who may jump
# AWS_REGION
# DESTDIR          where the machine begins, for tests
set -euo pipefail
etc=${DESTDIR:-}/etc/ssh
keys=$etc/authorized_keys.d

# Nobody is to be let in with another host key than the one that is known: without it there is no sshd, and so the load
# balancer sends nobody here. People who mend it come by Session Manager.
trap 'systemctl stop sshd.service' ERR

umask 077
mkdir -p "$etc/sshd_config.d" "$keys"
for attempt in 1 2 3 4 5; do
  aws secretsmanager get-secret-value --region "$AWS_REGION" --secret-id "$HOST_KEY" \
    --query SecretString --output text >"$etc/host_key.new" && break
  [ "$attempt" -lt 5 ]
  sleep "$attempt"
done
ssh-keygen -y -P '' -f "$etc/host_key.new" >"$etc/host_key.pub.new"
mv "$etc/host_key.new" "$etc/host_key"
mv "$etc/host_key.pub.new" "$etc/host_key.pub"

id jump >/dev/null 2>&1 || useradd --create-home --shell /sbin/nologin jump
printf '%s\n' "$AUTHORIZED_KEYS" >"$keys/jump"
chmod 0755 "$keys"
chmod 0644 "$keys/jump" "$etc/host_key.pub"

# The first value that sshd reads counts, so this has to be before those of the image.
cat >"$etc/sshd_config.d/00-bastion.conf" <<EOF
HostKey $etc/host_key
AuthorizedKeysFile $keys/%u
AllowUsers jump
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
LoginGraceTime 20
MaxAuthTries 3
MaxStartups 20:30:60
LogLevel VERBOSE
# An NLB forgets connections on which nothing comes for 350 s.
ClientAliveInterval 60
ClientAliveCountMax 3
# Over it to others, and no further: no shell, no files, no agent that root here could use.
AllowTcpForwarding local
AllowStreamLocalForwarding no
AllowAgentForwarding no
X11Forwarding no
PermitTunnel no
GatewayPorts no
PermitTTY no
ForceCommand /sbin/nologin
EOF
chmod 0644 "$etc/sshd_config.d/00-bastion.conf"
grep -qs '^Include .*sshd_config.d' "$etc/sshd_config" ||
  sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' "$etc/sshd_config"

sshd -t -f "$etc/sshd_config"
systemctl enable sshd.service
# Sessions that are there go on.
systemctl reload-or-restart sshd.service
