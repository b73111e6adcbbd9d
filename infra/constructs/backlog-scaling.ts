import { CfnScalingPolicy, type ScalableTarget } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Messages per task; of none at all they wait for one. */
export const BACKLOG_PER_TASK = 'waiting / IF(FILL(tasks, 0) > 1, tasks, 1)';

/**
 * How many messages may wait for each task: as many as it handles in the time that a message may wait.
 * (AWS: "Scaling policy based on Amazon SQS", acceptable latency over the average time of a message.)
 */
export function acceptableBacklog(one: {
  waitSeconds: number;
  secondsPerMessage: number;
  atOnce: number;
}): number {
  return Math.max(1, (one.waitSeconds / one.secondsPerMessage) * one.atOnce);
}

/** Keeps the messages that wait for each task of a service at a number. */
export class BacklogScaling extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      queue: Queue;
      service: FargateService;
      clusterName: string;
      target: ScalableTarget;
      backlog: number;
    },
  ) {
    super(scope, id);
    const { queue, service, clusterName, target, backlog } = props;
    const metric = (namespace: string, metricName: string, dimensions: Record<string, string>) => ({
      namespace,
      metricName,
      dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
    });
    // Only metric maths can divide, and only the resource of CloudFormation has it.
    new CfnScalingPolicy(this, 'policy', {
      policyName: `${service.serviceName}-backlog`,
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.scalableTargetId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: backlog,
        scaleOutCooldown: 60,
        // A burst is often followed by another one.
        scaleInCooldown: 300,
        customizedMetricSpecification: {
          metrics: [
            {
              id: 'waiting',
              label: 'messages that wait',
              metricStat: {
                metric: metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', {
                  QueueName: queue.queueName,
                }),
                stat: 'Average',
              },
              returnData: false,
            },
            {
              // Each running task of Fargate reports its CPU once a minute. Container Insights has the number too, at a price.
              id: 'tasks',
              label: 'tasks that run',
              metricStat: {
                metric: metric('AWS/ECS', 'CPUUtilization', {
                  ClusterName: clusterName,
                  ServiceName: service.serviceName,
                }),
                stat: 'SampleCount',
              },
              returnData: false,
            },
            { id: 'backlog', label: 'messages per task', expression: BACKLOG_PER_TASK, returnData: true },
          ],
        },
      },
    });
  }
}
