import {
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { decide, type Candidate } from './decide.ts';

export interface FailoverSettings {
  /** Of the address. */
  allocationId: string;
  /** Who may have it, in the order of preference. */
  instanceIds: readonly string[];
}

const WORST_FIRST = ['impaired', 'insufficient-data', 'initializing', 'not-applicable', 'ok'] as const;

type Log = (line: object) => void;

/**
 * Moves the address to an instance that is well. What calls it (an alarm, a change of state, a clock) only makes it look:
 * it decides by what EC2 shows now, so that it may be called late, twice, by two at once, or for nothing.
 *
 * @throws when no instance takes the address: Lambda calls again, and its errors have an alarm
 */
export function createHandler(
  ec2: EC2Client,
  { allocationId, instanceIds }: FailoverSettings,
  log: Log = (line) => console.log(JSON.stringify(line)),
) {
  return async (): Promise<{ holder: string | undefined }> => {
    const holder = await holderOf(ec2, allocationId);
    const decision = decide(holder, await look(ec2, instanceIds));
    log({ event: decision.kind, holder, why: decision.why });
    if (decision.kind === 'stay' || decision.kind === 'wait') return { holder };
    if (decision.kind === 'nowhere') throw new Error(`Nobody can have the address: ${decision.why}`);
    const refusals: unknown[] = [];
    for (const InstanceId of decision.to) {
      try {
        await ec2.send(
          new AssociateAddressCommand({ AllocationId: allocationId, InstanceId, AllowReassociation: true }),
        );
        log({ event: 'moved', from: holder, to: InstanceId });
        return { holder: InstanceId };
      } catch (error) {
        // It has stopped since we looked, say: the next one may take it.
        log({ event: 'refused', by: InstanceId, why: String(error) });
        refusals.push(error);
      }
    }
    throw new AggregateError(
      refusals,
      `${decision.to.join(' and ')} did not take the address: ${decision.why}`,
    );
  };
}

async function holderOf(ec2: EC2Client, allocationId: string): Promise<string | undefined> {
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [allocationId] }));
  return Addresses?.[0]?.InstanceId;
}

/** By filter: an id that EC2 has forgotten would make it refuse to tell of the others. */
async function look(ec2: EC2Client, instanceIds: readonly string[]): Promise<Candidate[]> {
  const states = new Map<string, Candidate>();
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [...instanceIds] }] }),
  );
  const known = Reservations?.flatMap(({ Instances = [] }) => Instances) ?? [];
  const ids = known.flatMap(({ InstanceId = '' }) => InstanceId);
  const { InstanceStatuses } =
    ids.length === 0
      ? { InstanceStatuses: [] }
      : await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: ids, IncludeAllInstances: true }));
  for (const { InstanceId = '', InstanceState, InstanceStatus, SystemStatus } of InstanceStatuses ?? []) {
    const checks = [InstanceStatus?.Status, SystemStatus?.Status];
    states.set(InstanceId, {
      id: InstanceId,
      state: InstanceState?.Name,
      check: WORST_FIRST.find((one) => checks.includes(one)) ?? 'insufficient-data',
    });
  }
  return instanceIds.map((id) => states.get(id) ?? { id, state: undefined, check: undefined });
}

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
};

export const handler = (): Promise<{ holder: string | undefined }> =>
  createHandler(new EC2Client({}), {
    allocationId: setting('ALLOCATION_ID'),
    instanceIds: setting('INSTANCE_IDS').split(','),
  })();
