import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DetachVolumeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { refusal } from './contract/helpers.ts';
import { launch, subnetIn } from './contract/instances.ts';
import { attach, readSnapshot, readVolume } from './contract/volumes.ts';
import { startCloud, type RunningCloud } from './cloud.ts';

async function available({ aws, control }: RunningCloud, options = {}): Promise<string> {
  const { VolumeId = '' } = await aws.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, ...options }),
  );
  await control.advance(10_000);
  return VolumeId;
}

async function inUse(cloud: RunningCloud): Promise<{ volume: string; instance: string }> {
  const { InstanceId: instance = '' } = await launch(cloud.aws, await subnetIn(cloud.aws));
  await cloud.control.advance(30_000);
  const volume = await available(cloud);
  await attach(cloud.aws, volume, instance);
  await cloud.control.advance(10_000);
  return { volume, instance };
}

const detach = ({ aws }: RunningCloud, VolumeId: string, Force = false) =>
  aws.ec2.send(new DetachVolumeCommand({ VolumeId, Force }));

it('a snapshot has what the volume had when it was asked for, and so has a volume made of it', async () => {
  const cloud = await startCloud();
  const VolumeId = await available(cloud);
  const { directory } = await cloud.control.volume(VolumeId);
  await writeFile(join(directory, 'ledger'), 'one');
  const { SnapshotId = '' } = await cloud.aws.ec2.send(new CreateSnapshotCommand({ VolumeId }));
  await writeFile(join(directory, 'ledger'), 'two');
  await cloud.control.advance(50_000);
  expect(await readSnapshot(cloud.aws, SnapshotId)).toMatchObject({
    State: 'pending',
    Progress: expect.stringMatching(/^5\d%$/),
  });
  await cloud.control.advance(50_000);
  await cloud.aws.ec2.send(new DeleteVolumeCommand({ VolumeId }));
  await cloud.control.advance(10_000);
  expect(existsSync(directory)).toBe(false);

  const copy = await available(cloud, { SnapshotId, AvailabilityZone: 'us-east-1b', Size: undefined });
  const there = (await cloud.control.volume(copy)).directory;
  expect(await readFile(join(there, 'ledger'), 'utf8')).toBe('one');
  await cloud.aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  expect(existsSync(join(there, 'ledger'))).toBe(true);
});

it('a volume is not detached while it is mounted, unless by force', async () => {
  const cloud = await startCloud();
  const { volume, instance } = await inUse(cloud);
  await cloud.control.mount(volume);
  await detach(cloud, volume);
  await cloud.control.advance(1_000_000);
  expect(await cloud.control.volume(volume)).toMatchObject({
    state: 'in-use',
    attachment: { instanceId: instance, device: '/dev/sdf', state: 'busy' },
  });
  await cloud.control.unmount(volume);
  expect(await cloud.control.volume(volume)).not.toHaveProperty('attachment');

  await attach(cloud.aws, volume, instance);
  await cloud.control.advance(10_000);
  await cloud.control.mount(volume);
  await detach(cloud, volume, true);
  await cloud.control.advance(10_000);
  expect(await cloud.control.volume(volume)).toMatchObject({ state: 'available', mounted: false });
});

it('only what is attached is mounted', async () => {
  const cloud = await startCloud();
  await expect(cloud.control.mount(await available(cloud))).rejects.toThrow('409');
  await expect(cloud.control.mount('vol-00000000000000000')).rejects.toThrow('404');
});

it('an instance that ends has nothing mounted any more', async () => {
  const cloud = await startCloud();
  const { volume, instance } = await inUse(cloud);
  await cloud.control.mount(volume);
  await cloud.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
  expect(await cloud.control.volume(volume)).toMatchObject({ state: 'in-use', mounted: true });
  await cloud.control.advance(30_000);
  expect(await cloud.control.volume(volume)).toMatchObject({ state: 'available', mounted: false });
});

it('a volume in a lost zone can neither be had, nor got back, nor copied', async () => {
  const cloud = await startCloud();
  const { volume, instance } = await inUse(cloud);
  const spare = await available(cloud);
  await cloud.control.loseZone('us-east-1a');
  const create = cloud.aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8 }));
  expect((await refusal(create)).code).toBe('InsufficientVolumeCapacity');
  expect((await refusal(attach(cloud.aws, spare, instance, '/dev/sdg'))).code).toBe('Unavailable');
  const { SnapshotId = '' } = await cloud.aws.ec2.send(new CreateSnapshotCommand({ VolumeId: volume }));
  await detach(cloud, volume);
  await cloud.control.advance(1_000_000);
  expect((await readSnapshot(cloud.aws, SnapshotId)).State).toBe('error');
  expect((await readVolume(cloud.aws, volume)).Attachments).toMatchObject([{ State: 'detaching' }]);
  const copy = cloud.aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1b', SnapshotId }));
  expect((await refusal(copy)).code).toBe('IncorrectState');
  await cloud.control.restoreZone('us-east-1a');
  expect(await readVolume(cloud.aws, volume)).toMatchObject({ State: 'available', Attachments: [] });
});

it('a volume in a lost zone is got back by force', async () => {
  const cloud = await startCloud();
  const { volume } = await inUse(cloud);
  await cloud.control.loseZone('us-east-1a');
  await detach(cloud, volume, true);
  await cloud.control.advance(10_000);
  expect((await readVolume(cloud.aws, volume)).State).toBe('available');
});
