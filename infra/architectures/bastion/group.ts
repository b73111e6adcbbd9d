import { Peer, Port, SecurityGroup, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/** Of a host: nobody gets in yet. It gets out to AWS, by TLS, and to what it is for. */
export function hostGroup(scope: Construct, vpc: IVpc, reaches: 'aws' | 'nobody' = 'aws'): SecurityGroup {
  const group = new SecurityGroup(scope, 'group', {
    vpc,
    description: 'Bastion hosts: they reach what they are for, and AWS',
    allowAllOutbound: false,
  });
  // By prefix lists it could be narrower, but only S3 and DynamoDB have some.
  if (reaches === 'aws') group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS, by TLS');
  return group;
}
