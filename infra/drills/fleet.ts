import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeInstancesCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import type { Account } from './cloud.ts';
import { Machine } from './machine.ts';
import type { Player, Simulation } from './simulation.ts';
import type { Story } from './story.ts';

/** From when EC2 says that an instance runs until its user data does. */
const BOOT_MS = 20_000;
/** For longer than anybody waits. */
const HANGS_MS = 86_400_000;

/** A machine for each instance that runs, with the volumes that are attached to it. */
export class Fleet implements Player {
  readonly machines = new Map<string, Machine>();
  /** What becomes of the next installations of packages; those after them succeed. */
  readonly installations: ('fails' | 'hangs')[] = [];
  readonly #account: Account;
  readonly #simulation: Simulation;
  readonly #story: Story;
  readonly #dir = mkdtempSync(join(tmpdir(), 'drill-'));
  readonly #server: Server;
  readonly #failed = new Set<string>();
  readonly #lostZones = new Set<string>();

  constructor(account: Account, simulation: Simulation, story: Story) {
    this.#account = account;
    this.#simulation = simulation;
    this.#story = story;
    this.#server = createServer((request, response) => {
      void this.#answer(request.url ?? '').then(([status, text]) => response.writeHead(status).end(text));
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    for (const machine of this.machines.values()) machine.die();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Those that are not cut off. */
  get alive(): Machine[] {
    return [...this.machines.values()].filter(({ isAlive }) => isAlive);
  }

  /** It hangs: EC2 still says that it runs, and its checks fail. */
  async hang(id: string): Promise<void> {
    this.#failed.add(id);
    this.machines.get(id)?.die();
    await this.#account.control.failInstance(id);
    this.#simulation.touch();
  }

  async loseZone(zone: string): Promise<void> {
    this.#lostZones.add(zone);
    for (const machine of this.machines.values()) if (machine.zone === zone) machine.die();
    await this.#account.control.loseZone(zone);
    this.#simulation.touch();
  }

  async restoreZone(zone: string): Promise<void> {
    this.#lostZones.delete(zone);
    await this.#account.control.restoreZone(zone);
    this.#simulation.touch();
  }

  async round(): Promise<void> {
    const { ec2 } = this.#account;
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    for (const { InstanceId = '', State, Placement } of Reservations.flatMap(
      ({ Instances = [] }) => Instances,
    )) {
      const zone = Placement?.AvailabilityZone ?? '';
      const runs = State?.Name === 'running';
      const known = this.machines.get(InstanceId);
      if (known === undefined && runs && !this.#lostZones.has(zone)) await this.#start(InstanceId, zone);
      if (known?.isAlive === true && !runs) {
        this.#story.tell(`${InstanceId} is ${State?.Name}`);
        known.die();
      }
    }
    await this.#plug();
  }

  async #start(id: string, zone: string): Promise<void> {
    const { control, endpoint } = this.#account;
    const { port } = this.#server.address() as AddressInfo;
    const machine = new Machine({
      id,
      zone,
      userData: await userDataOf(control.imdsOf(id)),
      dir: join(this.#dir, id),
      simulation: this.#simulation,
      drill: `http://127.0.0.1:${port}`,
      aws: endpoint,
      imds: control.imdsOf(id),
      tell: (what) => {
        this.#story.tell(what);
        this.#simulation.touch();
      },
    });
    this.machines.set(id, machine);
    this.#story.tell(`${id} starts in ${zone}`);
    void this.#simulation.wait(BOOT_MS).then(() => {
      if (machine.isAlive) machine.boot();
    });
  }

  /** Devices appear and disappear with attachments. */
  async #plug(): Promise<void> {
    const { Volumes = [] } = await this.#account.ec2.send(new DescribeVolumesCommand({}));
    const attached = Volumes.flatMap(({ VolumeId = '', Attachments = [] }) =>
      Attachments.filter(
        ({ State }) => State === 'attached' || State === 'busy' || State === 'detaching',
      ).map(({ InstanceId = '', Device = '' }) => ({ VolumeId, InstanceId, Device })),
    );
    for (const machine of this.alive) {
      const own = attached.filter(({ InstanceId }) => InstanceId === machine.id);
      for (const { Device, VolumeId } of own) {
        if (machine.devices.has(Device)) continue;
        machine.attach(Device, VolumeId);
        this.#story.tell(`${machine.id} has ${VolumeId}`);
      }
      for (const device of machine.devices.keys())
        if (!own.some(({ Device }) => Device === device)) machine.detach(device);
    }
  }

  /** What shims ask: /{process}/{verb}/{argument}?device=… */
  async #answer(url: string): Promise<[status: number, text: string]> {
    const { pathname, searchParams } = new URL(url, 'http://drill');
    const [, process = '', verb = '', argument = ''] = pathname.split('/');
    const machine = this.alive.find((one) => one.owns(process));
    if (machine === undefined) return [410, 'it is cut off'];
    const { control } = this.#account;
    const device = (searchParams.get('device') ?? '').replace(machine.dir, '');
    const volumeId = machine.devices.get(device);
    switch (verb) {
      case 'sleep':
        return (await machine.sleep(process, Number(argument) * 1_000)) ? [200, ''] : [410, 'it is cut off'];
      case 'install': {
        const [next] = this.installations.splice(0, 1);
        if (next !== undefined) this.#story.tell(`${machine.id}: its start ${next}`);
        if (next === 'hangs') await machine.sleep(process, HANGS_MS);
        return next === undefined ? [200, ''] : [500, next];
      }
      case 'start':
        machine.start(argument);
        return [200, ''];
      case 'stop':
        machine.stop(argument);
        return [200, ''];
      case 'volume':
        if (volumeId === undefined) return [404, `there is nothing at ${device}`];
        return [200, (await control.volume(volumeId)).directory];
      case 'mount':
        if (volumeId === undefined) return [404, `there is nothing at ${device}`];
        await control.mount(volumeId);
        machine.mounted = volumeId;
        return [200, ''];
      case 'unmount': {
        if (machine.mounted === undefined) return [404, 'nothing is mounted'];
        // Programs of packages write to it as long as they run.
        if ([...machine.units].some((unit) => !unit.includes('.'))) return [409, 'target is busy'];
        await control.unmount(machine.mounted);
        machine.mounted = undefined;
        this.#simulation.touch();
        return [200, ''];
      }
      default:
        return [400, `the drill knows no ${verb}`];
    }
  }
}

/** As cloud-init gets it. */
async function userDataOf(imds: string): Promise<string> {
  const token = await fetch(`${imds}/latest/api/token`, {
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  const answer = await fetch(`${imds}/latest/user-data`, {
    headers: { 'X-aws-ec2-metadata-token': await token.text() },
  });
  if (!answer.ok) throw new Error(`${imds} has no user data: ${answer.status}`);
  return answer.text();
}
