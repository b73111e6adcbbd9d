import {
  CompleteLifecycleActionCommand,
  DeleteAutoScalingGroupCommand,
  DescribeScalingActivitiesCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
} from '@aws-sdk/client-auto-scaling';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { defined, refusal } from './contract/helpers.ts';
import { hook, membersOf, newGroup } from './contract/groups.ts';
import { launch, newTemplate, readInstance, subnetIn } from './contract/instances.ts';
import { connectEc2 } from './ec2.ts';
import { startCloud, type RunningCloud } from './cloud.ts';
import { arnOf, createQueue, drain, start, stateDir } from './sandbox.ts';

/** Zone, state and health of each, in the order in which they came. */
const look = async ({ aws }: RunningCloud, name: string) =>
  (await membersOf(aws, name)).map(({ InstanceId = '', AvailabilityZone, LifecycleState, HealthStatus }) => ({
    id: InstanceId,
    zone: AvailabilityZone?.at(-1),
    state: LifecycleState,
    health: HealthStatus,
  }));

const statesOf = async (cloud: RunningCloud, name: string) =>
  (await look(cloud, name)).map(({ state }) => state);

/** The only one. */
async function only(cloud: RunningCloud, name: string) {
  const all = await look(cloud, name);
  expect(all).toHaveLength(1);
  return defined(all[0]);
}

/** 5 s until it is launched, 30 s until it runs. */
async function inService(cloud: RunningCloud, options = {}, zones = ['a']): Promise<string> {
  const name = await newGroup(cloud.aws, options, zones);
  await cloud.control.advance(35_000);
  return name;
}

const complete = ({ aws }: RunningCloud, name: string, id: string, hookName: string, result = 'CONTINUE') =>
  aws.autoScaling.send(
    new CompleteLifecycleActionCommand({
      AutoScalingGroupName: name,
      LifecycleHookName: hookName,
      InstanceId: id,
      LifecycleActionResult: result,
    }),
  );

async function activitiesOf({ aws }: RunningCloud, name: string) {
  const { Activities = [] } = await aws.autoScaling.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name }),
  );
  return Activities;
}

it('an instance goes through all states of its life', async () => {
  const cloud = await startCloud();
  const LifecycleHookSpecificationList = [hook('LAUNCHING'), hook('TERMINATING')];
  const name = await newGroup(cloud.aws, { LifecycleHookSpecificationList });
  expect(await look(cloud, name)).toEqual([]);
  await cloud.control.advance(5_000);
  const { id } = await only(cloud, name);
  expect(await statesOf(cloud, name)).toEqual(['Pending']);
  await cloud.control.advance(30_000);
  expect(await statesOf(cloud, name)).toEqual(['Pending:Wait']);
  await complete(cloud, name, id, 'launching');
  expect(await statesOf(cloud, name)).toEqual(['Pending:Proceed']);
  await cloud.control.advance(5_000);
  expect(await statesOf(cloud, name)).toEqual(['InService']);
  await cloud.aws.autoScaling.send(
    new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 0 }),
  );
  await cloud.control.advance(5_000);
  expect(await statesOf(cloud, name)).toEqual(['Terminating:Wait']);
  await complete(cloud, name, id, 'terminating');
  expect(await statesOf(cloud, name)).toEqual(['Terminating:Proceed']);
  await cloud.control.advance(5_000);
  expect((await readInstance(cloud.aws, id)).State?.Name).toBe('shutting-down');
  await cloud.control.advance(30_000);
  expect(await look(cloud, name)).toEqual([]);
});

it('a launch that nobody completes is abandoned when its hook times out, and tried again', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, {
    LifecycleHookSpecificationList: [hook('LAUNCHING', { HeartbeatTimeout: 60 })],
  });
  const { id } = await only(cloud, name);
  await cloud.control.advance(50_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'Pending:Wait' });
  await cloud.control.advance(10_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'Terminating' });
  await cloud.control.advance(35_000 + 30_000);
  const next = await only(cloud, name);
  expect(next.id).not.toBe(id);
  expect((await activitiesOf(cloud, name)).map(({ StatusCode }) => StatusCode)).toEqual([
    'MidLifecycleAction',
    'Successful',
    'Cancelled',
  ]);
});

