import { CfnOutput, Duration, Fn } from 'aws-cdk-lib';
import { CfnAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import {
  AmazonLinuxCpuType,
  CfnLaunchTemplate,
  CfnPlacementGroup,
  MachineImage,
  SecurityGroup,
  UserData,
  type ISubnet,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnInstanceProfile, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { acknowledgeWildcard } from '../../constructs/acknowledge-wildcard.ts';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { EfaGroup } from '../../constructs/efa-group.ts';
import { instanceRole } from '../../constructs/instance-role.ts';
import { letUse } from '../../constructs/let-use.ts';
import { groupArn } from '../../constructs/group-arn.ts';
import { PlatformStack } from '../../constructs/platform-stack.ts';
import { processorOf } from '../../constructs/processors.ts';
import { bootLines } from './user-data.ts';

export interface MpiNodesProps {
  vpc: IVpc;
  /** One, as EFA does not leave it; private, with a way out for AWS's installer. */
  subnet: ISubnet;
  /** One that has EFA: c7gn.16xlarge, hpc7g.16xlarge, … */
  instanceType: string;
  /** At most. */
  nodes: number;
  /** That are always there. Default: 0; whoever has a job sets the capacity. */
  minNodes?: number;
  /** Of this type and zone, in the placement group or in none: then they are there when they are wanted, and paid for anyway. */
  capacityReservationId?: string;
  /** GiB. Default: 50. */
  rootGib?: number;
  /** Inputs and results. */
  data?: Bucket;
}

const HOOK = 'ready';
/** The installer takes about three minutes; a node that is not ready by then is given up. */
const START_WITHIN = Duration.minutes(15);

/** Instances side by side that speak to each other by EFA, ready for mpirun: see README.md. */
export class MpiNodes extends Construct {
  readonly group: CfnAutoScalingGroup;
  readonly placementGroup: CfnPlacementGroup;
  /** Of its nodes, to each other. */
  readonly together: EfaGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: MpiNodesProps) {
    super(scope, id);
    const { vpc, subnet, nodes, minNodes = 0 } = props;
    const stack = PlatformStack.of(this);
    const name = stack.name(id);
    this.placementGroup = new CfnPlacementGroup(this, 'close', { strategy: 'cluster' });
    this.together = new EfaGroup(this, 'efa', { vpc });
    this.role = this.#role(stack, name, props.data);
    const key = new Secret(this, 'key', { description: `${name}: the key of its nodes, which they make` });
    acknowledge(
      key,
      'AwsSolutions-SMG4',
      'another one is made with another group; it is good between its nodes only',
    );
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        resources: [key.secretArn],
      }),
    );
    const template = this.#template(props, name, key);
    this.group = new CfnAutoScalingGroup(this, 'nodes', {
      autoScalingGroupName: name,
      minSize: String(minNodes),
      maxSize: String(nodes),
      // How many there are now is not for deployments to say.
      vpcZoneIdentifier: [subnet.subnetId],
      placementGroup: this.placementGroup.ref,
      launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
      // Nobody but who has asked for them takes them away.
      newInstancesProtectedFromScaleIn: true,
      lifecycleHookSpecificationList: [
        {
          lifecycleHookName: HOOK,
          lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
          heartbeatTimeout: START_WITHIN.toSeconds(),
          defaultResult: 'ABANDON',
        },
      ],
    });
    this.group.node.addDependency(this.together.rules);
    acknowledge(this.group, 'AwsSolutions-AS3', 'it comes and goes with jobs: nobody is to be woken by that');
    new CfnOutput(this, 'start', {
      value: `aws autoscaling set-desired-capacity --auto-scaling-group-name ${name} --desired-capacity ${nodes}`,
    });
  }

  #role(stack: PlatformStack, name: string, data: Bucket | undefined): Role {
    const role = instanceRole(this, 'role', 'Nodes of MPI: they find each other, and have one key');
    role.addToPolicy(
      new PolicyStatement({
        actions: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances'],
        resources: ['*'],
      }),
    );
    acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'neither knows a permission to describe some');
    const group = groupArn(stack, name);
    role.addToPolicy(
      new PolicyStatement({ actions: ['autoscaling:CompleteLifecycleAction'], resources: [group] }),
    );
    acknowledgeWildcard(role, group, 'a group has a number in its ARN, which nobody knows before');
    if (data !== undefined) letUse(role, data);
    return role;
  }

  #template(props: MpiNodesProps, name: string, key: Secret): CfnLaunchTemplate {
    const { vpc, subnet, instanceType, capacityReservationId, rootGib = 50 } = props;
    const stack = PlatformStack.of(this);
    const out = new SecurityGroup(this, 'out', { vpc, description: 'Nodes get out, and nobody gets in' });
    const { architecture } = processorOf(instanceType);
    const image = MachineImage.latestAmazonLinux2023({
      cpuType: architecture === 'arm64' ? AmazonLinuxCpuType.ARM_64 : AmazonLinuxCpuType.X86_64,
    });
    const userData = UserData.forLinux();
    userData.addCommands(
      ...bootLines({
        GROUP: name,
        HOOK,
        KEY_SECRET: key.secretArn,
        // Of a group of this name and place; Secrets Manager wants 32 to 64 characters.
        KEY_VERSION: createHash('md5').update(this.node.path).digest('hex'),
        NODES_CIDR: subnet.ipv4CidrBlock,
        AWS_REGION: stack.region,
      }),
    );
    const profile = new CfnInstanceProfile(this, 'profile', { roles: [this.role.roleName] });
    return new CfnLaunchTemplate(this, 'template', {
      launchTemplateData: {
        imageId: image.getImage(this).imageId,
        instanceType,
        iamInstanceProfile: { arn: profile.attrArn },
        metadataOptions: { httpTokens: 'required', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 },
        monitoring: { enabled: true },
        blockDeviceMappings: [
          {
            deviceName: '/dev/xvda',
            ebs: { volumeType: 'gp3', volumeSize: rootGib, encrypted: true, deleteOnTermination: true },
          },
        ],
        // EFA is ENA with a way past the operating system besides: one interface for both.
        networkInterfaces: [
          {
            deviceIndex: 0,
            networkCardIndex: 0,
            interfaceType: 'efa',
            groups: [out.securityGroupId, this.together.securityGroupId],
            deleteOnTermination: true,
          },
        ],
        ...(capacityReservationId !== undefined && {
          capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId } },
        }),
        userData: Fn.base64(userData.render()),
        tagSpecifications: ['instance', 'volume'].map((resourceType) => ({
          resourceType,
          tags: [{ key: 'Name', value: name }],
        })),
      },
    });
  }
}
