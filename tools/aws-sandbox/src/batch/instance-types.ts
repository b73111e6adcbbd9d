const SIZES: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4 };

/**
 * How many vCPUs an instance of this type has, as far as its size tells: `12xlarge` is 48. Undefined for families,
 * `optimal`, bare metal, and those that have no hyperthreads or sizes of their own.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-type-specifications.html
 */
export function vcpusOfType(type: string): number | undefined {
  const [family = '', size = ''] = type.split('.');
  if (/^(hpc|t|u|mac)/.test(family)) return undefined;
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  return times === undefined ? SIZES[size] : 4 * Number(times);
}
