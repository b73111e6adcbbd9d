import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { acknowledgeWildcard } from '../../constructs/acknowledge-wildcard.ts';
import { removal, retention } from '../../constructs/keeping.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';

/** Minutes without a key; AWS: 1 to 60. */
const IDLE = '20';
/** Minutes in all; AWS: 1 to 1,440. */
const LONGEST = '480';

/**
 * How sessions are: written down as they are typed, and ended when nobody types. As a document of its own, and not in
 * SSM-SessionManagerRunShell, which is everybody's in the region.
 */
export class SessionLog extends Construct {
  readonly documentName: string;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { role }: { role: Role }) {
    super(scope, id);
    const stack = PlatformStack.of(this);
    this.logGroup = new LogGroup(this, 'sessions', {
      retention: retention(stack.parameters),
      removalPolicy: removal(stack.parameters),
    });
    this.documentName = stack.name(`${scope.node.id}-session`);
    new CfnDocument(this, 'document', {
      name: this.documentName,
      documentType: 'Session',
      updateMethod: 'NewVersion',
      content: {
        schemaVersion: '1.0',
        description: 'Sessions that are written down',
        sessionType: 'Standard_Stream',
        inputs: {
          cloudWatchLogGroupName: this.logGroup.logGroupName,
          // It asks for a key of KMS; CloudWatch encrypts by itself.
          cloudWatchEncryptionEnabled: false,
          // While it goes on: who kills the agent does not take back what he typed.
          cloudWatchStreamingEnabled: true,
          idleSessionTimeout: IDLE,
          maxSessionDuration: LONGEST,
        },
      },
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        resources: [this.logGroup.logGroupArn],
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['logs:DescribeLogGroups'], resources: ['*'] }));
    acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'the agent looks for its group in the list of all');
    acknowledgeWildcard(role, this.logGroup.logGroupArn, 'streams are named as sessions are');
  }
}
