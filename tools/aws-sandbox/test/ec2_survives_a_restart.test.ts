import { expect, it } from 'vitest';
import { openState } from '../src/state.ts';
import { newSubnet, newVpc } from './contract/ec2.ts';
import {
  addEntry,
  defaultAcl,
  deny,
  entriesOf,
  moveSubnet,
  newAcl,
  readAcl,
} from './contract/network-acls.ts';
import { authorize, defaultGroup, fromMany, newGroup, readGroup } from './contract/security-groups.ts';
import { startWithEc2 } from './ec2.ts';

it('keeps network ACLs and security groups', async () => {
  const before = await startWithEc2();
  const vpc = await newVpc(before.aws);
  const [subnet, acl, group] = [
    await newSubnet(before.aws, vpc),
    await newAcl(before.aws, vpc),
    await newGroup(before.aws, vpc),
  ];
  await moveSubnet(before.aws, subnet, acl);
  await addEntry(before.aws, deny(acl, 7));
  await authorize(before.aws, group, fromMany(2));
  const made = [
    await readAcl(before.aws, acl),
    await defaultAcl(before.aws, vpc),
    await readGroup(before.aws, group),
  ];
  await before.running.stop();

  const { aws } = await startWithEc2(before.running.dir);
  expect([await readAcl(aws, acl), await defaultAcl(aws, vpc), await readGroup(aws, group)]).toEqual(made);
});

it('gives VPCs from before there were network ACLs and security groups their default ones', async () => {
  const before = await startWithEc2();
  const vpc = await newVpc(before.aws);
  const SubnetId = await newSubnet(before.aws, vpc);
  await before.running.stop();
  const db = openState(before.running.dir);
  db.exec("DELETE FROM ec2_items WHERE kind IN ('networkacl', 'group', 'grouprule')");
  db.close();

  const { aws } = await startWithEc2(before.running.dir);
  const acl = await defaultAcl(aws, vpc);
  expect(acl.Associations).toMatchObject([{ SubnetId }]);
  expect(entriesOf(acl, false)[0]).toEqual([100, 'allow', '0.0.0.0/0']);
  expect(await defaultGroup(aws, vpc)).toMatchObject({ GroupName: 'default' });
});