it('a launch whose hook continues by default goes on when it times out', async () => {
  const cloud = await startCloud();
  const options = { HeartbeatTimeout: 60, DefaultResult: 'CONTINUE' };
  const name = await inService(cloud, { LifecycleHookSpecificationList: [hook('LAUNCHING', options)] });
  await cloud.control.advance(65_000);
  expect(await statesOf(cloud, name)).toEqual(['InService']);
});

it('a heartbeat lets a hook wait longer, but not for ever', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, {
    LifecycleHookSpecificationList: [hook('LAUNCHING', { HeartbeatTimeout: 60 })],
  });
  const { id } = await only(cloud, name);
  const beat = () =>
    cloud.aws.autoScaling.send(
      new RecordLifecycleActionHeartbeatCommand({
        AutoScalingGroupName: name,
        LifecycleHookName: 'launching',
        InstanceId: id,
      }),
    );
  // A hundred times as long as the heartbeat, 6,000 s.
  for (let i = 0; i < 119; i += 1) {
    await cloud.control.advance(50_000);
    await beat();
  }
  expect(await only(cloud, name)).toMatchObject({ id, state: 'Pending:Wait' });
  await cloud.control.advance(50_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'Terminating' });
});

it('an instance waits for all of its hooks, and for none when one abandons', async () => {
  const cloud = await startCloud();
  const second = { ...hook('LAUNCHING'), LifecycleHookName: 'second' };
  const name = await inService(cloud, {
    MaxSize: 2,
    DesiredCapacity: 2,
    LifecycleHookSpecificationList: [hook('LAUNCHING'), second],
  });
  const [one, two] = await look(cloud, name);
  await complete(cloud, name, one!.id, 'launching');
  expect((await look(cloud, name))[0]?.state).toBe('Pending:Wait');
  await complete(cloud, name, one!.id, 'second');
  expect((await look(cloud, name))[0]?.state).toBe('Pending:Proceed');
  await complete(cloud, name, two!.id, 'second', 'ABANDON');
  expect((await look(cloud, name))[1]?.state).toBe('Terminating');
  expect((await refusal(complete(cloud, name, two!.id, 'launching'))).code).toBe('ValidationError');
});

it('an instance that is killed is noticed later, and one goes before one comes', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, {
    LifecycleHookSpecificationList: [hook('TERMINATING', { HeartbeatTimeout: 300 })],
  });
  const { id } = await only(cloud, name);
  await cloud.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await cloud.control.advance(50_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'InService', health: 'Healthy' });
  await cloud.control.advance(40_000);
  // EC2 has ended it long ago; the hook is asked all the same.
  expect(await only(cloud, name)).toMatchObject({ id, state: 'Terminating:Wait', health: 'Unhealthy' });
  await cloud.control.advance(300_000);
  expect((await only(cloud, name)).id).not.toBe(id);
});

it('failed status checks count after the grace period', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, { HealthCheckGracePeriod: 600 });
  const { id } = await only(cloud, name);
  await cloud.control.failInstance(id);
  await cloud.control.advance(590_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'InService' });
  await cloud.control.advance(10_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'Terminating', health: 'Unhealthy' });
});

it('who is called unhealthy has the grace period, unless the caller says otherwise', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, { HealthCheckGracePeriod: 600 });
  const { id } = await only(cloud, name);
  const condemn = (ShouldRespectGracePeriod: boolean) =>
    cloud.aws.autoScaling.send(
      new SetInstanceHealthCommand({ InstanceId: id, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod }),
    );
  await condemn(true);
  await cloud.control.advance(500_000);
  expect(await statesOf(cloud, name)).toEqual(['InService']);
  await condemn(false);
  expect(await statesOf(cloud, name)).toEqual(['Terminating']);
});

