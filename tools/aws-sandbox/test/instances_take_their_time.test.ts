import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeInstanceStatusCommand,
  DescribeVolumesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { refusal } from './contract/helpers.ts';
import { launch, readInstance, subnetIn } from './contract/instances.ts';
import { startCloud, type RunningCloud } from './cloud.ts';
import { stateDir } from './sandbox.ts';

const stateOf = async ({ aws }: RunningCloud, id: string) => (await readInstance(aws, id)).State?.Name;

async function checksOf({ aws }: RunningCloud, id: string): Promise<string | undefined> {
  const { InstanceStatuses } = await aws.ec2.send(
    new DescribeInstanceStatusCommand({ InstanceIds: [id], IncludeAllInstances: true }),
  );
  return InstanceStatuses?.[0]?.SystemStatus?.Status;
}

async function launched(cloud: RunningCloud, zone = 'a'): Promise<string> {
  const { InstanceId = '' } = await launch(cloud.aws, await subnetIn(cloud.aws, zone));
  return InstanceId;
}

it('an instance is in each state as long as it is told to be', async () => {
  const cloud = await startCloud();
  const id = await launched(cloud);
  expect(await stateOf(cloud, id)).toBe('pending');
  await cloud.control.advance(30_000);
  expect([await stateOf(cloud, id), await checksOf(cloud, id)]).toEqual(['running', 'initializing']);
  await cloud.control.advance((await cloud.control.nextDue()) ?? 0);
  expect(await checksOf(cloud, id)).toBe('ok');
  expect(await cloud.control.nextDue()).toBeUndefined();
  await cloud.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  expect(await stateOf(cloud, id)).toBe('shutting-down');
  await cloud.control.advance(30_000);
  expect(await stateOf(cloud, id)).toBe('terminated');
});

it('a terminated instance is seen for an hour', async () => {
  const cloud = await startCloud();
  const id = await launched(cloud);
  await cloud.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await cloud.control.advance(30_000 + 3_500_000);
  expect(await stateOf(cloud, id)).toBe('terminated');
  await cloud.control.advance(100_000);
  expect((await refusal(readInstance(cloud.aws, id))).code).toBe('InvalidInstanceID.NotFound');
});

it('what has been passed over by the clock happened at its own time', async () => {
  const cloud = await startCloud();
  const id = await launched(cloud);
  const { LaunchTime } = await readInstance(cloud.aws, id);
  await cloud.control.advance(10_000_000);
  // Long enough ago for the checks to have passed.
  expect([await stateOf(cloud, id), await checksOf(cloud, id)]).toEqual(['running', 'ok']);
  expect((await readInstance(cloud.aws, id)).LaunchTime).toEqual(LaunchTime);
});

it('a restart changes nothing', async () => {
  const dir = stateDir();
  const before = await startCloud({ stateDir: dir });
  const [one, two] = [await launched(before), await launched(before, 'b')];
  await before.control.loseZone('us-east-1b');
  await before.control.failInstance(one);
  await before.control.advance(20_000);
  await before.close();

  const after = await startCloud({ stateDir: dir });
  expect([await stateOf(after, one), await stateOf(after, two)]).toEqual(['pending', 'pending']);
  const due = await after.control.nextDue();
  expect(due).toBeLessThanOrEqual(10_000);
  await after.control.advance(due ?? 0);
  expect([await stateOf(after, one), await stateOf(after, two)]).toEqual(['running', 'pending']);
  expect(await checksOf(after, one)).toBe('impaired');
  await after.control.advance(1_000);
  expect(await stateOf(after, two)).toBe('pending');
  await after.control.restoreZone('us-east-1b');
  expect(await stateOf(after, two)).toBe('running');
});

it('the status checks of an instance fail until they are mended', async () => {
  const cloud = await startCloud();
  const id = await launched(cloud);
  await cloud.control.advance(200_000);
  await cloud.control.failInstance(id);
  expect([await stateOf(cloud, id), await checksOf(cloud, id)]).toEqual(['running', 'impaired']);
  await cloud.control.mendInstance(id);
  expect(await checksOf(cloud, id)).toBe('ok');
  await expect(cloud.control.failInstance('i-00000000000000000')).rejects.toThrow('404');
});

