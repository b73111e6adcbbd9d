import {
  AuthorizeSecurityGroupIngressCommand,
  paginateDescribeManagedPrefixLists,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupIngressCommand,
  type EC2Client,
  type IpPermission,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { namedEc2 } from '../ec2/ec2-errors.ts';

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html#managed-prefix-list */
const ORIGIN_FACING = 'com.amazonaws.global.cloudfront.origin-facing';

export type GroupApi = ReturnType<typeof createGroupApi>;

/** Security groups in one region, as far as ingress goes; errors named. */
export function createGroupApi(ec2: EC2Client) {
  return {
    /** By id, or by name. */
    idsOf: (idOrName: string): Promise<string[]> =>
      namedEc2('DescribeSecurityGroups', async () => {
        const name = /^sg-[0-9a-f]+$/.test(idOrName) ? 'group-id' : 'group-name';
        const ids: string[] = [];
        const Filters = [{ Name: name, Values: [idOrName] }];
        for await (const page of paginateDescribeSecurityGroups({ client: ec2 }, { Filters })) {
          ids.push(...(page.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []));
        }
        return ids;
      }),
    cloudFrontList: (): Promise<string | undefined> =>
      namedEc2('DescribeManagedPrefixLists', async () => {
        // Anybody may give a list of his own such a name: only that of AWS counts.
        const Filters = [
          { Name: 'owner-id', Values: ['AWS'] },
          { Name: 'prefix-list-name', Values: [ORIGIN_FACING] },
        ];
        for await (const page of paginateDescribeManagedPrefixLists({ client: ec2 }, { Filters })) {
          const found = page.PrefixLists?.find(({ PrefixListName }) => PrefixListName === ORIGIN_FACING);
          if (found !== undefined) return found.PrefixListId;
        }
        return undefined;
      }),
    ingressOf: (group: string): Promise<SecurityGroupRule[]> =>
      namedEc2('DescribeSecurityGroupRules', async () => {
        const rules: SecurityGroupRule[] = [];
        const Filters = [{ Name: 'group-id', Values: [group] }];
        for await (const page of paginateDescribeSecurityGroupRules({ client: ec2 }, { Filters })) {
          rules.push(...(page.SecurityGroupRules ?? []).filter(({ IsEgress }) => IsEgress !== true));
        }
        return rules;
      }),
    authorize: (GroupId: string, permission: IpPermission) =>
      namedEc2('AuthorizeSecurityGroupIngress', () =>
        ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] })),
      ),
    revoke: (GroupId: string, SecurityGroupRuleIds: string[]) =>
      namedEc2('RevokeSecurityGroupIngress', () =>
        ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds })),
      ),
  };
}
