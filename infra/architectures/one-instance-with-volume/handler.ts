import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { setTimeout as delay } from 'node:timers/promises';
import { follow, type Clock } from './follow.ts';
import type { Clients } from './look.ts';
import type { Step } from './step.ts';

/** Below the minute after which it is called again. */
const WITHIN_MS = 45_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What it is called with only makes it look. */
export function createHandler(
  clients: Clients,
  environment: Environment,
  { clock, log }: { clock: Clock; log: (line: object) => void },
): () => Promise<Step> {
  const setting = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  const settings = {
    group: setting('GROUP'),
    volume: setting('VOLUME'),
    hooks: { launch: setting('LAUNCH_HOOK'), terminate: setting('TERMINATE_HOOK') },
    sizeGib: Number(setting('SIZE_GIB')),
    device: setting('DEVICE'),
  };
  const policy = {
    snapshotEveryMs: Number(setting('SNAPSHOT_EVERY_MINUTES')) * MINUTE_MS,
    keepSnapshots: Number(setting('KEEP_SNAPSHOTS')),
    keepOldVolumesMs: Number(setting('KEEP_OLD_VOLUMES_DAYS')) * DAY_MS,
    // Linux has 90 s to end what runs. A volume that can be taken is there in seconds, but it is all there is.
    waitMs: 3 * MINUTE_MS,
    takeMs: 3 * MINUTE_MS,
  };
  return () => follow(clients, settings, policy, { clock, withinMs: WITHIN_MS, log });
}

export const handler = (): Promise<Step> =>
  createHandler({ ec2: new EC2Client({}), autoScaling: new AutoScalingClient({}) }, process.env, {
    clock: { now: () => new Date(), sleep: delay },
    log: (line) => console.log(JSON.stringify(line)),
  })();
