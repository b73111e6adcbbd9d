import {
  CompleteLifecycleActionCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetInstanceHealthCommand,
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
import type { Step } from './decide.ts';
import type { Clients, Names } from './look.ts';
import { AFTER, ASKED, FORCED, GENERATION, HOLDER, tagsOf, VOLUME } from './tags.ts';

export interface VolumeSettings extends Names {
  hooks: { launch: string; terminate: string };
  /** GiB, of the first volume. */
  sizeGib: number;
  /** As the instance asks for it, such as /dev/sdf. */
  device: string;
}

/** Somebody was quicker, or the answer to an earlier try was lost: what is true now shows at the next look. */
const OVERTAKEN =
  /^(VolumeInUse|IncorrectState|IncorrectInstanceState|IdempotentParameterMismatch|ValidationError|Invalid(Volume|Snapshot|InstanceID|Attachment)\.NotFound|InvalidVolume\.ZoneMismatch|InvalidInstanceID)$/;
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
      return detach(ec2, step, now);
    case 'attach':
      return attach(ec2, step, settings.device);
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
      if (step.for === undefined) return;
      await autoScaling.send(
        new RecordLifecycleActionHeartbeatCommand({
          AutoScalingGroupName: group,
          LifecycleHookName: hooks.launch,
          InstanceId: step.for,
        }),
      );
      return;
    case 'nothing':
  }
}

type Of<Do extends Step['do']> = Extract<Step, { do: Do }>;

/** Says first to whom: a snapshot of before is then none of what he will have written. */
async function attach(ec2: EC2Client, { volumeId, instanceId }: Of<'attach'>, Device: string): Promise<void> {
  await ec2.send(new CreateTagsCommand({ Resources: [volumeId], Tags: tagsOf({ [HOLDER]: instanceId }) }));
  await ec2.send(new DeleteTagsCommand({ Resources: [volumeId], Tags: [{ Key: ASKED }, { Key: FORCED }] }));
  await ec2.send(new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device }));
}

/** Says first since when, as EC2 does not tell. */
async function detach(ec2: EC2Client, { volumeId, mark }: Of<'detach'>, now: Date): Promise<void> {
  if (mark !== undefined) {
    const Tags = tagsOf({ [mark === 'forced' ? FORCED : ASKED]: now.toISOString() });
    await ec2.send(new CreateTagsCommand({ Resources: [volumeId], Tags }));
  }
  await ec2.send(new DetachVolumeCommand({ VolumeId: volumeId, Force: mark === 'forced' }));
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
  { zone, generation, snapshotId }: Of<'create'>,
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
      Tags: tagsOf({ Name: volume, [VOLUME]: volume, [GENERATION]: generation }),
    },
  ],
});
