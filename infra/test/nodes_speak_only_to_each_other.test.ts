import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL, hpcOf, named, resourcesOf } from './hpc.ts';

let template: Template;
beforeAll(() => {
  ({ template } = hpcOf(ALL));
});

function groupOf(description: RegExp): string {
  const found = resourcesOf(template, 'AWS::EC2::SecurityGroup').filter(([, one]) =>
    description.test(String(one.Properties['GroupDescription'])),
  );
  expect(found).toHaveLength(1);
  return found[0]![0];
}

/** From and to whom a group is open, by which ports. */
function rulesOf(group: string, direction: 'Ingress' | 'Egress') {
  const peer = direction === 'Ingress' ? 'SourceSecurityGroupId' : 'DestinationSecurityGroupId';
  return resourcesOf(template, `AWS::EC2::SecurityGroup${direction}`)
    .map(([, { Properties }]) => Properties)
    .filter(({ GroupId }) => named(GroupId).includes(group))
    .map(({ IpProtocol, FromPort, ToPort, [peer]: whom }) => ({
      whom: named(whom),
      what: IpProtocol === '-1' ? 'all' : `${String(IpProtocol)} ${String(FromPort)}-${String(ToPort)}`,
    }));
}

/** What a group has in itself: nothing in, and what CloudFormation needs so that there is no way out by default. */
function inlineOf(group: string) {
  const [, { Properties }] = resourcesOf(template, 'AWS::EC2::SecurityGroup').find(([id]) => id === group)!;
  return { in: Properties['SecurityGroupIngress'], out: Properties['SecurityGroupEgress'] };
}

describe.each([
  ['EFA', /EFA/, ['all']],
  ['Lustre', /Lustre/, ['tcp 988-988', 'tcp 1018-1023']],
  ['NFS', /NFS/, ['tcp 2049-2049']],
])('The group of %s', (_, description, what) => {
  it('is open to itself, in and out, by nothing else', () => {
    const group = groupOf(description);
    const expected = what.map((one) => ({ whom: [group], what: one }));
    expect(rulesOf(group, 'Ingress')).toEqual(expected);
    expect(rulesOf(group, 'Egress')).toEqual(expected);
    const { in: inside, out } = inlineOf(group);
    expect(inside).toBeUndefined();
    expect(out).toMatchObject([{ CidrIp: '255.255.255.255/32' }]);
  });
});

describe('Nodes', () => {
  it('let nobody in, and get out', () => {
    const group = groupOf(/nobody gets in/);
    expect(rulesOf(group, 'Ingress')).toEqual([]);
    expect(inlineOf(group)).toMatchObject({
      in: undefined,
      out: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }],
    });
  });

  it('of several have the group of EFA besides that', () => {
    const interfaces = resourcesOf(template, 'AWS::EC2::LaunchTemplate').flatMap(
      ([, { Properties }]) =>
        (Properties['LaunchTemplateData'] as { NetworkInterfaces?: { Groups: unknown }[] })
          .NetworkInterfaces ?? [],
    );
    expect(interfaces.map(({ Groups }) => named(Groups))).toEqual([
      [groupOf(/nobody gets in/), groupOf(/EFA/)],
    ]);
  });
});
