import { CfnOutput } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  Instance,
  InstanceType,
  MachineImage,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { ElasticIpFailover } from './index.ts';

/** Two web servers, of which one has the address. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'elastic-ip-failover', 'An address that goes to whoever is well');
  const vpc = exampleVpc(stack);
  const securityGroup = new SecurityGroup(stack, 'web-group', {
    vpc,
    description: 'The web servers: everybody, by HTTP',
  });
  securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(80), 'Everybody');
  acknowledge(securityGroup, 'AwsSolutions-EC23', 'they are public web servers');
  const role = new Role(stack, 'role', {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore')],
  });
  acknowledge(
    role,
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonSSMManagedInstanceCore]',
    'what Session Manager needs, kept by AWS',
  );
  const subnets = vpc.selectSubnets({ subnetType: SubnetType.PUBLIC }).subnets;
  const instances = subnets.map((subnet, index) => {
    const userData = UserData.forLinux();
    userData.addCommands('until dnf install -y nginx; do sleep 10; done', 'systemctl enable --now nginx');
    return new Instance(stack, `web-${index}`, {
      vpc,
      vpcSubnets: { subnets: [subnet] },
      instanceType: new InstanceType('t4g.micro'),
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      securityGroup,
      role,
      userData,
      requireImdsv2: true,
      detailedMonitoring: true,
      associatePublicIpAddress: true,
      disableApiTermination: true,
      blockDevices: [{ deviceName: '/dev/xvda', volume: BlockDeviceVolume.ebs(8, { encrypted: true }) }],
    });
  });
  const { address } = new ElasticIpFailover(stack, 'web-address', { instances });
  new CfnOutput(stack, 'address', { value: `http://${address.attrPublicIp}` });
}
