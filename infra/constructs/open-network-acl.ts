import { Stack } from 'aws-cdk-lib';
import {
  AclCidr,
  AclTraffic,
  Action,
  NetworkAcl,
  TrafficDirection,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** As in the ACL that a VPC has by itself: after all denials. */
const ALLOW = { ipv4: 100, ipv6: 101 };

export interface OpenNetworkAclProps {
  vpc: IVpc;
  subnets: SubnetSelection;
  /** Its Name tag. */
  name: string;
  /** Of a VPC that has IPv6, too. */
  ipv6?: boolean;
}

/**
 * The network ACL of some subnets, which lets everything through. What it denies is ip-blocklist's: entries are
 * resources of their own in CloudFormation, and here are only those with the numbers above, so no deployment touches
 * another one. Only a construct that is renamed or moved to another VPC begins with an empty one.
 */
export class OpenNetworkAcl extends Construct {
  /** Numbers of what ip-blocklist denies, as its README has it: `rules` of a target of kind network-acl. */
  static readonly DENIALS = { first: 1, last: 80 };

  readonly id: string;

  constructor(scope: Construct, id: string, { vpc, subnets, name, ipv6 = false }: OpenNetworkAclProps) {
    super(scope, id);
    const acl = new NetworkAcl(this, 'acl', { vpc, subnetSelection: subnets, networkAclName: name });
    this.id = acl.networkAclId;
    acknowledge(acl, 'AwsSolutions-VPC3', 'security groups cannot deny: ip-blocklist does it here');
    const traffic = AclTraffic.allTraffic();
    for (const direction of [TrafficDirection.INGRESS, TrafficDirection.EGRESS]) {
      const allow = (family: keyof typeof ALLOW, cidr: AclCidr) => {
        const way = direction === TrafficDirection.INGRESS ? 'in' : 'out';
        const entry = acl.addEntry(`${way}-${family}`, {
          cidr,
          ruleNumber: ALLOW[family],
          traffic,
          direction,
          ruleAction: Action.ALLOW,
        });
        acknowledge(entry, 'AwsSolutions-VPC3', 'the ACL allows all that nobody denies');
      };
      allow('ipv4', AclCidr.anyIpv4());
      if (ipv6) allow('ipv6', AclCidr.anyIpv6());
    }
  }

  /** What the role of ip-blocklist needs to keep its denials here. */
  get statements(): PolicyStatement[] {
    const { partition, region, account } = Stack.of(this);
    return [
      new PolicyStatement({
        actions: ['ec2:CreateNetworkAclEntry', 'ec2:ReplaceNetworkAclEntry', 'ec2:DeleteNetworkAclEntry'],
        resources: [`arn:${partition}:ec2:${region}:${account}:network-acl/${this.id}`],
      }),
      // EC2 knows no permission to describe some.
      new PolicyStatement({
        actions: ['ec2:DescribeNetworkAcls', 'ec2:DescribeNetworkInterfaces'],
        resources: ['*'],
      }),
    ];
  }
}
