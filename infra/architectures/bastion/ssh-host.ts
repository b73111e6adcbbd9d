import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import type { Environment } from '../../constructs/user-data/lines.ts';
import type { SshProps } from './index.ts';

/** What makes a host that people jump over. */
export const SSH_HOST = new URL('ssh-host.sh', import.meta.url);

/** What that script has to know. */
export const sshSettings = (scope: Construct, { hostKey, authorizedKeys }: SshProps): Environment => ({
  HOST_KEY: hostKey.secretArn,
  AUTHORIZED_KEYS: authorizedKeys.join('\n'),
  AWS_REGION: PlatformStack.of(scope).region,
});

export const readHostKey = ({ hostKey }: SshProps): PolicyStatement =>
  new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [hostKey.secretArn] });
