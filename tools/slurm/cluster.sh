#!/usr/bin/env bash
# A whole Slurm cluster on one Debian machine, for development and tests: munge, MariaDB with slurmdbd, slurmctld,
# several slurmd (each with its own host name), and slurmrestd with JWT on 127.0.0.1:6820. One at a time, as root.
#
#   bash tools/slurm/cluster.sh install          the Debian packages
#   bash tools/slurm/cluster.sh up [BASE]        about 5 s
#   bash tools/slurm/cluster.sh down [BASE]
#   eval "$(bash tools/slurm/cluster.sh env [BASE])"    for sbatch, squeue … of this shell
#
# In the environment: NODES=4 (two more are in a partition `spare`), CPUS=4 of each, DBD=0 without accounting.
set -euo pipefail
command=${1:-up}
base=${2:-/tmp/groundwork-slurm}
nodes=${NODES:-4}
cpus=${CPUS:-4}
dbd=${DBD:-1}
here=$(cd "$(dirname "$0")" && pwd)
export SLURM_CONF=$base/etc/slurm.conf
began=$(date +%s%N)
say() { printf '%6s ms  %s\n' "$((($(date +%s%N) - began) / 1000000))" "$*"; }

# Until a condition holds, for 20 s at most.
await() {
  local what=$1
  shift
  for _ in $(seq 200); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "$what is not there after 20 s: see $base/log" >&2
  exit 1
}

