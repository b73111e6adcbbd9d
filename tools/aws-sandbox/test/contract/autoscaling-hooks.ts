import {
  CompleteLifecycleActionCommand,
  DeleteLifecycleHookCommand,
  DescribeLifecycleHooksCommand,
  PutLifecycleHookCommand,
  RecordLifecycleActionHeartbeatCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  type CompleteLifecycleActionCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { hasLeft, hook, memberIn, newGroup, stateOf } from './groups.ts';
import { eventually, refusal } from './helpers.ts';
import { inState, readInstance } from './instances.ts';

const complete = (
  aws: Aws,
  AutoScalingGroupName: string,
  which: Pick<CompleteLifecycleActionCommandInput, 'InstanceId' | 'LifecycleActionToken'>,
  result = 'CONTINUE',
  LifecycleHookName = 'launching',
) =>
  aws.autoScaling.send(
    new CompleteLifecycleActionCommand({
      AutoScalingGroupName,
      LifecycleHookName,
      LifecycleActionResult: result,
      ...which,
    }),
  );

const putHook = (aws: Aws, AutoScalingGroupName: string, options = {}) =>
  aws.autoScaling.send(
    new PutLifecycleHookCommand({ AutoScalingGroupName, ...hook('LAUNCHING'), ...options }),
  );

const withHook = (aws: Aws, transition: 'LAUNCHING' | 'TERMINATING', options = {}) =>
  newGroup(aws, { LifecycleHookSpecificationList: [hook(transition, options)] });

async function readHooks(aws: Aws, AutoScalingGroupName: string) {
  const { LifecycleHooks } = await aws.autoScaling.send(
    new DescribeLifecycleHooksCommand({ AutoScalingGroupName }),
  );
  return LifecycleHooks;
}

export const describeLifecycleHooks: Suite = ({ test }) => {
  describe('Lifecycle hooks', () => {
    test('a hook lasts an hour and abandons, unless it says otherwise', async (aws) => {
      const name = await newGroup(aws, { DesiredCapacity: 0 });
      await putHook(aws, name);
      expect(await readHooks(aws, name)).toMatchObject([
        {
          LifecycleHookName: 'launching',
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          HeartbeatTimeout: 3_600,
          GlobalTimeout: 172_800,
          DefaultResult: 'ABANDON',
        },
      ]);
      await putHook(aws, name, { HeartbeatTimeout: 60, DefaultResult: 'CONTINUE' });
      expect(await readHooks(aws, name)).toMatchObject([
        { HeartbeatTimeout: 60, GlobalTimeout: 6_000, DefaultResult: 'CONTINUE' },
      ]);
    });

    test('an instance that is launched waits for its hook', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      expect((await inState(aws, InstanceId, 'running')).InstanceId).toBe(InstanceId);
      await complete(aws, name, { InstanceId });
      await memberIn(aws, name, 'InService');
    });

    test('an instance whose launch is abandoned ends, and another one comes', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      await complete(aws, name, { InstanceId }, 'ABANDON');
      await hasLeft(aws, name, InstanceId);
      await inState(aws, InstanceId, 'terminated');
      expect((await memberIn(aws, name, 'Pending:Wait')).InstanceId).not.toBe(InstanceId);
    });

    test('an instance that is to go waits for its hook, and still runs', async (aws) => {
      const name = await withHook(aws, 'TERMINATING');
      const { InstanceId } = await memberIn(aws, name, 'InService');
      await aws.autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId,
          ShouldDecrementDesiredCapacity: true,
        }),
      );
      await memberIn(aws, name, 'Terminating:Wait');
      expect((await readInstance(aws, InstanceId)).State?.Name).toBe('running');
      await complete(aws, name, { InstanceId }, 'CONTINUE', 'terminating');
      await hasLeft(aws, name, InstanceId);
      await inState(aws, InstanceId, 'terminated');
    });

    test('a lifecycle action that is over is not completed again', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      await complete(aws, name, { InstanceId });
      const again = await refusal(complete(aws, name, { InstanceId }));
      expect(again).toMatchObject({ code: 'ValidationError', status: 400 });
      expect(again.message).toContain(`No active Lifecycle Action found with instance ID ${InstanceId}`);
    });

    test('a token that nobody gave completes nothing', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      const LifecycleActionToken = '00000000-0000-4000-8000-000000000000';
      const wrong = await refusal(complete(aws, name, { LifecycleActionToken }));
      expect(wrong.code).toBe('ValidationError');
      expect(await stateOf(aws, InstanceId)).toBe('Pending:Wait');
    });

    test('a heartbeat is recorded of an action that is open', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      const beat = () =>
        aws.autoScaling.send(
          new RecordLifecycleActionHeartbeatCommand({
            AutoScalingGroupName: name,
            LifecycleHookName: 'launching',
            InstanceId,
          }),
        );
      await beat();
      await complete(aws, name, { InstanceId });
      expect((await refusal(beat())).code).toBe('ValidationError');
    });

    test('a result that is none is refused', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      expect((await refusal(complete(aws, name, { InstanceId }, 'MAYBE'))).code).toBe('ValidationError');
    });

    test('a hook that is deleted lets go who waits for it', async (aws) => {
      const name = await withHook(aws, 'LAUNCHING');
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      await aws.autoScaling.send(
        new DeleteLifecycleHookCommand({ AutoScalingGroupName: name, LifecycleHookName: 'launching' }),
      );
      expect(await readHooks(aws, name)).toEqual([]);
      await eventually('it waits no more', aws.patience, async () =>
        (await stateOf(aws, InstanceId)) === 'Pending:Wait' ? undefined : true,
      );
    });

    for (const [what, options] of [
      ['29 seconds', { HeartbeatTimeout: 29 }],
      ['7201 seconds', { HeartbeatTimeout: 7_201 }],
      ['another transition', { LifecycleTransition: 'autoscaling:EC2_INSTANCE_SLEEPING' }],
      ['another default result', { DefaultResult: 'RETRY' }],
    ] as const) {
      test(`a hook of ${what} is refused`, async (aws) => {
        const name = await newGroup(aws, { DesiredCapacity: 0 });
        expect((await refusal(putHook(aws, name, options))).code).toBe('ValidationError');
      });
    }
  });
};
