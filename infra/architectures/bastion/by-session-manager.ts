import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { instanceRole } from '../../constructs/instance-role.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { hostGroup } from './group.ts';
import { BASTION_TAG, Hosts } from './hosts.ts';
import type { Way, WayProps } from './index.ts';
import { SessionLog } from './session-log.ts';

/** What the agent calls; of Amazon Linux 2023 it needs no ec2messages any more. */
const ENDPOINTS = {
  ssm: InterfaceVpcEndpointAwsService.SSM,
  sessions: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

/** The agent on the host calls Session Manager, and not the other way round: there is nothing to let in. */
export function bySessionManager(scope: Construct, { vpc, instanceType, access }: WayProps<'ssm'>): Way {
  const { subnets, reach } = access;
  const stack = PlatformStack.of(scope);
  const role = instanceRole(scope, 'role', 'A bastion host: people get in by Session Manager');
  const log = new SessionLog(scope, 'log', { role });
  const securityGroup = hostGroup(scope, vpc, reach === 'nat' ? 'aws' : 'nobody');
  if (reach === 'endpoints') {
    const endpoints = new SecurityGroup(scope, 'endpoints', {
      vpc,
      description: 'Endpoints of AWS: the bastion host gets in',
      allowAllOutbound: false,
    });
    securityGroup.connections.allowTo(endpoints, Port.tcp(443), 'AWS, by its endpoints');
    for (const [name, service] of Object.entries(ENDPOINTS)) {
      new InterfaceVpcEndpoint(scope, `endpoint-${name}`, {
        vpc,
        service,
        subnets,
        securityGroups: [endpoints],
        open: false,
        privateDnsEnabled: true,
      });
    }
  }
  new Hosts(scope, 'host', {
    vpc,
    subnets,
    count: 1,
    securityGroup,
    role,
    behindLoadBalancer: false,
    instanceType,
  });
  const own = (service: string, resource: string) =>
    `arn:${stack.partition}:${service}:${stack.region}:${stack.account}:${resource}`;
  const name = stack.name(scope.node.id);
  return {
    securityGroup,
    statements: [
      new PolicyStatement({
        actions: ['ssm:StartSession'],
        resources: [own('ec2', 'instance/*')],
        conditions: {
          StringEquals: { [`ssm:resourceTag/${BASTION_TAG}`]: name },
          // By this document, and by no other: others would not be written down.
          BoolIfExists: { 'ssm:SessionDocumentAccessCheck': 'true' },
        },
      }),
      new PolicyStatement({
        actions: ['ssm:StartSession'],
        resources: [own('ssm', `document/${log.documentName}`)],
      }),
      // One's own sessions.
      new PolicyStatement({
        actions: ['ssm:TerminateSession', 'ssm:ResumeSession'],
        resources: [own('ssm', 'session/${aws:userid}-*')],
      }),
      // EC2 knows no permission to describe some.
      new PolicyStatement({ actions: ['ec2:DescribeInstances'], resources: ['*'] }),
    ],
    command: `aws ssm start-session --document-name ${log.documentName} --target $(aws ec2 describe-instances --filters Name=tag:${BASTION_TAG},Values=${name} Name=instance-state-name,Values=running --query Reservations[0].Instances[0].InstanceId --output text)`,
  };
}
