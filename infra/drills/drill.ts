import type { Model } from '../model.ts';
import { Alarms } from './alarms.ts';
import { Clients } from './clients.ts';
import { openAccount, type Account } from './cloud.ts';
import { deploy, type Deployed } from './deploy.ts';
import { Fleet } from './fleet.ts';
import { Lambda } from './lambda.ts';
import type { Machine } from './machine.ts';
import type { Report } from './report.ts';
import { Simulation } from './simulation.ts';
import { Story } from './story.ts';

/** AWS, and what runs there. */
export interface Stage {
  account: Account;
  simulation: Simulation;
  story: Story;
  fleet: Fleet;
  deployed: Deployed;
}

/** What a disaster is played with. */
export interface Scene extends Stage {
  clients: Clients;
  /** Of an architecture that has no function: one that nobody calls. */
  lambda: Lambda;
}

export interface Architecture {
  /** What is deployed. */
  model: Model;
  /** The machine that clients get to and that serves, if there is one. */
  reach: (stage: Stage) => Promise<Machine | undefined>;
  /** What clients write to, if they do. */
  file?: string;
  /** What the function does when it is called. */
  invoke?: (stage: Stage) => Promise<unknown>;
}

/** All is well for so long. */
const BEFORE_MS = 30_000;
/** What is watched after the disaster, so that it stays well. */
const AFTERWARDS_MS = 65_000;

/** Deploys, waits until clients are served, plays a disaster, and reports. */
export async function drill(
  name: string,
  architecture: Architecture,
  play: (scene: Scene) => Promise<void>,
): Promise<Report> {
  const { model, reach, file, invoke } = architecture;
  const account = await openAccount();
  const simulation = new Simulation(account.control);
  const story = new Story(simulation);
  const fleet = new Fleet(account, simulation, story);
  const alarms = new Alarms(account, simulation);
  await fleet.open();
  const closing: { close(): unknown }[] = [account, fleet, alarms];
  try {
    const deployed = await deploy(model, account);
    const stage: Stage = { account, simulation, story, fleet, deployed };
    const clients = new Clients(simulation, () => reach(stage), file);
    const lambda = new Lambda({
      simulation,
      story,
      sqs: account.sqs,
      ...deployed,
      invoke: () => invoke?.(stage) ?? Promise.resolve(),
    });
    closing.push(clients, lambda);
    alarms.watch(model, deployed, () => {
      story.tell('an alarm goes off');
      lambda.call();
    });
    simulation.players.push(fleet, clients, lambda);
    await simulation.until('the first service', () => clients.isServed, { withinMs: 1_800_000 });
    await simulation.pass(BEFORE_MS);
    clients.count();
    await play({ ...stage, clients, lambda });
    await simulation.until('service again', () => clients.isServed, { withinMs: 7_200_000 });
    await simulation.pass(AFTERWARDS_MS);
    if (clients.server === undefined) throw new Error('the service did not last');
    return {
      name,
      timeline: story.timeline(),
      withoutService: clients.withoutServiceMs / 1_000,
      acknowledged: clients.acknowledged.length,
      lost: clients.lostOn(clients.server).length,
    };
  } catch (error) {
    throw new Error(told(name, error as Error, story, fleet), { cause: error });
  } finally {
    for (const one of closing.toReversed()) await one.close();
  }
}

/** All that is known, when a drill does not go as it should. */
function told(name: string, { message }: Error, story: Story, { machines }: Fleet): string {
  return [
    `${name}: ${message}`,
    ...story.timeline().map(({ second, what }) => `${second.toFixed(1)} s  ${what}`),
    ...[...machines.values()].map((one) => `${one.id} wrote:\n${one.console}`),
  ].join('\n');
}
