import { z } from 'zod';
import { parseYamlFile } from '../yaml-file.ts';

const from = { source: z.string().min(1), date: z.iso.date() };
const usd = z.number().min(0);
const Span = z
  .strictObject({ low: z.number().min(0), likely: z.number().min(0), high: z.number().min(0) })
  .refine(({ low, likely, high }) => low <= likely && likely <= high, 'must be low <= likely <= high');
const DatedSpan = Span.safeExtend(from);
export type DatedSpan = z.infer<typeof DatedSpan>;

const Volume = {
  maxGib: z.int(),
  maxIops: z.int(),
  iopsPerGib: z.int(),
  maxMibPerSecond: z.int(),
  usdPerGbMonth: usd,
};

const Ebs = z.strictObject({
  ...from,
  gp3: z.strictObject({
    ...Volume,
    freeIops: z.int(),
    usdPerIopsMonth: usd,
    freeMibPerSecond: z.int(),
    usdPerMibPerSecondMonth: usd,
  }),
  io2: z.strictObject({
    ...Volume,
    iopsTiers: z.array(z.strictObject({ upTo: z.int(), usdPerMonth: usd })).min(1),
  }),
});

const Lustre = z.strictObject({
  ...from,
  smallestGib: z.int().positive(),
  stepGib: z.int().positive(),
  types: z
    .array(
      z.strictObject({
        name: z.string(),
        mbPerSecondPerTib: z.int().positive(),
        usdPerGbMonth: usd,
        /** Without it there is none with EFA. */
        efaStepGib: z.int().positive().optional(),
      }),
    )
    .min(1),
});

const Transfer = z.strictObject({
  utilisation: DatedSpan,
  plainUtilisation: DatedSpan,
  dataSync: z.strictObject({
    ...from,
    gbpsPerTask: z.number().positive(),
    basicMaxFiles: z.int().positive(),
    basicUsdPerGb: usd,
    enhancedUsdPerGb: usd,
    enhancedUsdPerRun: usd,
    setupSeconds: Span,
  }),
  directConnect: z.strictObject({
    ...from,
    ports: z.array(z.strictObject({ gbps: z.number().positive(), usdPerHour: usd })).min(1),
    leadDays: Span,
  }),
  snowball: z.strictObject({
    ...from,
    deviceTb: z.number().positive(),
    waveDays: Span,
    closedSince: z.iso.date(),
  }),
  snowmobile: z.strictObject(from),
  dataTransferTerminal: z.strictObject(from),
});

/** What is charged and promised besides instances. Sizes in GB are AWS's: where it bills by GB it means GiB. */
export const Services = z.strictObject({
  region: z.string(),
  spot: z.strictObject({ price: DatedSpan, monthly: DatedSpan, noticeSeconds: z.int().positive() }),
  start: DatedSpan,
  usableMemory: z.strictObject({ share: z.number().min(0).max(1), ...from }),
  speeds: z.array(
    z.strictObject({
      families: z.array(z.string()).min(1),
      slow: z.number().positive(),
      fast: z.number().positive(),
      ...from,
    }),
  ),
  instanceStore: z.strictObject({
    ...from,
    types: z.record(z.string(), z.strictObject({ readIops: z.int(), writeIops: z.int() })),
  }),
  ebs: Ebs,
  s3: z.strictObject({
    ...from,
    usdPerGbMonth: usd,
    usdPerThousandPuts: usd,
    accelerationUsdPerGb: usd,
    mostUsdPerGbOut: usd,
  }),
  efs: z.strictObject({
    ...from,
    usdPerGbMonth: usd,
    usdPerGbRead: usd,
    usdPerGbWritten: usd,
    maxMibPerSecond: z.int(),
    maxIops: z.int(),
  }),
  lustre: Lustre,
  transfer: Transfer,
  batch: z.strictObject({ ...from, maxArray: z.int(), maxDependencies: z.int() }),
});
export type Services = z.infer<typeof Services>;

/** Reads the services of a region. Throws an Error that names everything that is wrong. */
export function parseServices(yaml: string): Services {
  return parseYamlFile('services of the catalogue', yaml, Services);
}
