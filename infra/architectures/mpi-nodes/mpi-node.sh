# Makes an instance with Amazon Linux 2023 a node of MPI. For bash, after efa-install.sh; may be run any number of times.
#
# GROUP        of Auto Scaling, whose instances are the nodes
# KEY_SECRET   where the group's key for ssh is; who comes first makes it
# KEY_VERSION  what that version is called
# NODES_CIDR   of the subnet, from where that key is good
# AWS_REGION
# DESTDIR      where the machine begins, for tests
set -euo pipefail
umask 022
root=${DESTDIR:-}
amazon=$root/opt/amazon
home=$root/home/ec2-user
ssh=$home/.ssh

# Driver, libfabric and Open MPI. A node whose EFA does not work would make the whole job go by TCP: it is no node.
[ -x "$amazon/openmpi/bin/mpirun" ] || install_efa
modprobe efa
"$amazon/efa/bin/fi_info" -p efa >/dev/null

# For mpicc.
command -v gcc >/dev/null || dnf install --assumeyes --quiet gcc gcc-c++ gcc-gfortran

# EFA pins the memory that it sends.
mkdir -p "$root/etc/security/limits.d"
printf '%s\n' '* soft memlock unlimited' '* hard memlock unlimited' '* soft stack unlimited' \
  >"$root/etc/security/limits.d/90-mpi.conf"

# One key for all nodes. A version that is there already is not written again with another value, so of all nodes that
# start at once one makes it, and the others read it.
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html (ClientRequestToken)
secret() { aws secretsmanager "$@" --region "$AWS_REGION" --secret-id "$KEY_SECRET" --output text; }
read_key() { secret get-secret-value --version-id "$KEY_VERSION" --query SecretString 2>/dev/null; }
make_key() (
  new=$(mktemp -d)
  trap 'rm -rf "$new"' EXIT
  ssh-keygen -q -t ed25519 -N '' -C "$GROUP" -f "$new/key"
  secret put-secret-value --client-request-token "$KEY_VERSION" --secret-string "file://$new/key" >/dev/null
)
install -d -m 0700 "$ssh"
for attempt in 1 2 3 4 5 6; do
  (umask 077 && read_key >"$ssh/key.new") && break
  # Somebody else may be quicker.
  make_key 2>/dev/null || true
  [ "$attempt" -lt 6 ]
  sleep "$attempt"
done
public=$(ssh-keygen -y -P '' -f "$ssh/key.new")
mv "$ssh/key.new" "$ssh/id_ed25519"

# By this key from the subnet, and past the security group only from nodes; other keys that are there stay.
touch "$ssh/authorized_keys"
grep -v " $GROUP\$" "$ssh/authorized_keys" >"$ssh/authorized_keys.new" || true
printf 'from="%s" %s %s\n' "$NODES_CIDR" "$(cut -d' ' -f1,2 <<<"$public")" "$GROUP" >>"$ssh/authorized_keys.new"
mv "$ssh/authorized_keys.new" "$ssh/authorized_keys"

# Nodes come and go, with host keys of their own. Nobody but nodes of this group can answer there.
cat >"$ssh/config" <<EOF
Host ip-* 10.* 172.* 192.168.*
  IdentityFile ~/.ssh/id_ed25519
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
EOF
chmod 0600 "$ssh/authorized_keys" "$ssh/config" "$ssh/id_ed25519"
chown -R ec2-user: "$ssh"

mkdir -p "$root/usr/local/bin"
cat >"$root/usr/local/bin/mpi-hosts" <<EOF
#!/bin/bash
# mpi-hosts [N]: nodes that are ready, one a line, as mpirun --hostfile takes them. With N it waits until there are that
# many, for 15 minutes at most.
set -euo pipefail
export AWS_DEFAULT_REGION='$AWS_REGION'
least=\${1:-1}
nodes() {
  local ids
  ids=\$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names '$GROUP' --output text \\
    --query 'AutoScalingGroups[0].Instances[?LifecycleState==\`InService\`].[InstanceId]')
  [ -n "\$ids" ] || return 0
  aws ec2 describe-instances --instance-ids \$ids --output text \\
    --query 'Reservations[].Instances[].[PrivateIpAddress,CpuOptions.CoreCount]' | sort -V |
    while read -r address cores; do echo "\$address slots=\$cores"; done
}
for _ in \$(seq 90); do
  found=\$(nodes)
  if [ "\$(grep -c . <<<"\$found")" -ge "\$least" ]; then
    echo "\$found"
    exit 0
  fi
  sleep 10
done
echo "mpi-hosts: not \$least nodes in 15 minutes, but:" >&2
echo "\$found" >&2
exit 1
EOF
chmod 0755 "$root/usr/local/bin/mpi-hosts"
