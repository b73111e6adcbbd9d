import {
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type AssociateAddressCommandInput,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { newElasticIp, readElasticIp } from './ec2.ts';
import { defined, refusal, unhurried } from './helpers.ts';
import { inState, launch, readInstance, runningInstance, subnetIn } from './instances.ts';

const associate = async (aws: Aws, input: AssociateAddressCommandInput): Promise<string> =>
  defined((await aws.ec2.send(new AssociateAddressCommand(input))).AssociationId, 'AssociationId');

async function addressesWith(aws: Aws, Name: string, value: string) {
  const Filters = [{ Name, Values: [value] }];
  const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({ Filters }));
  return Addresses.map(({ AllocationId }) => AllocationId);
}

export const describeAssociations: Suite = ({ target, test }) => {
  describe('Associations of Elastic IPs', () => {
    test('an Elastic IP is associated with an instance, and both say so', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const { id: AllocationId, ip } = await newElasticIp(aws);
      const AssociationId = await associate(aws, { AllocationId, InstanceId });
      const { PublicIpAddress, PrivateIpAddress, NetworkInterfaces } = await readInstance(aws, InstanceId);
      expect(PublicIpAddress).toBe(ip);
      const NetworkInterfaceId = defined(NetworkInterfaces?.[0]?.NetworkInterfaceId);
      expect(await readElasticIp(aws, AllocationId)).toMatchObject({
        AssociationId,
        InstanceId,
        NetworkInterfaceId,
        PrivateIpAddress,
      });
      const { NetworkInterfaces: [card] = [] } = await aws.ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [NetworkInterfaceId] }),
      );
      expect(card?.Association).toMatchObject({ PublicIp: ip, AllocationId, AssociationId });
    });

    test('an Elastic IP is associated with an interface', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const { NetworkInterfaces } = await readInstance(aws, InstanceId);
      const NetworkInterfaceId = defined(NetworkInterfaces?.[0]?.NetworkInterfaceId);
      const { id: AllocationId, ip } = await newElasticIp(aws);
      await associate(aws, { AllocationId, NetworkInterfaceId });
      expect((await readInstance(aws, InstanceId)).PublicIpAddress).toBe(ip);
    });

    test('an Elastic IP that is taken stays where it is, unless reassociation is allowed', async (aws) => {
      const subnet = await subnetIn(aws);
      const [first, second] = [await runningInstance(aws, subnet), await runningInstance(aws, subnet)];
      const { id: AllocationId, ip } = await newElasticIp(aws);
      const before = await associate(aws, { AllocationId, InstanceId: first });
      for (const option of [{}, { AllowReassociation: false }]) {
        const again = associate(aws, { AllocationId, InstanceId: second, ...option });
        expect((await refusal(again)).code).toBe('Resource.AlreadyAssociated');
      }
      const after = await associate(aws, { AllocationId, InstanceId: second, AllowReassociation: true });
      expect(after).not.toBe(before);
      expect((await readInstance(aws, second)).PublicIpAddress).toBe(ip);
      expect((await readInstance(aws, first)).PublicIpAddress).toBeUndefined();
    });

    test('to associate an Elastic IP where it is already changes nothing', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const { id: AllocationId, ip } = await newElasticIp(aws);
      await associate(aws, { AllocationId, InstanceId });
      await associate(aws, { AllocationId, InstanceId });
      expect(await readElasticIp(aws, AllocationId)).toMatchObject({ InstanceId, PublicIp: ip });
    });

    test('an instance that gets another Elastic IP loses the one that it had', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const [old, next] = [await newElasticIp(aws), await newElasticIp(aws)];
      await associate(aws, { AllocationId: old.id, InstanceId });
      await associate(aws, { AllocationId: next.id, InstanceId });
      expect((await readElasticIp(aws, old.id)).AssociationId).toBeUndefined();
      expect((await readInstance(aws, InstanceId)).PublicIpAddress).toBe(next.ip);
    });

    test('an instance that is pending takes no Elastic IP', async (aws) => {
      const subnet = await subnetIn(aws);
      const { InstanceId } = await unhurried({ ...aws, target }, () => launch(aws, subnet));
      const { id: AllocationId } = await newElasticIp(aws);
      const early = associate(aws, { AllocationId, InstanceId });
      expect((await refusal(early)).code).toBe('InvalidInstanceID');
    });

    test('an instance that has ended takes no Elastic IP', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
      await inState(aws, InstanceId, 'terminated');
      const { id: AllocationId } = await newElasticIp(aws);
      const late = associate(aws, { AllocationId, InstanceId });
      expect((await refusal(late)).code).toBe('InvalidInstanceID');
    });

    test('a stopped instance keeps its Elastic IP, a terminated one does not', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const { id: AllocationId } = await newElasticIp(aws);
      await associate(aws, { AllocationId, InstanceId });
      await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
      await inState(aws, InstanceId, 'stopped');
      expect(await readElasticIp(aws, AllocationId)).toMatchObject({ InstanceId });
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
      await inState(aws, InstanceId, 'terminated');
      expect((await readElasticIp(aws, AllocationId)).AssociationId).toBeUndefined();
    });

    test('an Elastic IP is disassociated, and then released', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const { id: AllocationId } = await newElasticIp(aws);
      const AssociationId = await associate(aws, { AllocationId, InstanceId });
      const release = () => aws.ec2.send(new ReleaseAddressCommand({ AllocationId }));
      expect((await refusal(release())).code).toBe('InvalidIPAddress.InUse');
      await aws.ec2.send(new DisassociateAddressCommand({ AssociationId }));
      expect((await readInstance(aws, InstanceId)).PublicIpAddress).toBeUndefined();
      await release();
      const gone = aws.ec2.send(new DisassociateAddressCommand({ AssociationId }));
      expect((await refusal(gone)).code).toBe('InvalidAssociationID.NotFound');
    });

    test('an Elastic IP is found by where it is', async (aws) => {
      const InstanceId = await runningInstance(aws, await subnetIn(aws));
      const { id: AllocationId } = await newElasticIp(aws);
      const AssociationId = await associate(aws, { AllocationId, InstanceId });
      const { NetworkInterfaceId } = await readElasticIp(aws, AllocationId);
      for (const [name, value] of [
        ['instance-id', InstanceId],
        ['association-id', AssociationId],
        ['network-interface-id', NetworkInterfaceId ?? ''],
      ] as const)
        expect([name, await addressesWith(aws, name, value)]).toEqual([name, [AllocationId]]);
    });

    test('an Elastic IP is not for an instance that does not exist', async (aws) => {
      const { id: AllocationId } = await newElasticIp(aws);
      const nowhere = associate(aws, { AllocationId, InstanceId: 'i-00000000000000000' });
      expect((await refusal(nowhere)).code).toBe('InvalidInstanceID.NotFound');
    });
  });
};
