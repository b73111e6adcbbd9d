import { DescribeNetworkAclsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { refusal } from './contract/helpers.ts';
import { addEntry, deny, newAcl } from './contract/network-acls.ts';
import { startWithEc2 } from './ec2.ts';

describe('faults of network ACLs', () => {
  it('throttle as EC2 does, and the entry is not made', async () => {
    const { running, aws } = await startWithEc2();
    const id = await newAcl(aws);
    running.faults.add({ kind: 'throttle', operation: 'ec2:CreateNetworkAclEntry', times: 1 });
    expect(await refusal(addEntry(aws, deny(id, 7)))).toMatchObject({
      code: 'RequestLimitExceeded',
      status: 503,
    });
    await addEntry(aws, deny(id, 7));
  });

  it('lose the answer to an entry that was made', async () => {
    const { running, aws } = await startWithEc2();
    const id = await newAcl(aws);
    running.faults.add({ kind: 'lost-response', operation: 'ec2:CreateNetworkAclEntry', times: 1 });
    await expect(addEntry(aws, deny(id, 7))).rejects.toThrow('socket hang up');
    expect((await refusal(addEntry(aws, deny(id, 7)))).code).toBe('NetworkAclEntryAlreadyExists');
  });

  it('strike reads too', async () => {
    const { running, aws } = await startWithEc2();
    running.faults.add({ kind: 'error', operation: 'ec2:DescribeNetworkAcls' });
    const read = aws.ec2.send(new DescribeNetworkAclsCommand({}));
    expect(await refusal(read)).toMatchObject({ code: 'InternalError', status: 500 });
  });
});