it('where launching fails another zone is tried, and where all fail it is tried again later', async () => {
  const cloud = await startCloud();
  await cloud.control.refuseCapacity({ zone: 'us-east-1a' });
  const name = await inService(cloud, { MaxSize: 2, DesiredCapacity: 2 }, ['a', 'b']);
  expect((await look(cloud, name)).map(({ zone }) => zone)).toEqual(['b', 'b']);
  await cloud.control.refuseCapacity({ zone: 'us-east-1b' });
  const other = await inService(cloud, {}, ['a', 'b']);
  expect(await look(cloud, other)).toEqual([]);
  const [last] = await activitiesOf(cloud, other);
  expect(last).toMatchObject({ StatusCode: 'Failed', StatusMessage: expect.stringContaining('capacity') });
  await cloud.control.clearFaults();
  await cloud.control.advance(30_000 + 60_000);
  expect(await statesOf(cloud, other)).toEqual(['InService']);
});

it('a lost zone gives no terminate hook: the instance is just gone, and one comes elsewhere', async () => {
  const dir = stateDir();
  const sandbox = await start(dir);
  const queue = await createQueue(sandbox, 'hooks');
  const pattern = { source: ['aws.autoscaling'], detail: { LifecycleHookName: ['terminating'] } };
  await sandbox.events.send(new PutRuleCommand({ Name: 'hooks', EventPattern: JSON.stringify(pattern) }));
  await sandbox.events.send(
    new PutTargetsCommand({ Rule: 'hooks', Targets: [{ Id: 'queue', Arn: arnOf('hooks') }] }),
  );
  await sandbox.stop();

  const cloud = await startCloud({ stateDir: dir });
  const name = await inService(cloud, { LifecycleHookSpecificationList: [hook('TERMINATING')] }, ['a', 'b']);
  const { id, zone } = await only(cloud, name);
  await cloud.control.loseZone(`us-east-1${zone}`);
  await cloud.control.advance(60_000);
  expect(await only(cloud, name)).toMatchObject({ id, state: 'InService', health: 'Unhealthy' });
  await cloud.control.advance(240_000);
  expect(await look(cloud, name)).toEqual([]);
  await cloud.control.advance(35_000);
  expect(await only(cloud, name)).toMatchObject({ zone: zone === 'a' ? 'b' : 'a', state: 'InService' });
  expect((await readInstance(cloud.aws, id)).State?.Name).toBe('shutting-down');
  const late = await refusal(complete(cloud, name, id, 'terminating'));
  expect(late.message).toContain('No active Lifecycle Action found');
  await cloud.control.restoreZone(`us-east-1${zone}`);
  expect((await readInstance(cloud.aws, id)).State?.Name).toBe('terminated');
  await cloud.close();

  const again = await start(dir);
  expect(await drain(again, queue, 1)).toEqual([]);
});

it('an event comes twice, or never, when it is told to', async () => {
  const running = await start();
  const queue = await createQueue(running, 'states');
  const pattern = { source: ['aws.ec2'], detail: { state: ['pending'] } };
  await running.events.send(new PutRuleCommand({ Name: 'states', EventPattern: JSON.stringify(pattern) }));
  await running.events.send(
    new PutTargetsCommand({ Rule: 'states', Targets: [{ Id: 'queue', Arn: arnOf('states') }] }),
  );
  const ec2 = connectEc2(running.endpoint);
  const subnet = await subnetIn({ ec2 });
  running.faults.add({ kind: 'duplicate', operation: 'ec2:Notification', times: 1 });
  const { InstanceId } = await launch({ ec2 }, subnet);
  const twice = (await drain(running, queue)).map(
    ({ Body = '' }) => (JSON.parse(Body) as { detail: unknown }).detail,
  );
  const event = { 'instance-id': InstanceId, state: 'pending' };
  expect(twice).toEqual([event, event]);
  running.faults.add({ kind: 'drop', operation: 'ec2:Notification' });
  await launch({ ec2 }, subnet);
  expect(await drain(running, queue)).toEqual([]);
});

