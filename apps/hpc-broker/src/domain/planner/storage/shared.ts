import type { Services } from '../../catalogue/services.ts';
import { MONTH_HOURS } from '../spot-loss.ts';
import { add, NOTHING, num, sourceOf, spanText, times, type Span } from '../span.ts';
import type { StorageNeed, Store } from './store.ts';

const MB_PER_MIB = 1_048_576 / 1e6;
const GIB_PER_TIB = 1_024;

/** Elastic throughput: what is read and written is paid by the GB. */
export function efs(need: StorageNeed, { efs: offer }: Services): Store {
  const no = (reason: string): Store => ({
    fits: false,
    name: 'EFS',
    code: 'efs_too_slow',
    reason,
    source: offer.source,
  });
  if ((need.mibPerSecond ?? 0) > offer.maxMibPerSecond) {
    return no(`it writes at most ${num(offer.maxMibPerSecond)} MiB/s in the slowest of its regions`);
  }
  if ((need.iops ?? 0) > offer.maxIops)
    return no(`at most ${num(offer.maxIops)} IOPS of it are counted on here`);
  const hours = times(need.seconds, 1 / 3_600);
  const kept = times(hours, (need.gib * offer.usdPerGbMonth) / MONTH_HOURS);
  const once = need.gib * offer.usdPerGbRead;
  const always = ((need.mibPerSecond ?? 0) / GIB_PER_TIB) * offer.usdPerGbWritten;
  const both = once + need.gib * offer.usdPerGbWritten;
  // Nobody says how much a job reads and writes: all of it once, or at worst without a pause.
  const moved: Span = { low: once, likely: both, high: Math.max(both, always * need.seconds.high) };
  return {
    fits: true,
    name: 'EFS',
    what: () => `EFS with elastic throughput, ${num(need.gib)} GiB`,
    cost: {
      span: add(kept, moved),
      formula: () =>
        `${num(need.gib)} GB × ${offer.usdPerGbMonth} USD a month × ${spanText(hours)} h / 730 h + read once × ${offer.usdPerGbRead} / and written once × ${offer.usdPerGbWritten} / written at ${num(need.mibPerSecond ?? 0)} MiB/s all the time`,
      sources: [sourceOf(offer)],
    },
  };
}

/** One for each deployment type. Throughput comes with size, so that a fast one has to be large. */
export function lustre(need: StorageNeed, { lustre: offer }: Services): Store[] {
  const hours = times(need.seconds, 1 / 3_600);
  return offer.types.map((type): Store => {
    const name = `FSx for Lustre ${type.name}`;
    const gib = lustreGib(need, type, offer);
    const mbps = (gib / GIB_PER_TIB) * type.mbPerSecondPerTib;
    return {
      fits: true,
      name,
      what: () =>
        `FSx for Lustre ${type.name} of ${num(gib)} GiB, ${num(mbps)} MB/s, linked to S3${need.efa ? efaText(gib, type.efaStepGib) : ''}`,
      cost: {
        span: times(hours, (gib * type.usdPerGbMonth) / MONTH_HOURS),
        formula: () => `${num(gib)} GB × ${type.usdPerGbMonth} USD a month × ${spanText(hours)} h / 730 h`,
        sources: [sourceOf(offer)],
      },
    };
  });
}

/** Large enough for what is kept there, and for how fast that has to be. */
export function lustreGib(
  need: Pick<StorageNeed, 'gib' | 'mibPerSecond'>,
  { mbPerSecondPerTib }: Services['lustre']['types'][number],
  offer: Services['lustre'],
): number {
  const forSpeed = (((need.mibPerSecond ?? 0) * MB_PER_MIB) / mbPerSecondPerTib) * GIB_PER_TIB;
  return stepped(Math.max(need.gib, forSpeed), offer);
}

/** Nodes with EFA between them read over ENA as well; only to read faster than that takes EFA here too. */
function efaText(gib: number, step: number | undefined): string {
  if (step === undefined) return ', over ENA';
  return gib % step === 0 ? ', with EFA' : `, over ENA: with EFA it comes in steps of ${num(step)} GiB`;
}

export function s3({ s3: offer }: Services): Store {
  const reason =
    'an object store, and not a file system: what a job reads comes from there and is kept there';
  return { fits: false, name: 'S3', code: 's3_is_no_file_system', reason, source: offer.source };
}

function stepped(gib: number, { smallestGib, stepGib }: Services['lustre']): number {
  return gib <= smallestGib ? smallestGib : Math.ceil(gib / stepGib) * stepGib;
}

/** Machines of one's own have what they have. */
export const ownDiscs = (name: string, gib: number, date: string): Store => ({
  fits: true,
  name: 'own',
  what: () =>
    `${num(gib)} GiB of what ${name} has; whether it is as large and as fast as asked for is not known here`,
  cost: {
    span: NOTHING,
    formula: () => '0 USD: it is there anyway',
    sources: [{ what: `settings of ${name}`, date }],
  },
});
