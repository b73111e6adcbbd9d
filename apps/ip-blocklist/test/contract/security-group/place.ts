import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
  type IpPermission,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { createGroupApi } from '../../../src/adapters/security-group/group-api.ts';
import { SecurityGroup } from '../../../src/adapters/security-group/security-group.ts';
import type { SecurityGroupTarget } from '../../../src/domain/target-file/security-group.ts';
import { parseTargets } from '../../../src/domain/target-file/target-file.ts';
import type { PlaceOptions } from '../sandbox.ts';

export interface GroupPlace {
  /** By default it admits CloudFront; or the load balancer's group. */
  enforcer(admits?: 'cloudfront' | 'load balancer'): SecurityGroup;
  group: string;
  loadBalancer: string;
  /** CloudFront's prefix list. */
  list: string;
  rules(): Promise<SecurityGroupRule[]>;
  add(permission: IpPermission): Promise<void>;
  clear(): Promise<void>;
  /** Another one of the same name, which is open to everybody. */
  makeAnew(): Promise<void>;
  fault(kind: 'throttle' | 'lost-response', operation: string): void;
  close(): Promise<void>;
}

export const port = (number: number, to = number): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: number,
  ToPort: to,
});
export const everybody: IpPermission = { IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

/** A VPC with an empty security group for web servers, and one of their load balancer. */
export async function openGroupPlace({ endpoint, faults, close }: PlaceOptions): Promise<GroupPlace> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ec2 = new EC2Client({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const make = async (GroupName: string): Promise<string> => {
    const input = { GroupName, Description: GroupName, VpcId: Vpc?.VpcId };
    return (await ec2.send(new CreateSecurityGroupCommand(input))).GroupId ?? '';
  };
  const [group, loadBalancer] = [await make('web'), await make('load-balancer')];
  const { PrefixLists = [] } = await ec2.send(new DescribeManagedPrefixListsCommand({}));
  const list = PrefixLists.find(
    ({ PrefixListName }) => PrefixListName === 'com.amazonaws.global.cloudfront.origin-facing',
  )?.PrefixListId;
  const targetOf = (admits: string) =>
    parseTargets(
      `targets: [{ name: here, kind: security-group, topology: cloudfront-waf-alb, securityGroup: web, admits: ${admits}, ports: [443] }]`,
    )[0] as SecurityGroupTarget;
  const rules = async (): Promise<SecurityGroupRule[]> => {
    const Filters = [{ Name: 'group-id', Values: [group] }];
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
    return SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true);
  };

  return {
    group,
    loadBalancer,
    list: list ?? '',
    rules,
    enforcer: (admits = 'cloudfront') =>
      new SecurityGroup(
        createGroupApi(ec2),
        targetOf(admits === 'cloudfront' ? admits : '{ securityGroup: load-balancer }'),
      ),
    async add(permission) {
      const input = { GroupId: group, IpPermissions: [permission] };
      await ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
    },
    async clear() {
      const ids = (await rules()).flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
      await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds: ids }));
    },
    async makeAnew() {
      await ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }));
      const GroupId = await make('web');
      const open = { ...port(443), ...everybody };
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [open] }));
    },
    fault(kind, operation) {
      if (faults === undefined) throw new Error('it cannot be told to fail');
      faults.add({ kind, operation: `ec2:${operation}`, times: 1 });
    },
    async close() {
      ec2.destroy();
      await close();
    },
  };
}
