import {
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Scene } from './drill.ts';

/** The machine that serves now. */
export function serving({ clients }: Scene): { id: string; zone: string } {
  if (clients.server === undefined) throw new Error('nobody serves');
  return clients.server;
}

/** Somebody ends the instance that serves, or AWS does. */
export async function kill(scene: Scene): Promise<void> {
  const { id } = serving(scene);
  scene.story.disaster(`${id} is killed`);
  scene.clients.server?.die();
  await scene.account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  scene.simulation.touch();
}

/** The instance that serves does nothing any more, and EC2 says that it runs. */
export async function hang(scene: Scene): Promise<void> {
  const { id } = serving(scene);
  scene.story.disaster(`${id} hangs`);
  await scene.fleet.hang(id);
}

export async function loseZone(scene: Scene): Promise<string> {
  const { zone } = serving(scene);
  scene.story.disaster(`${zone} is lost`);
  await scene.fleet.loseZone(zone);
  return zone;
}

/** Until another one serves than before. */
export function anotherServes({ clients, simulation }: Scene, before: string): Promise<void> {
  return simulation.until('another instance serves', () => clients.isServed && clients.server?.id !== before);
}

/** Somebody who is not of the architecture, and serves nobody. */
export async function startStranger({ account, simulation }: Scene): Promise<string> {
  const { Instances = [] } = await account.ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-00000000000000002',
      InstanceType: 't4g.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: account.subnetIds[0],
      UserData: Buffer.from('#!/bin/bash\n').toString('base64'),
    }),
  );
  simulation.touch();
  await simulation.pass(60_000);
  return Instances[0]?.InstanceId ?? '';
}

export async function endStranger({ account, simulation }: Scene, id: string): Promise<void> {
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  simulation.touch();
}

/** Gives the address to an instance, or takes it from whoever has it. */
export async function giveAddress({ account, simulation, story }: Scene, InstanceId?: string): Promise<void> {
  const { Addresses = [] } = await account.ec2.send(new DescribeAddressesCommand({}));
  const { AllocationId, AssociationId } = Addresses[0] ?? {};
  story.tell(`somebody gives the address to ${InstanceId ?? 'nobody'}`);
  await account.ec2.send(
    InstanceId === undefined
      ? new DisassociateAddressCommand({ AssociationId })
      : new AssociateAddressCommand({ AllocationId, InstanceId, AllowReassociation: true }),
  );
  simulation.touch();
}

export async function holderOf({ account }: Scene): Promise<string | undefined> {
  const { Addresses = [] } = await account.ec2.send(new DescribeAddressesCommand({}));
  return Addresses[0]?.InstanceId;
}
