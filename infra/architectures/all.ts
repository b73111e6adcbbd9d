import { Construct } from 'constructs';
import type { App } from 'aws-cdk-lib';
import { example as apiGatewayCache } from './api-gateway-cache/example.ts';
import { example as bastion } from './bastion/example.ts';
import { example as blockAlbWaf } from './block-alb-waf/example.ts';
import { example as blockAlb } from './block-alb/example.ts';
import { example as blockCloudFront } from './block-cloudfront/example.ts';
import { example as blockEc2 } from './block-ec2/example.ts';
import { example as blockNlb } from './block-nlb/example.ts';
import { example as elasticIpFailover } from './elastic-ip-failover/example.ts';
import { example as fanOut } from './fan-out/example.ts';
import { example as fifoFunction } from './fifo-function/example.ts';
import { example as mpiNodes } from './mpi-nodes/example.ts';
import { example as oneInstanceWithVolume } from './one-instance-with-volume/example.ts';
import { example as oneInstance } from './one-instance/example.ts';
import { example as queueFunction } from './queue-function/example.ts';
import { example as sendToQueues } from './send-to-queues/example.ts';
import { example as topicFunction } from './topic-function/example.ts';

/** Puts one or several stacks into a stage, which show how the construct is used. */
export type Example = (stage: Construct) => void;

/** By the name of their folder. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  'api-gateway-cache': apiGatewayCache,
  bastion,
  'block-alb': blockAlb,
  'block-alb-waf': blockAlbWaf,
  'block-cloudfront': blockCloudFront,
  'block-ec2': blockEc2,
  'block-nlb': blockNlb,
  'elastic-ip-failover': elasticIpFailover,
  'fan-out': fanOut,
  'fifo-function': fifoFunction,
  'mpi-nodes': mpiNodes,
  'one-instance': oneInstance,
  'one-instance-with-volume': oneInstanceWithVolume,
  'queue-function': queueFunction,
  'send-to-queues': sendToQueues,
  'topic-function': topicFunction,
};

/** The examples of the architectures named, or of all. */
export function examples(app: App, names: readonly string[] = Object.keys(EXAMPLES)): Construct {
  const stage = new Construct(app, 'example');
  for (const name of names) {
    const example = EXAMPLES[name];
    if (example === undefined)
      throw new Error(`There is no architecture ${name}, but ${Object.keys(EXAMPLES).join(', ')}`);
    example(stage);
  }
  return stage;
}
