import { CfnLocationNFS, CfnLocationS3, CfnTask } from 'aws-cdk-lib/aws-datasync';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { HpcParameters } from '../parameters.ts';
import { removal, retention } from './keeping.ts';
import { letUse } from './let-use.ts';
import type { PlatformStack } from './platform-stack.ts';

/** What jobs call it: dataset.task. */
export const TASK_NAME = 'on-premises';
/** Below this in the data bucket, and in Lustre below /data. */
const BELOW = `${TASK_NAME}/`;

/** DataSync from an NFS share on premises to the data bucket. It has no schedule: the broker starts it for a job. */
export class DataTransfer extends Construct {
  readonly task: CfnTask;

  constructor(
    scope: PlatformStack,
    id: string,
    props: NonNullable<HpcParameters['dataSync']> & { data: Bucket },
  ) {
    super(scope, id);
    const { agentArns, host, path, data } = props;
    const source = new CfnLocationNFS(this, 'nfs', {
      serverHostname: host,
      subdirectory: path,
      onPremConfig: { agentArns },
      mountOptions: { version: 'AUTOMATIC' },
    });
    const role = this.#role(scope, data);
    const destination = new CfnLocationS3(this, 'bucket', {
      s3BucketArn: data.bucketArn,
      subdirectory: `/${BELOW}`,
      s3StorageClass: 'STANDARD',
      s3Config: { bucketAccessRoleArn: role.roleArn },
    });
    // DataSync tries the role when it is told of a location.
    destination.node.addDependency(role.node.findChild('DefaultPolicy'));
    this.task = new CfnTask(this, 'task', {
      name: scope.name(TASK_NAME),
      sourceLocationArn: source.attrLocationArn,
      destinationLocationArn: destination.attrLocationArn,
      cloudWatchLogGroupArn: this.#logs(scope).logGroupArn,
      options: {
        // What has not changed is not sent again, what it has sent it reads again, and nothing is deleted.
        transferMode: 'CHANGED',
        verifyMode: 'ONLY_FILES_TRANSFERRED',
        overwriteMode: 'ALWAYS',
        preserveDeletedFiles: 'PRESERVE',
        logLevel: 'BASIC',
      },
    });
  }

  #role(scope: PlatformStack, data: Bucket): Role {
    const role = new Role(this, 'role', {
      description: 'DataSync writes to the data bucket',
      assumedBy: new ServicePrincipal('datasync.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': scope.account },
          ArnLike: { 'aws:SourceArn': `arn:${scope.partition}:datasync:${scope.region}:${scope.account}:*` },
        },
      }),
    });
    letUse(role, data, BELOW);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['s3:GetObjectTagging', 's3:PutObjectTagging'],
        resources: [data.arnForObjects(`${BELOW}*`)],
      }),
    );
    return role;
  }

  #logs(scope: PlatformStack): LogGroup {
    const logs = new LogGroup(this, 'logs', {
      logGroupName: `/groundwork/${scope.parameters.stage}/datasync`,
      retention: retention(scope.parameters),
      removalPolicy: removal(scope.parameters),
    });
    logs.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('datasync.amazonaws.com')],
        actions: ['logs:PutLogEvents', 'logs:CreateLogStream'],
        resources: [logs.logGroupArn],
        conditions: { StringEquals: { 'aws:SourceAccount': scope.account } },
      }),
    );
    return logs;
  }
}
