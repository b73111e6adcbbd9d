import { CompleteLifecycleActionCommand } from '@aws-sdk/client-auto-scaling';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { hook, memberIn, newGroup } from './groups.ts';
import { defined, eventually, uniqueName } from './helpers.ts';
import { inState, launch, subnetIn } from './instances.ts';

interface Event {
  source: string;
  'detail-type': string;
  resources: string[];
  detail: Record<string, string>;
}

/** A queue that gets the events of a pattern; reads what has come. */
async function listen(aws: Aws, pattern: object): Promise<() => Promise<Event[]>> {
  const name = uniqueName('events');
  const { QueueUrl = '' } = await aws.sqs.send(new CreateQueueCommand({ QueueName: name }));
  await aws.events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
  const account = QueueUrl.split('/').at(-2);
  const Arn = `arn:aws:sqs:us-east-1:${account}:${name}`;
  await aws.events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'queue', Arn }] }));
  const all: Event[] = [];
  return async () => {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      all.push(JSON.parse(Body) as Event);
      await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return all;
  };
}

export const describeAutoScalingEvents: Suite = ({ test }) => {
  describe('Events of instances', () => {
    test('a launch that waits is told, with the token that lets it go on', async (aws) => {
      const read = await listen(aws, {
        source: ['aws.autoscaling'],
        'detail-type': ['EC2 Instance-launch Lifecycle Action'],
      });
      const name = await newGroup(aws, {
        LifecycleHookSpecificationList: [hook('LAUNCHING', { NotificationMetadata: 'data' })],
      });
      const event = await eventually('the event', aws.patience, async () =>
        (await read()).find(({ detail }) => detail['AutoScalingGroupName'] === name),
      );
      const { InstanceId } = await memberIn(aws, name, 'Pending:Wait');
      expect(event.detail).toMatchObject({
        LifecycleHookName: 'launching',
        EC2InstanceId: InstanceId,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
        NotificationMetadata: 'data',
        Origin: 'EC2',
        Destination: 'AutoScalingGroup',
      });
      await aws.autoScaling.send(
        new CompleteLifecycleActionCommand({
          AutoScalingGroupName: name,
          LifecycleHookName: 'launching',
          LifecycleActionResult: 'CONTINUE',
          LifecycleActionToken: defined(event.detail['LifecycleActionToken']),
        }),
      );
      await memberIn(aws, name, 'InService');
    });

    test('a change of state of an instance is told', async (aws) => {
      const read = await listen(aws, {
        source: ['aws.ec2'],
        'detail-type': ['EC2 Instance State-change Notification'],
        detail: { state: ['running'] },
      });
      const { InstanceId = '' } = await launch(aws, await subnetIn(aws));
      await inState(aws, InstanceId, 'running');
      const event = await eventually('the event', aws.patience, async () =>
        (await read()).find(({ detail }) => detail['instance-id'] === InstanceId),
      );
      expect(event).toMatchObject({
        detail: { 'instance-id': InstanceId, state: 'running' },
        resources: [expect.stringContaining(`:instance/${InstanceId}`)],
      });
    });
  });
};
