import { Port } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { exported, script } from '../../constructs/user-data/lines.ts';
import { OneInstance } from '../one-instance/index.ts';
import { peersOf } from './cidrs.ts';
import { hostGroup } from './group.ts';
import type { Way, WayProps } from './index.ts';
import { readHostKey, SSH_HOST, sshSettings } from './ssh-host.ts';

/** One host, always one, over the zones of its subnets; each takes the Elastic IP when it starts (one-instance). */
export function byAddress(scope: Construct, { vpc, instanceType, access }: WayProps<'asg'>): Way {
  const securityGroup = hostGroup(scope, vpc);
  for (const peer of peersOf(access.cidrs)) securityGroup.addIngressRule(peer, Port.tcp(22), 'People');
  const host = new OneInstance(scope, `${scope.node.id}-host`, {
    vpc,
    subnets: access.subnets,
    securityGroup,
    instanceType,
    startService: [...exported(sshSettings(scope, access)), script(SSH_HOST)],
    statements: [readHostKey(access)],
  });
  return {
    securityGroup,
    statements: [],
    command: `ssh -J jump@${host.address.attrPublicIp} ec2-user@10.0.0.1`,
  };
}
