import { CfnOutput } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  Instance,
  InstanceType,
  MachineImage,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { blocklistTargets } from '../../constructs/blocklist-targets.ts';
import { instanceRole } from '../../constructs/instance-role.ts';
import { OpenNetworkAcl } from '../../constructs/open-network-acl.ts';
import type { PlatformStack } from '../../constructs/platform-stack.ts';
import { rootVolume } from '../../constructs/root-volume.ts';
import { agentUserData, type AgentProps } from './agent.ts';

const ROOT_GIB = 8;

export interface BlockEc2Props extends AgentProps {
  vpc: IVpc;
  /** With a route to the Internet; all of them get the network ACL. Default: the public ones. */
  subnets?: SubnetSelection;
  /** TCP ports that everybody gets to, but who is blocked. */
  ports: readonly number[];
  /** Of Graviton. Default: t4g.micro. */
  instanceType?: string;
}

/** client → network ACL → security group → nftables → EC2 with a public address: see README.md. */
export class BlockEc2 extends Construct {
  readonly instance: Instance;
  readonly networkAcl: OpenNetworkAcl;
  /** TARGETS_YAML of ip-blocklist. */
  readonly blocklistTargets: string;

  constructor(scope: PlatformStack, id: string, props: BlockEc2Props) {
    super(scope, id);
    const { vpc, subnets = { subnetType: SubnetType.PUBLIC }, ports, instanceType = 't4g.micro' } = props;
    this.networkAcl = new OpenNetworkAcl(this, 'denials', { vpc, subnets, name: scope.name(id) });
    const group = new SecurityGroup(this, 'group', { vpc, description: 'A public server: all of its ports' });
    for (const port of ports) group.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'Everybody');
    acknowledge(
      group,
      'AwsSolutions-EC23',
      'it serves the public; who is denied is for network ACL and nftables to say, which can',
    );
    const role = instanceRole(this, 'role', 'A public server: it fetches the agent and its key');
    this.instance = new Instance(this, 'server', {
      vpc,
      vpcSubnets: subnets,
      associatePublicIpAddress: true,
      instanceType: new InstanceType(instanceType),
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      securityGroup: group,
      role,
      userData: agentUserData(this, role, props),
      // User data is run once: another one is for another instance.
      userDataCausesReplacement: true,
      requireImdsv2: true,
      detailedMonitoring: true,
      blockDevices: [rootVolume(ROOT_GIB)],
      disableApiTermination: scope.parameters.keepsData,
    });
    if (!scope.parameters.keepsData)
      acknowledge(this.instance, 'AwsSolutions-EC29', 'it holds nothing that a new one would not have');
    this.blocklistTargets = blocklistTargets(this, [
      {
        name: id,
        kind: 'network-acl',
        topology: 'ec2-public',
        networkAcl: this.networkAcl.id,
        rules: OpenNetworkAcl.DENIALS,
      },
    ]);
    new CfnOutput(this, 'network-acl', { value: this.networkAcl.id });
    new CfnOutput(this, 'address', { value: this.instance.instancePublicIp });
  }
}
