import { EC2Client } from '@aws-sdk/client-ec2';
import { modelOfExample } from '../all-models.ts';
import { createHandler } from '../architectures/elastic-ip-failover/handler.ts';
import { byAddress } from './address.ts';
import { Executioner, type Death } from './crash.ts';
import { anotherServes, giveAddress, hang, kill, loseZone, serving } from './disasters.ts';
import { drill, type Architecture } from './drill.ts';
import type { Drills } from './report.ts';

function architecture(death?: Death): Architecture {
  const executioner = new Executioner();
  executioner.sentence(death);
  return {
    model: modelOfExample('elastic-ip-failover'),
    reach: byAddress(),
    invoke: ({ account, story, deployed: { environment } }) => {
      const ec2 = new EC2Client(account.settings);
      const { ALLOCATION_ID: allocationId = '', INSTANCE_IDS = '' } = environment;
      const handler = createHandler(ec2, { allocationId, instanceIds: INSTANCE_IDS.split(',') }, (line) => {
        const { event, why } = line as { event: string; why?: string };
        if (event !== 'stay') story.tell(`the function: ${event}${why === undefined ? '' : ` (${why})`}`);
      });
      return executioner.run([ec2], handler).finally(() => ec2.destroy());
    },
  };
}

/** Of the architecture elastic-ip-failover. */
export const ELASTIC_IP: Drills = {
  'the instance is killed': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await kill(scene);
      await anotherServes(scene, id);
    }),

  'the instance hangs': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await hang(scene);
      await anotherServes(scene, id);
    }),

  'its zone is lost': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await loseZone(scene);
      await anotherServes(scene, id);
    }),

  'the other instance refuses the address twice': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await scene.account.control.fault({ kind: 'error', operation: 'ec2:AssociateAddress', times: 6 });
      await kill(scene);
      await anotherServes(scene, id);
    }),

  'three call it at once, and somebody gives the address back to the one that hangs': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await hang(scene);
      for (let n = 0; n < 3; n += 1) scene.lambda.call();
      await anotherServes(scene, id);
      await giveAddress(scene, id);
      await scene.simulation.until('it is gone', () => !scene.clients.isServed);
      await anotherServes(scene, id);
    }),

  // The first write gives the address to the first instance: the second is the failover.
  'the function dies before it moves the address': (name) =>
    drill(name, architecture({ atWrite: 2, when: 'before' }), async (scene) => {
      const { id } = serving(scene);
      await kill(scene);
      await anotherServes(scene, id);
    }),

  'the function dies before it hears that the address has moved': (name) =>
    drill(name, architecture({ atWrite: 2, when: 'after' }), async (scene) => {
      const { id } = serving(scene);
      await kill(scene);
      await anotherServes(scene, id);
    }),
};
