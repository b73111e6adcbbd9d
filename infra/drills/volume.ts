import { AutoScalingClient, TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { Duration } from 'aws-cdk-lib';
import { SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { modelOf } from '../all-models.ts';
import { exampleStack, exampleVpc } from '../architectures/example-stack.ts';
import type { Step } from '../architectures/one-instance-with-volume/step.ts';
import { createHandler } from '../architectures/one-instance-with-volume/handler.ts';
import { OneInstanceWithVolume } from '../architectures/one-instance-with-volume/index.ts';
import type { Model } from '../model.ts';
import { Executioner, type Death } from './crash.ts';
import { anotherServes, hang, kill, loseZone, serving } from './disasters.ts';
import { drill, type Architecture, type Scene, type Stage } from './drill.ts';
import type { Machine } from './machine.ts';
import type { Drills, Report } from './report.ts';

/** The architecture, with a program that writes down what it is told: a ledger. Its times are shorter than the default. */
function model(): Model {
  return modelOf((app) => {
    const stack = exampleStack(new Construct(app, 'example'), 'ledger', 'A ledger');
    const vpc = exampleVpc(stack, { natGateways: 2 });
    new OneInstanceWithVolume(stack, 'ledger', {
      vpc,
      subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroup: new SecurityGroup(stack, 'group', { vpc }),
      associatePublicIpAddress: false,
      volume: { sizeGib: 20, mount: '/data', snapshotEvery: Duration.minutes(5) },
      startWithin: Duration.minutes(5),
      startService: ['dnf install -y ledger', 'systemctl enable --now ledger'],
      stopService: ['systemctl stop ledger'],
    });
  });
}

/** Two that write at once would be the end of the ledger. */
async function theOnlyLedger({ fleet }: Stage): Promise<Machine | undefined> {
  const writing = fleet.alive.filter(({ units, mounted }) => units.has('ledger') && mounted !== undefined);
  if (writing.length > 1) throw new Error(`${writing.map(({ id }) => id).join(' and ')} write at once`);
  return writing[0];
}

function architecture(executioner = new Executioner()): Architecture {
  return {
    model: model(),
    reach: theOnlyLedger,
    file: 'data/ledger',
    invoke: ({ account, simulation, story, deployed: { environment } }) => {
      const ec2 = new EC2Client(account.settings);
      const autoScaling = new AutoScalingClient(account.settings);
      const handler = createHandler({ ec2, autoScaling }, environment, {
        clock: { now: () => new Date(simulation.now), sleep: (ms) => simulation.sleep(ms) },
        log: (line) => {
          const step = line as Step;
          if (step.do !== 'nothing')
            story.tell(`the function: ${'do' in step ? `${step.do} ` : ''}(${step.why})`);
        },
      });
      return executioner.run([ec2, autoScaling], handler).finally(() => {
        ec2.destroy();
        autoScaling.destroy();
      });
    },
  };
}

/** As when a new image is rolled out. */
async function replace(scene: Scene): Promise<void> {
  const { id } = serving(scene);
  scene.story.disaster(`${id} is to be replaced`);
  await scene.account.autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: id, ShouldDecrementDesiredCapacity: false }),
  );
  scene.simulation.touch();
}

/** There is no room in a zone, so that the next instance comes in the other one. */
async function isFull(scene: Scene): Promise<void> {
  const { zone } = serving(scene);
  scene.story.tell(`${zone} has no room for further instances`);
  await scene.account.control.refuseCapacity({ zone });
}

/** Of the architecture one-instance-with-volume. */
export const VOLUME: Drills = {
  'the instance is replaced': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await replace(scene);
      await anotherServes(scene, id);
    }),

  'the instance is replaced, and goes to the other zone': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await isFull(scene);
      await replace(scene);
      await anotherServes(scene, id);
    }),

  'the instance is killed': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await kill(scene);
      await anotherServes(scene, id);
    }),

  'the instance hangs, and the next one goes to the other zone': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await isFull(scene);
      await hang(scene);
      await anotherServes(scene, id);
    }),

  // What was written after the last snapshot is in a zone that nobody reaches: it is kept there, and told as lost.
  'its zone is lost, and comes back': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await scene.simulation.pass(7 * 60_000);
      const zone = await loseZone(scene);
      await anotherServes(scene, id);
      await scene.fleet.restoreZone(zone);
      scene.story.tell(`${zone} is back`);
      await scene.simulation.pass(2 * 60_000);
    }),

  'nobody calls the function until both hooks are over': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      scene.lambda.isDown = true;
      await replace(scene);
      await scene.simulation.pass(12 * 60_000);
      scene.lambda.isDown = false;
      scene.story.tell('the function can be called again');
      await anotherServes(scene, id);
    }),

  'the volume is refused three times': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await scene.account.control.fault({ kind: 'error', operation: 'ec2:AttachVolume', times: 9 });
      await replace(scene);
      await anotherServes(scene, id);
    }),

  'five call the function at once, all the time': (name) =>
    drill(name, architecture(), async (scene) => {
      const { id } = serving(scene);
      await isFull(scene);
      await replace(scene);
      const { simulation, lambda, clients } = scene;
      while (!clients.isServed || clients.server?.id === id) {
        for (let n = 0; n < 5; n += 1) lambda.call();
        await simulation.pass(20_000);
      }
    }),

  'the function dies before each of its writes': (name) => dyingAtEach(name, 'before'),
  'the function dies before it hears of each of its writes': (name) => dyingAtEach(name, 'after'),
};

/** As many moves from zone to zone as one move has writes. */
function dyingAtEach(name: string, when: Death['when']): Promise<Report> {
  const executioner = new Executioner();
  return drill(name, architecture(executioner), async (scene) => {
    const move = async (): Promise<void> => {
      const { id } = serving(scene);
      await isFull(scene);
      await replace(scene);
      await anotherServes(scene, id);
      await scene.account.control.clearFaults();
      // Its first snapshot is part of the move.
      await scene.simulation.pass(10_000);
    };
    await scene.account.control.set({ snapshotMs: 10_000 });
    const before = executioner.writes;
    await move();
    const count = executioner.writes - before;
    for (let atWrite = 1; atWrite <= count; atWrite += 1) {
      executioner.sentence({ atWrite, when });
      await move();
    }
  });
}
