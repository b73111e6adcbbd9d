import { CfnOutput } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { OneInstance } from './index.ts';

/** A web server that is always at the same address. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'one-instance', 'One instance, always one, at one address');
  const vpc = exampleVpc(stack);
  const securityGroup = new SecurityGroup(stack, 'web-group', {
    vpc,
    description: 'The web server: everybody, by HTTP',
  });
  securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(80), 'Everybody');
  acknowledge(securityGroup, 'AwsSolutions-EC23', 'it is a public web server');
  const { address } = new OneInstance(stack, 'web', {
    vpc,
    subnets: { subnetType: SubnetType.PUBLIC },
    securityGroup,
    startService: ['dnf install -y nginx', 'systemctl enable --now nginx'],
  });
  new CfnOutput(stack, 'address', { value: `http://${address.attrPublicIp}` });
}
