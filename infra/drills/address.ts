import { DescribeAddressesCommand } from '@aws-sdk/client-ec2';
import type { Stage } from './drill.ts';
import type { Machine } from './machine.ts';

/** The machine that the Elastic IP leads to, if the web server there runs. */
export function byAddress(): (stage: Stage) => Promise<Machine | undefined> {
  let before: string | undefined;
  return async ({ account, fleet, story }) => {
    const { Addresses = [] } = await account.ec2.send(new DescribeAddressesCommand({}));
    const id = Addresses[0]?.InstanceId;
    if (id !== before) story.tell(id === undefined ? 'nobody has the address' : `${id} has the address`);
    before = id;
    const holder = fleet.machines.get(id ?? '');
    return holder?.isAlive === true && holder.units.has('nginx') ? holder : undefined;
  };
}
