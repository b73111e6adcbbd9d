import { describe, expect, it } from 'vitest';
import type { EnforcedNetworkAcl } from '../src/index.ts';
import { newVpc } from './contract/ec2.ts';
import { refusal } from './contract/helpers.ts';
import { addEntry, deny, newAcl } from './contract/network-acls.ts';
import { startWithEc2 } from './ec2.ts';

async function prepared(dir?: string) {
  const { running, aws } = await startWithEc2(dir);
  const acl = (path: string, version?: string) =>
    fetch(`${running.endpoint}/_sandbox/network-acls/${path}`, {
      headers: version === undefined ? {} : { 'if-none-match': version },
    });
  const enforced = async (path: string) => (await (await acl(path)).json()) as EnforcedNetworkAcl;
  const setQuotas = (body: unknown) =>
    fetch(`${running.endpoint}/_sandbox/quotas`, { method: 'PUT', body: JSON.stringify(body) });
  return { running, aws, acl, enforced, setQuotas };
}

const everything = { protocol: '-1', cidr: '0.0.0.0/0' };

describe('a network ACL as it is enforced', () => {
  it('lists what decides first, first, by the name or the id', async () => {
    const { aws, enforced } = await prepared();
    const TagSpecifications = [
      { ResourceType: 'network-acl', Tags: [{ Key: 'Name', Value: 'web servers' }] },
    ];
    const id = await newAcl(aws, await newVpc(aws), { TagSpecifications });
    await addEntry(aws, deny(id, 200, { Ipv6CidrBlock: '2001:db8::1/32' }));
    await addEntry(
      aws,
      deny(id, 7, { RuleAction: 'allow', Protocol: '6', PortRange: { From: 80, To: 443 } }),
    );
    const found = await enforced('us-east-1/web%20servers');
    expect(found).toEqual({
      version: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      id,
      ingress: [
        { number: 7, action: 'allow', protocol: '6', cidr: '192.0.2.7/32', ports: { from: 80, to: 443 } },
        { number: 200, action: 'deny', protocol: '-1', cidr: '2001:db8::/32' },
        { number: 32_767, action: 'deny', ...everything },
      ],
      egress: [{ number: 32_767, action: 'deny', ...everything }],
    });
    expect(await enforced(`us-east-1/${id}`)).toEqual(found);
  });

  it('has another version only when it is changed', async () => {
    const { aws, acl, enforced } = await prepared();
    const id = await newAcl(aws);
    const { version } = await enforced(`us-east-1/${id}`);
    expect((await acl(`us-east-1/${id}`, version)).status).toBe(304);
    await addEntry(aws, deny(id, 7));
    const answer = await acl(`us-east-1/${id}`, version);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as EnforcedNetworkAcl).version).not.toBe(version);
  });

  it('is of one region only', async () => {
    const { aws, acl } = await prepared();
    const id = await newAcl(aws);
    for (const path of ['us-east-1/nonsense', `eu-central-1/${id}`])
      expect((await acl(path)).status).toBe(404);
  });
});

describe('the quota of network ACL rules', () => {
  it('is raised to forty, no more, and stays so after a restart', async () => {
    const before = await prepared();
    const id = await newAcl(before.aws);
    expect((await before.setQuotas({ networkAclRules: 41 })).status).toBe(400);
    expect((await before.setQuotas({ networkAclRules: 0 })).status).toBe(400);
    expect(await (await before.setQuotas({ networkAclRules: 40 })).json()).toEqual({ networkAclRules: 40 });
    await before.running.stop();

    const { aws } = await prepared(before.running.dir);
    for (let i = 1; i <= 39; i += 1) await addEntry(aws, deny(id, i));
    expect((await refusal(addEntry(aws, deny(id, 40)))).code).toBe('NetworkAclEntryLimitExceeded');
  });
});
