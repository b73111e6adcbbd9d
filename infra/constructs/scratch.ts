/** What an Auto Scaling group's instances have at /scratch. */
export type Scratch =
  /** The disks of the instance, together one: the fastest there is, and gone with it. */
  | { kind: 'instance-store' }
  /** A volume that does not get slower: io2, all of which are Block Express since April 2025. */
  | { kind: 'io2'; gib: number; iops: number };

/** Of io2: 1,000 IOPS for each GiB. */
const IOPS_PER_GIB = 1_000;
/** What the largest size of these families gets out of EBS, below the 256,000 of a volume (docs: "EBS-optimized instances"). */
const MOST_IOPS = 240_000;
/** … and 16xlarge. */
const MOST_IOPS_16XLARGE = 80_000;

/** The size whose own ceiling does not bind. */
export function sizeFor(scratch: Scratch): '4xlarge' | '16xlarge' | '48xlarge' {
  if (scratch.kind === 'instance-store') return '4xlarge';
  const { gib, iops } = scratch;
  if (iops > gib * IOPS_PER_GIB)
    throw new Error(
      `io2 has ${IOPS_PER_GIB} IOPS for each GiB: ${iops} need ${Math.ceil(iops / IOPS_PER_GIB)} GiB`,
    );
  if (iops > MOST_IOPS)
    throw new Error(`${iops} IOPS: io2 has 256,000, and these instances ${MOST_IOPS} for all their volumes`);
  return iops > MOST_IOPS_16XLARGE ? '48xlarge' : '16xlarge';
}

/** Where the volume is asked for; Amazon Linux calls it so whatever the kernel calls it. */
export const VOLUME_DEVICE = '/dev/sdf';

const instanceStore = (root: string): string => `
mapfile -t disks < <(readlink -f ${root}/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_* | sort -u)
device=\${disks[0]}
if [ "\${#disks[@]}" -gt 1 ]; then
  command -v mdadm >/dev/null || dnf install -y mdadm
  device=${root}/dev/md0
  mdadm --create "$device" --run --level=0 --raid-devices="\${#disks[@]}" "\${disks[@]}"
fi`;
const volume = (root: string): string => `
device=${root}${VOLUME_DEVICE}
for _ in $(seq 60); do
  [ -e "$device" ] && break
  sleep 1
done`;

/**
 * For bash, once, at an instance's first start. It is mounted by its label later, as names of devices change. `root`:
 * where the machine begins, for tests.
 */
export function scratchScript({ kind }: Scratch, root = ''): string {
  const find = kind === 'io2' ? volume : instanceStore;
  return `set -euo pipefail
shopt -s failglob${find(root)}
mkfs.xfs -f -L scratch "$device"
mkdir -p ${root}/scratch
echo 'LABEL=scratch ${root}/scratch xfs noatime,nofail 0 0' >>${root}/etc/fstab
mount "$device" ${root}/scratch
chmod 1777 ${root}/scratch`;
}
