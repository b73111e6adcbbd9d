import { modelOfExample } from '../all-models.ts';
import { byAddress } from './address.ts';
import {
  anotherServes,
  endStranger,
  giveAddress,
  hang,
  holderOf,
  kill,
  loseZone,
  serving,
  startStranger,
} from './disasters.ts';
import { drill, type Architecture } from './drill.ts';
import type { Drills } from './report.ts';

const architecture = (): Architecture => ({ model: modelOfExample('one-instance'), reach: byAddress() });

/** Of the architecture one-instance. */
export const ONE_INSTANCE: Drills = {
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

  'the address is refused four times': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await scene.account.control.fault({ kind: 'error', operation: 'ec2:AssociateAddress', times: 4 });
      await kill(scene);
      await anotherServes(scene, id);
    }),

  'somebody else takes the address while it is taken': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      const stranger = await startStranger(scene);
      await kill(scene);
      const { simulation } = scene;
      await simulation.until('it has the address', async () => {
        const holder = await holderOf(scene);
        return holder !== undefined && holder !== id;
      });
      await giveAddress(scene, stranger);
      await simulation.pass(120_000);
      await endStranger(scene, stranger);
      await anotherServes(scene, id);
    }),

  'the address is taken away by hand': (name) =>
    drill(name, architecture(), async (scene) => {
      scene.story.disaster('the address is taken away');
      await giveAddress(scene);
      await scene.simulation.until('it is gone', () => !scene.clients.isServed);
    }),

  'the next instance cannot start, the one after it hangs until the hook is over': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      scene.fleet.installations.push('fails', 'hangs');
      await kill(scene);
      await anotherServes(scene, id);
    }),
};
