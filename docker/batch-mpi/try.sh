#!/usr/bin/env bash
# Runs an allreduce over four containers of the image on this machine, as AWS Batch would start them and hpc-broker
# tells them what to do, and checks its sum. Needs docker. Usage: bash docker/batch-mpi/try.sh [nodes] [ranks of each]
set -euo pipefail
nodes=${1:-4} ranks=${2:-2}
here=$(cd "$(dirname "$0")" && pwd)
wrapper=$here/../../apps/hpc-broker/batch/attempt.sh
image=groundwork-batch-mpi network=groundwork-batch-mpi subnet=172.30.99
name() { echo "groundwork-batch-mpi-$1"; }

tidy() {
  for node in $(seq 0 $((nodes - 1))); do docker rm -f "$(name "$node")" >/dev/null 2>&1 || true; done
  docker network rm "$network" >/dev/null 2>&1 || true
}
trap tidy EXIT
tidy

docker image inspect "$image" >/dev/null 2>&1 || docker build -t "$image" "$here"
docker network create --subnet "$subnet.0/24" "$network" >/dev/null
# What the broker sets before its wrapper: see src/adapters/batch/submission.ts. Each rank also looks for its variable.
command='[ "$GROUNDWORK_JOB_ID" = try ] && exec allreduce'
job="first= walltime=120 grace=0 signal= nodes=$nodes ranks=$ranks workdir=; set -- sh -c '$command'; . /attempt.sh"
for node in $(seq $((nodes - 1)) -1 0); do
  main=()
  [ "$node" = 0 ] || main=(-e "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS=$subnet.10")
  docker run -d --name "$(name "$node")" --hostname "node$node" --network "$network" --ip "$subnet.$((10 + node))" \
    -v "$wrapper:/attempt.sh:ro" -e GROUNDWORK_JOB_ID=try -e "AWS_BATCH_JOB_NODE_INDEX=$node" -e AWS_BATCH_JOB_MAIN_NODE_INDEX=0 \
    -e "AWS_BATCH_JOB_NUM_NODES=$nodes" -e OMPI_MCA_mpi_yield_when_idle=1 "${main[@]}" "$image" sh -c "$job" >/dev/null
done
code=$(timeout 180 docker wait "$(name 0)")
said=$(docker logs "$(name 0)" 2>&1)
echo "$said"
all=$((nodes * ranks))
sum=$((all * (all - 1) / 2))
count=$(grep -c ": sum $sum\$" <<<"$said" || true)
[ "$code" = 0 ] && [ "$count" = "$all" ] || { echo "exit code $code; $count of $all ranks have the sum $sum" >&2; exit 1; }
echo "$all ranks on $nodes nodes, each with the sum $sum"
