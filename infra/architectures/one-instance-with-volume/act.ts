import {
  CompleteLifecycleActionCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetInstanceHealthCommand,
  type AutoScalingClient,
} from '@aws-sdk/client-auto-scaling';
import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DetachVolumeCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { Step } from './step.ts';
import type { Clients, Names } from './look.ts';
import {
  AFTER,
  FOLLOWS,
  GENERATION,
  HELD_BY,
  MADE_BY,
  MAKER,
  TAKEN,
  tagsOf,
  VOLUME,
  WAITED,
} from './tags.ts';

export interface VolumeSettings extends Names {
  hooks: { launch: string; terminate: string };
  /** GiB, of the first volume. */
  sizeGib: number;
  /** As the instance asks for it, such as /dev/sdf. */
  device: string;
}

/** Somebody was quicker, or is at it, or the answer to an earlier try was lost: what is true now shows at the next look. */
const OVERTAKEN =
  /^(VolumeInUse|SnapshotCreationPerVolumeRateExceeded|ConcurrentSnapshotLimitExceeded|IncorrectState|IncorrectInstanceState|IdempotentParameterMismatch|ValidationError|Invalid(Volume|Snapshot|InstanceID|Attachment)\.NotFound|InvalidVolume\.ZoneMismatch|InvalidInstanceID)$/;
export const isOvertaken = (error: unknown): boolean => OVERTAKEN.test((error as Error).name);

/** Does one step, of those that are not waiting. */
export async function act(step: Step, settings: VolumeSettings, now: Date, clients: Clients): Promise<void> {
  const { ec2, autoScaling } = clients;
  const { group, hooks } = settings;
  switch (step.do) {
    case 'complete':
      await autoScaling.send(
        new CompleteLifecycleActionCommand({
          AutoScalingGroupName: group,
          LifecycleHookName: hooks.terminate,
          InstanceId: step.instanceId,
          LifecycleActionResult: 'CONTINUE',
        }),
      );
      return;
    case 'replace':
      await autoScaling.send(
        new SetInstanceHealthCommand({ InstanceId: step.instanceId, HealthStatus: 'Unhealthy' }),
      );
      return;
    case 'detach':
      await ec2.send(new DetachVolumeCommand({ VolumeId: step.volumeId }));
      return;
    case 'mark-waiting':
      return mark(ec2, step.volumeId, WAITED, now);
    case 'take':
      if (step.isFirst) await mark(ec2, step.volumeId, TAKEN, now);
      await heartbeat(autoScaling, settings, step.for);
      await ec2.send(new DetachVolumeCommand({ VolumeId: step.volumeId, Force: true }));
      return;
    case 'call-for-help':
      throw new Error(step.why);
    case 'attach':
      return attach(ec2, step, settings.device, now);
    case 'snapshot':
      await ec2.send(new CreateSnapshotCommand(snapshotInput(step, settings)));
      return;
    case 'create':
      await ec2.send(new CreateVolumeCommand(volumeInput(step, settings)));
      return;
    case 'delete-snapshot':
      await ec2.send(new DeleteSnapshotCommand({ SnapshotId: step.snapshotId }));
      return;
    case 'delete-volume':
      await ec2.send(new DeleteVolumeCommand({ VolumeId: step.volumeId }));
      return;
    case 'wait':
      if (step.for !== undefined) await heartbeat(autoScaling, settings, step.for);
      return;
    case 'nothing':
  }
}

/** So that a launch does not time out while something takes its time. */
async function heartbeat(
  autoScaling: AutoScalingClient,
  { group, hooks }: VolumeSettings,
  InstanceId: string,
): Promise<void> {
  await autoScaling.send(
    new RecordLifecycleActionHeartbeatCommand({
      AutoScalingGroupName: group,
      LifecycleHookName: hooks.launch,
      InstanceId,
    }),
  );
}

type Of<Do extends Step['do']> = Extract<Step, { do: Do }>;

/** Says first to whom: a snapshot of before is then none of what that one will have written. */
async function attach(
  ec2: EC2Client,
  { volumeId, instanceId }: Of<'attach'>,
  Device: string,
  now: Date,
): Promise<void> {
  const Tags = tagsOf({ [`${HELD_BY}${instanceId}`]: now.toISOString() });
  await ec2.send(new CreateTagsCommand({ Resources: [volumeId], Tags }));
  await ec2.send(new DeleteTagsCommand({ Resources: [volumeId], Tags: [{ Key: WAITED }, { Key: TAKEN }] }));
  await ec2.send(new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device }));
}

/** Since when, as EC2 does not tell. */
async function mark(ec2: EC2Client, volumeId: string, key: string, now: Date): Promise<void> {
  const Tags = tagsOf({ [key]: now.toISOString() });
  await ec2.send(new CreateTagsCommand({ Resources: [volumeId], Tags }));
}

const snapshotInput = ({ volumeId, generation, after }: Of<'snapshot'>, { volume }: Names) => ({
  VolumeId: volumeId,
  Description: `${volume}, generation ${generation}${after === undefined ? '' : `, after ${after}`}`,
  TagSpecifications: [
    {
      ResourceType: 'snapshot' as const,
      Tags: tagsOf({
        Name: volume,
        [VOLUME]: volume,
        [MADE_BY]: MAKER,
        [GENERATION]: generation,
        ...(after !== undefined && { [AFTER]: after }),
      }),
    },
  ],
});

/**
 * The token is of the generation alone: of two who want to make it, also of different snapshots or in different zones, one
 * is refused, so that there is never a second line of what was written.
 */
const volumeInput = (
  { zone, generation, snapshotId, follows }: Of<'create'>,
  { volume, sizeGib }: VolumeSettings,
) => ({
  AvailabilityZone: zone,
  VolumeType: 'gp3' as const,
  Encrypted: true,
  ClientToken: `${volume}-${generation}`,
  ...(snapshotId === undefined ? { Size: sizeGib } : { SnapshotId: snapshotId }),
  TagSpecifications: [
    {
      ResourceType: 'volume' as const,
      Tags: tagsOf({
        Name: volume,
        [VOLUME]: volume,
        [GENERATION]: generation,
        ...(follows !== undefined && { [FOLLOWS]: `${follows.volumeId}@${follows.stamp}` }),
      }),
    },
  ],
});
