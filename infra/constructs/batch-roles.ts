import { Token } from 'aws-cdk-lib';
import {
  CfnInstanceProfile,
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { letUse } from './let-use.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Where Batch writes what jobs say; hpc-broker reads it there. */
export const JOB_LOGS = '/aws/batch/job';

/** Whose permissions instances, the starting of containers, and jobs themselves have. */
export class BatchRoles extends Construct {
  readonly instanceProfile: CfnInstanceProfile;
  /** Fetches images and writes logs. */
  readonly execution: Role;
  /** What jobs may do. */
  readonly job: Role;

  constructor(scope: PlatformStack, id: string, { data }: { data: Bucket }) {
    super(scope, id);
    const instance = new Role(this, 'instance', {
      description: 'Instances of Batch: they join the cluster',
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEC2ContainerServiceforEC2Role'),
      ],
    });
    acknowledge(
      instance,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]',
      'what the agent of ECS needs, kept by AWS; Batch asks for it',
    );
    this.instanceProfile = new CfnInstanceProfile(this, 'profile', { roles: [instance.roleName] });

    // Of this account's tasks only: the service is everybody's ("confused deputy").
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': scope.account } },
    });
    this.execution = new Role(this, 'execution', { description: 'Starts containers of jobs', assumedBy });
    const own = (service: string, resource: string) =>
      `arn:${scope.partition}:${service}:${scope.region}:${scope.account}:${resource}`;
    const allow = (actions: string[], resource: string, why: string) => {
      this.execution.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
      const shown = Token.isUnresolved(scope.account)
        ? resource.replace(scope.account, '<AWS::AccountId>')
        : resource;
      acknowledge(this.execution, `AwsSolutions-IAM5[Resource::${shown}]`, why);
    };
    allow(
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      own('logs', `log-group:${JOB_LOGS}:*`),
      'streams of one group; Batch names them',
    );
    allow(
      ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      own('ecr', 'repository/*'),
      'a job names its image; read only',
    );
    // Of a registry, not of a repository (Service Authorization Reference, ECR).
    allow(['ecr:GetAuthorizationToken'], '*', 'AWS knows no resource for it');

    this.job = new Role(this, 'job', { description: 'What jobs may do', assumedBy });
    letUse(this.job, data);
  }
}