it('a zone that is back before it was given up is asked by its hooks', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, { LifecycleHookSpecificationList: [hook('TERMINATING')] });
  await cloud.control.loseZone('us-east-1a');
  await cloud.control.advance(60_000);
  await cloud.control.restoreZone('us-east-1a');
  expect(await only(cloud, name)).toMatchObject({ state: 'Terminating:Wait', health: 'Unhealthy' });
});

it('a group whose only zone is lost begins anew as soon as the zone is back', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud);
  await cloud.control.loseZone('us-east-1a');
  await cloud.control.advance(10_000_000);
  expect(await look(cloud, name)).toEqual([]);
  await cloud.control.restoreZone('us-east-1a');
  await cloud.control.advance(35_000);
  expect(await statesOf(cloud, name)).toEqual(['InService']);
});

it('a group that is deleted by force waits for no hook', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, {
    LifecycleHookSpecificationList: [hook('LAUNCHING'), hook('TERMINATING')],
  });
  await cloud.aws.autoScaling.send(
    new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }),
  );
  expect(await statesOf(cloud, name)).toEqual(['Terminating']);
  await cloud.control.advance(30_000);
  await expect(look(cloud, name)).rejects.toThrow('missing');
});

it('a restart changes nothing: what an instance waits for is still open', async () => {
  const dir = stateDir();
  const before = await startCloud({ stateDir: dir });
  const name = await inService(before, {
    LifecycleHookSpecificationList: [hook('LAUNCHING', { HeartbeatTimeout: 60 })],
  });
  const { id } = await only(before, name);
  await before.control.advance(50_000);
  await before.close();

  const after = await startCloud({ stateDir: dir });
  expect(await only(after, name)).toMatchObject({ id, state: 'Pending:Wait' });
  expect(await after.control.nextDue()).toBeLessThanOrEqual(10_000);
  await complete(after, name, id, 'launching');
  await after.control.advance(5_000);
  expect(await only(after, name)).toMatchObject({ id, state: 'InService' });
});

it('a completion whose answer was lost is not done twice', async () => {
  const cloud = await startCloud();
  const name = await inService(cloud, { LifecycleHookSpecificationList: [hook('LAUNCHING')] });
  const { id } = await only(cloud, name);
  await cloud.control.loseAnswers('autoscaling:CompleteLifecycleAction');
  await expect(complete(cloud, name, id, 'launching')).rejects.toThrow('socket hang up');
  expect((await refusal(complete(cloud, name, id, 'launching'))).code).toBe('ValidationError');
  expect(await statesOf(cloud, name)).toEqual(['Pending:Proceed']);
  await cloud.control.fault({ kind: 'throttle', operation: 'autoscaling:*', times: 1 });
  expect(await refusal(membersOf(cloud.aws, name))).toMatchObject({ code: 'Throttling', status: 400 });
});

it('instances have the interface of their launch template, in a subnet of their group', async () => {
  const cloud = await startCloud();
  const LaunchTemplateId = await newTemplate(cloud.aws, {
    NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }],
    MetadataOptions: { HttpTokens: 'required' },
  });
  const name = await inService(cloud, { LaunchTemplate: { LaunchTemplateId } });
  const { id } = await only(cloud, name);
  expect(await readInstance(cloud.aws, id)).toMatchObject({
    PublicIpAddress: expect.stringMatching(/^198\.19\./),
    Tags: expect.arrayContaining([{ Key: 'aws:ec2launchtemplate:version', Value: '1' }]),
  });
});

it('what is not there is named', async () => {
  const { aws } = await startCloud();
  const elb = await refusal(newGroup(aws, { TargetGroupARNs: ['arn:x'] }));
  expect(elb).toMatchObject({ code: 'NotImplemented', status: 501 });
  expect(elb.message).toContain('TargetGroupARNs');
});
