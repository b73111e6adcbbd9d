import { familyOf, type InstanceType } from '../catalogue/instance-table.ts';

/**
 * vCPUs that EC2 counts for each physical core. Graviton has no second thread, AMD from generation 7 on gives none,
 * and hpc* have it switched off ("Supported CPU options for EC2 instance types" in the EC2 user guide).
 */
export function threadsPerCore({ type, arch }: Pick<InstanceType, 'type' | 'arch'>): 1 | 2 {
  if (arch === 'arm64') return 1;
  return /^(hpc\d|[cmr]([7-9]|\d\d)a)/.test(familyOf(type)) ? 1 : 2;
}
