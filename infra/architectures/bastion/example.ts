import { Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { Bastion, type Access, type SshProps } from './index.ts';

/** A database inside, and each of the ways to it. */
export function example(stage: Construct): void {
  // With endpoints in one zone; each more is $21.90.
  bastion(stage, 'ssm', ({ inside, zone }) => ({
    mode: 'ssm',
    reach: 'endpoints',
    subnets: { subnetType: inside, availabilityZones: [zone] },
  }));
  bastion(stage, 'eice', ({ inside }) => ({ mode: 'eice', subnets: { subnetType: inside } }));
  bastion(stage, 'nlb', ({ inside, ssh }) => ({ mode: 'nlb', subnets: { subnetType: inside }, ...ssh() }), 1);
  bastion(stage, 'asg', ({ ssh }) => ({ mode: 'asg', subnets: { subnetType: SubnetType.PUBLIC }, ...ssh() }));
}

interface Given {
  inside: SubnetType;
  zone: string;
  ssh: () => SshProps;
}

function bastion(
  stage: Construct,
  mode: NonNullable<Access['mode']>,
  access: (given: Given) => Access,
  natGateways = 0,
): void {
  const stack = exampleStack(stage, `bastion-${mode}`, `A way in for people: ${mode}`);
  const vpc = exampleVpc(stack, { natGateways });
  const database = new SecurityGroup(stack, 'database', {
    vpc,
    description: 'A database, for those whom it lets in',
    allowAllOutbound: false,
  });
  const ssh = (): SshProps => {
    const hostKey = new Secret(stack, 'host-key', { description: 'Put a private key of OpenSSH in here' });
    acknowledge(hostKey, 'AwsSolutions-SMG4', 'a host key that changes is what people are warned of');
    return {
      cidrs: ['203.0.113.0/24', '2001:db8:7::/48'],
      authorizedKeys: [
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA5rwzFPdCd1GyZ0vSrAAcyQmXb2oONF1CMSDHgQXbVb ana',
      ],
      hostKey,
    };
  };
  const inside = natGateways > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED;
  new Bastion(stack, `bastion-${mode}`, {
    vpc,
    access: access({ inside, zone: stack.availabilityZones[0]!, ssh }),
    reaches: [{ to: database, port: Port.tcp(5_432), what: 'PostgreSQL, for people' }],
  });
}
