import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { JOB_LOGS, type BatchRoles } from './batch-roles.ts';
import type { PlatformStack } from './platform-stack.ts';

export interface BrokerPermissionsProps {
  queueArns: readonly string[];
  roles: BatchRoles;
  /** Of DataSync. */
  taskArns: readonly string[];
}

/** What hpc-broker calls: its adapters of Batch, CloudWatch Logs and DataSync. Of the containers' S3 it sees nothing. */
export function brokerPermissions(
  stack: PlatformStack,
  { queueArns, roles, taskArns }: BrokerPermissionsProps,
): PolicyStatement[] {
  const statement = (
    actions: string[],
    resources: string[],
    conditions?: Record<string, Record<string, unknown>>,
  ) => new PolicyStatement({ actions, resources, ...(conditions && { conditions }) });
  const own = (service: string, resource: string) =>
    `arn:${stack.partition}:${service}:${stack.region}:${stack.account}:${resource}`;
  const definitions = own('batch', 'job-definition/groundwork-*');
  const jobs = own('batch', 'job/*');
  return [
    statement(['batch:SubmitJob'], [...queueArns, definitions]),
    statement(['batch:TagResource'], [jobs], {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['groundwork-job'] },
    }),
    // A privileged container would be root on its instance, beside jobs of others.
    statement(['batch:RegisterJobDefinition'], [definitions], {
      BoolIfExists: { 'batch:Privileged': 'false' },
    }),
    statement(['batch:CancelJob', 'batch:TerminateJob'], [jobs]),
    // Service Authorization Reference, AWS Batch: none of these knows a resource.
    statement(
      [
        'batch:DescribeJobs',
        'batch:ListJobs',
        'batch:DescribeJobDefinitions',
        'batch:DescribeJobQueues',
        'batch:DescribeComputeEnvironments',
      ],
      ['*'],
    ),
    statement(['iam:PassRole'], [roles.job.roleArn, roles.execution.roleArn], {
      StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    }),
    statement(['logs:GetLogEvents'], [own('logs', `log-group:${JOB_LOGS}:log-stream:*`)]),
    ...(taskArns.length === 0
      ? []
      : [
          statement(['datasync:StartTaskExecution', 'datasync:ListTaskExecutions'], [...taskArns]),
          statement(
            [
              'datasync:DescribeTaskExecution',
              'datasync:CancelTaskExecution',
              'datasync:ListTagsForResource',
            ],
            taskArns.map((arn) => `${arn}/execution/*`),
          ),
          // An execution has its tags from its start; which of both DataSync asks about, it does not say.
          statement(
            ['datasync:TagResource'],
            taskArns.flatMap((arn) => [arn, `${arn}/execution/*`]),
          ),
        ]),
  ];
}