it('in a lost zone nothing is launched, and what is there does not end', async () => {
  const cloud = await startCloud();
  const [id, subnet] = [await launched(cloud), await subnetIn(cloud.aws)];
  await cloud.control.advance(200_000);
  await cloud.control.loseZone('us-east-1a');
  expect(await checksOf(cloud, id)).toBe('impaired');
  expect(await refusal(launch(cloud.aws, subnet))).toMatchObject({
    code: 'InsufficientInstanceCapacity',
    status: 500,
  });
  await cloud.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await cloud.control.advance(10_000_000);
  expect(await stateOf(cloud, id)).toBe('shutting-down');
  await cloud.control.restoreZone('us-east-1a');
  expect(await stateOf(cloud, id)).toBe('terminated');
});

it('an Elastic IP is taken from an instance in a lost zone', async () => {
  const cloud = await startCloud();
  const { ec2 } = cloud.aws;
  const [lost, next] = [await launched(cloud), await launched(cloud, 'b')];
  await cloud.control.advance(30_000);
  const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({}));
  await ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: lost }));
  await cloud.control.loseZone('us-east-1a');
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [lost] }));
  await cloud.control.advance(1_000_000);
  const take = (AllowReassociation: boolean) =>
    ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: next, AllowReassociation }));
  expect((await refusal(take(false))).code).toBe('Resource.AlreadyAssociated');
  await take(true);
  expect((await readInstance(cloud.aws, next)).PublicIpAddress).toBe(PublicIp);
  await cloud.control.restoreZone('us-east-1a');
  expect(await stateOf(cloud, lost)).toBe('terminated');
  expect((await readInstance(cloud.aws, next)).PublicIpAddress).toBe(PublicIp);
});

it('capacity is refused by zone and type, so many times', async () => {
  const cloud = await startCloud();
  const subnet = await subnetIn(cloud.aws);
  await cloud.control.refuseCapacity({ zone: 'us-east-1b' });
  await cloud.control.refuseCapacity({ zone: 'us-east-1a', instanceType: 't3.micro', times: 1 });
  await launch(cloud.aws, subnet, { InstanceType: 't3.small' });
  expect((await refusal(launch(cloud.aws, subnet))).code).toBe('InsufficientInstanceCapacity');
  await launch(cloud.aws, subnet);
});

it('an instance that has never run is not stopped', async () => {
  const cloud = await startCloud();
  const InstanceIds = [await launched(cloud)];
  const stop = cloud.aws.ec2.send(new StopInstancesCommand({ InstanceIds }));
  expect((await refusal(stop)).code).toBe('IncorrectInstanceState');
});

it('calls are throttled, fail, and lose their answers, as all of EC2', async () => {
  const cloud = await startCloud();
  const subnet = await subnetIn(cloud.aws);
  const ClientToken = 'once';
  await cloud.control.fault({ kind: 'throttle', operation: 'ec2:RunInstances', times: 1 });
  expect((await refusal(launch(cloud.aws, subnet))).code).toBe('RequestLimitExceeded');
  await cloud.control.loseAnswers('ec2:RunInstances');
  await expect(launch(cloud.aws, subnet, { ClientToken })).rejects.toThrow('socket hang up');
  const { InstanceId } = await launch(cloud.aws, subnet, { ClientToken });
  expect(InstanceId).toBeDefined();
  await cloud.control.fault({ kind: 'error', operation: 'ec2:*', times: 1 });
  const read = cloud.aws.ec2.send(new DescribeVolumesCommand({}));
  expect((await refusal(read)).code).toBe('InternalError');
});

it('a setting, a zone or a status that is none is refused', async () => {
  const { control } = await startCloud();
  await expect(control.set({ pendingMs: -1 })).rejects.toThrow('400');
  await expect(control.loseZone('moon')).rejects.toThrow('400');
});
