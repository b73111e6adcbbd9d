import type { InstanceType } from '../../catalogue/instance-table.ts';
import type { Services } from '../../catalogue/services.ts';
import { MONTH_HOURS } from '../spot-loss.ts';
import { NOTHING, num, sourceOf, spanText, times } from '../span.ts';
import type { StorageNeed, Store } from './store.ts';

type Ebs = Services['ebs'];
const MIB_PER_MB = 1e6 / 1_048_576;

/** An EBS volume for each element or node. The instance has ceilings of its own, which often bind. */
export function gp3(need: StorageNeed, type: InstanceType, ebs: Ebs): Store {
  const { gp3: volume } = ebs;
  const iops = Math.max(need.iops ?? 0, volume.freeIops);
  const mibps = Math.max(need.mibPerSecond ?? 0, volume.freeMibPerSecond);
  const limits = beyond('gp3', need, type, volume, ebs);
  if (limits !== undefined) return limits;
  const monthly =
    need.gib * volume.usdPerGbMonth +
    (iops - volume.freeIops) * volume.usdPerIopsMonth +
    (mibps - volume.freeMibPerSecond) * volume.usdPerMibPerSecondMonth;
  const parts = (): string =>
    `${num(need.gib)} GB × ${volume.usdPerGbMonth} + ${num(iops - volume.freeIops)} IOPS × ${volume.usdPerIopsMonth} + ${num(mibps - volume.freeMibPerSecond)} MiB/s × ${volume.usdPerMibPerSecondMonth}`;
  return chosen(
    'gp3',
    () => `EBS gp3 of ${num(need.gib)} GiB, ${num(iops)} IOPS and ${num(mibps)} MiB/s`,
    need,
    monthly,
    parts,
    ebs,
  );
}

export function io2(need: StorageNeed, type: InstanceType, ebs: Ebs): Store {
  const { io2: volume } = ebs;
  const limits = beyond('io2', need, type, volume, ebs);
  if (limits !== undefined) return limits;
  // Throughput comes with IOPS: 0.25 MiB/s each.
  const iops = Math.max(100, need.iops ?? 0, Math.ceil((need.mibPerSecond ?? 0) / 0.25));
  const gib = Math.max(need.gib, Math.ceil(iops / volume.iopsPerGib));
  let [monthly, below] = [gib * volume.usdPerGbMonth, 0];
  for (const { upTo, usdPerMonth } of volume.iopsTiers) {
    monthly += Math.max(0, Math.min(iops, upTo) - below) * usdPerMonth;
    below = upTo;
  }
  const parts = (): string =>
    `${num(gib)} GB × ${volume.usdPerGbMonth} + ${num(iops)} IOPS × ${volume.iopsTiers.map(({ usdPerMonth }) => usdPerMonth).join(' / ')} by tier`;
  return chosen(
    'io2',
    () => `EBS io2 Block Express of ${num(gib)} GiB and ${num(iops)} IOPS`,
    need,
    monthly,
    parts,
    ebs,
  );
}

/** Discs of the instance itself: no price, no network between, and gone when the instance goes. */
export function instanceStore(
  need: StorageNeed,
  type: InstanceType,
  { instanceStore: known }: Services,
): Store {
  const { perInstance } = need;
  const no = (code: string, reason: string): Store => ({
    fits: false,
    name: 'instance-store',
    code,
    reason,
    source: known.source,
  });
  const gib = Math.floor((type.storeGb * 1e9) / 2 ** 30);
  if (gib === 0) return no('no_instance_store', `${type.type} has no instance store`);
  if (gib < need.gib * perInstance) {
    return no(
      'instance_store_too_small',
      `that of ${type.type} has ${num(gib)} GiB, and ${num(need.gib * perInstance)} are needed`,
    );
  }
  const speed = known.types[type.type];
  if (need.mibPerSecond !== undefined || (need.iops !== undefined && speed === undefined)) {
    return no('instance_store_unknown', `how fast that of ${type.type} is, is not in the catalogue`);
  }
  const least = speed && Math.min(speed.readIops, speed.writeIops);
  if (need.iops !== undefined && least !== undefined && least < need.iops * perInstance) {
    return no(
      'instance_store_too_slow',
      `that of ${type.type} has ${num(least)} IOPS of writing, and ${num(need.iops * perInstance)} are needed`,
    );
  }
  const fast = (): string =>
    speed ? `, ${num(speed.readIops)} IOPS read and ${num(speed.writeIops)} written` : '';
  return {
    fits: true,
    name: 'instance-store',
    what: () => `Instance store of ${num(gib)} GiB${fast()}; gone when the instance goes`,
    cost: { span: NOTHING, formula: () => `0 USD: in the price of ${type.type}`, sources: [sourceOf(known)] },
  };
}

function beyond(
  name: 'gp3' | 'io2',
  need: StorageNeed,
  type: InstanceType,
  volume: Ebs['gp3'] | Ebs['io2'],
  { source }: Ebs,
): Store | undefined {
  const no = (code: string, reason: string): Store => ({ fits: false, name, code, reason, source });
  const [iops, mibps] = [need.iops ?? 0, need.mibPerSecond ?? 0];
  if (need.gib > volume.maxGib)
    return no(`${name}_too_small`, `a volume has at most ${num(volume.maxGib)} GiB`);
  if (iops > volume.maxIops)
    return no(`${name}_beyond_volume`, `a volume has at most ${num(volume.maxIops)} IOPS`);
  if (mibps > volume.maxMibPerSecond) {
    return no(`${name}_beyond_volume`, `a volume has at most ${num(volume.maxMibPerSecond)} MiB/s`);
  }
  // io2 is made as large as its IOPS ask for; gp3 has 3,000 whatever its size.
  if (name === 'gp3' && iops > Math.max(3_000, need.gib * volume.iopsPerGib)) {
    return no(
      'gp3_beyond_size',
      `a volume of ${num(need.gib)} GiB has at most ${num(need.gib * volume.iopsPerGib)} IOPS`,
    );
  }
  // All that share the instance share its ceiling.
  if (iops > 0 && iops * need.perInstance > (type.ebsIops ?? 0)) {
    const most =
      type.ebsIops === undefined ? 'no ceiling that EC2 tells' : `at most ${num(type.ebsIops)} IOPS`;
    return no(`${name}_beyond_instance`, `${type.type} itself has ${most} to EBS, whatever the volume has`);
  }
  if (type.ebsMbps !== undefined && mibps * need.perInstance > type.ebsMbps * MIB_PER_MB) {
    return no(`${name}_beyond_instance`, `${type.type} itself has at most ${num(type.ebsMbps)} MB/s to EBS`);
  }
  return undefined;
}

function chosen(
  name: string,
  what: () => string,
  need: StorageNeed,
  monthly: number,
  parts: () => string,
  ebs: Ebs,
): Store {
  const hours = times(need.seconds, 1 / 3_600);
  return {
    fits: true,
    name,
    what: () => (need.copies > 1 ? `${num(need.copies)} × ${what()}` : what()),
    cost: {
      span: times(hours, (monthly * need.copies) / MONTH_HOURS),
      formula: () => `${num(need.copies)} × (${parts()}) USD a month × ${spanText(hours)} h / 730 h`,
      sources: [sourceOf(ebs)],
    },
  };
}