packages() {
  export DEBIAN_FRONTEND=noninteractive
  # Nothing of it is to be started by itself (invoke-rc.d asks this file, 101 means no).
  [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d && trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold slurm-wlm slurm-client slurmrestd slurm-wlm-jwt-plugin slurmdbd mariadb-server munge openmpi-bin libopenmpi-dev >/dev/null
}

# By the numbers that were written down at the start; SIGKILL for what does not listen.
stop() {
  local file pid
  for file in "$base"/run/*.pid; do
    [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null || true
  done
  for _ in $(seq 30); do
    alive || break
    sleep 0.1
  done
  for file in "$base"/run/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$file"
  done
}
alive() {
  local file
  for file in "$base"/run/*.pid; do
    [ -f "$file" ] && kill -0 "$(cat "$file")" 2>/dev/null && return 0
  done
  return 1
}

directories() {
  rm -rf "$base"
  mkdir -p "$base"/{etc,run,log,state,spool,db,munge,pmix,tmp}
  chmod 755 "$base" "$base"/*
  chmod 1777 "$base/run"
  chown -R slurm "$base/state" "$base/log"
}

start_munge() {
  head -c 128 /dev/urandom >"$base/munge/key"
  chown -R munge:munge "$base/munge"
  chmod 400 "$base/munge/key"
  chmod 711 "$base/munge"
  install -d -o munge -g munge -m 755 /run/munge
  runuser -u munge -- munged --force --key-file="$base/munge/key" --socket=/run/munge/munge.socket.2 \
    --pid-file="$base/run/munged.pid" --log-file="$base/munge/munged.log" --seed-file="$base/munge/seed"
  head -c 32 /dev/urandom >"$base/etc/jwt.key"
  chown slurm "$base/etc/jwt.key"
  chmod 400 "$base/etc/jwt.key"
}

configure() {
  sed -e "s#@BASE@#$base#g; s#@NODES@#$nodes#g; s#@SPARE@#$((nodes + 1))#g; s#@ALL@#$((nodes + 2))#g; s#@CPUS@#$cpus#g; s#@HOST@#$(hostname -s)#g" "$here/slurm.conf.template" >"$SLURM_CONF"
  [ "$dbd" = 1 ] || sed -i '/^AccountingSt/d' "$SLURM_CONF"
  # PMIx of several nodes would collide in one directory.
  echo "PMIxCliTmpDirBase=$base/pmix" >"$base/etc/mpi.conf"
}

start_accounting() {
  chown mysql "$base/db"
  mariadb-install-db --no-defaults --user=mysql --datadir="$base/db" --auth-root-authentication-method=socket --skip-test-db >"$base/log/mariadb-install.log" 2>&1
  setsid mariadbd --no-defaults --user=mysql --datadir="$base/db" --socket="$base/db/socket" --port=13306 \
    --bind-address=127.0.0.1 --pid-file="$base/db/pid" --innodb-flush-log-at-trx-commit=2 >"$base/log/mariadb.log" 2>&1 </dev/null &
  echo $! >"$base/run/mariadb.pid"
  await MariaDB mariadb-admin --no-defaults --socket="$base/db/socket" ping
  mariadb --no-defaults --socket="$base/db/socket" -e "
    CREATE DATABASE slurm_acct;
    CREATE USER slurm@127.0.0.1 IDENTIFIED BY 'slurm'; GRANT ALL ON slurm_acct.* TO slurm@127.0.0.1;
    CREATE USER slurm@localhost IDENTIFIED BY 'slurm'; GRANT ALL ON slurm_acct.* TO slurm@localhost;"
  cat >"$base/etc/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$base/etc/jwt.key
DbdHost=$(hostname -s)
DbdAddr=127.0.0.1
DbdPort=16819
SlurmUser=slurm
PidFile=$base/run/slurmdbd.pid
LogFile=$base/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=13306
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
CONF
  chown slurm "$base/etc/slurmdbd.conf"
  chmod 600 "$base/etc/slurmdbd.conf"
  runuser -u slurm -- slurmdbd
  await slurmdbd timeout 5 sacctmgr -n show cluster
  {
    sacctmgr -i add cluster groundwork || true
    sacctmgr -i add account default || true
    sacctmgr -i add user root account=default || true
  } >/dev/null 2>&1
}

start_nodes() {
  local node
  for node in $(seq $((nodes + 2))); do
    start_node "n$node"
  done
}

# Each with a host name and a directory for PMIx of its own.
start_node() {
  mkdir -p "$base/spool/$1" "$base/tmp/$1"
  chmod 1777 "$base/tmp/$1"
  unshare -m -u --propagation private sh -c "hostname $1; mount --bind '$base/tmp/$1' '$base/pmix'; exec slurmd -N $1"
}

are_idle() { [ "$(sinfo -h -N -p batch -o %t | grep -c '^idle$')" = "$nodes" ]; }

# Neither root nor SlurmUser may run it; JWT says whose jobs they are.
start_rest() {
  : >"$base/log/slurmrestd.log"
  chmod 666 "$base/log/slurmrestd.log"
  setsid runuser -u nobody -- env SLURM_JWT=daemon SLURM_CONF="$SLURM_CONF" slurmrestd -a rest_auth/jwt 127.0.0.1:6820 >>"$base/log/slurmrestd.log" 2>&1 </dev/null &
  echo $! >"$base/run/slurmrestd.pid"
  await slurmrestd bash -c 'exec 3<>/dev/tcp/127.0.0.1/6820'
}

up() {
  for program in munged slurmctld slurmd slurmrestd; do
    command -v "$program" >/dev/null || { echo "there is no $program: bash tools/slurm/cluster.sh install" >&2; exit 1; }
  done
  [ ! -d "$base/run" ] || stop
  directories
  start_munge
  configure
  [ "$dbd" != 1 ] || start_accounting
  say 'accounting'
  slurmctld -c
  await slurmctld bash -c 'timeout 3 scontrol ping | grep -q UP'
  say 'slurmctld'
  start_nodes
  await "$nodes nodes" are_idle
  say "$nodes nodes of $cpus cores"
  start_rest
  say 'slurmrestd on 127.0.0.1:6820'
}

case $command in
  install) packages ;;
  up) up ;;
  down) stop ;;
  node) start_node "$3" ;;
  env) echo "export SLURM_CONF=$SLURM_CONF" ;;
  *)
    echo "$command is none of install, up, down, env" >&2
    exit 2
    ;;
esac
