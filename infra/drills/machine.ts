import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binDirectory } from './aws-cli.ts';
import type { Simulation } from './simulation.ts';

export interface MachineOptions {
  id: string;
  zone: string;
  /** Bash. */
  userData: string;
  /** What is `/` to it. */
  dir: string;
  simulation: Simulation;
  /** Where the shims ask, and AWS and the metadata of this instance are. */
  drill: string;
  aws: string;
  imds: string;
  tell: (what: string) => void;
}

/** Of a root process: it works, or sleeps on the clock of the drill, or has ended. */
interface Process {
  child: ChildProcess;
  state: 'working' | 'sleeping' | 'ended';
  /** What it does changes nothing in AWS, as a rule. */
  isQuiet: boolean;
}

const SHIMS = fileURLToPath(new URL('shims', import.meta.url));
let processes = 0;

/** An instance, as far as software sees it: runs its user data and its units, for real, in a directory of its own. */
export class Machine {
  readonly id: string;
  readonly zone: string;
  /** Units that run; those of packages only have a name. */
  readonly units = new Set<string>();
  /** Volumes by the device that they are attached at. */
  readonly devices = new Map<string, string>();
  /** Of the volume that is mounted, if there is one. */
  mounted: string | undefined;
  /** All that its programs have written. */
  console = '';
  isAlive = true;
  readonly #options: MachineOptions;
  readonly #processes = new Map<string, Process>();
  readonly #ofUnit = new Map<string, string>();

  constructor(options: MachineOptions) {
    this.#options = options;
    this.id = options.id;
    this.zone = options.zone;
    for (const name of ['usr', 'etc', 'dev', 'var']) mkdirSync(join(options.dir, name), { recursive: true });
  }

  get dir(): string {
    return this.#options.dir;
  }

  boot(): void {
    const file = join(this.dir, 'var/user-data');
    writeFileSync(file, this.#options.userData);
    this.#run(['/bin/bash', file]);
  }

  owns(process: string): boolean {
    return this.#processes.has(process);
  }

  /** Until so many ms of the drill have passed; false when it has ended meanwhile. */
  async sleep(process: string, ms: number): Promise<boolean> {
    const own = this.#processes.get(process);
    if (own === undefined || own.state !== 'working') return false;
    own.state = 'sleeping';
    this.#options.simulation.end(own.isQuiet);
    await this.#options.simulation.wait(ms);
    // It may have been killed.
    if (!isStill(own, 'sleeping')) return false;
    own.state = 'working';
    this.#options.simulation.begin(own.isQuiet);
    return true;
  }

  /** Of systemd. A timer starts the service of its name. */
  start(unit: string): void {
    if (this.units.has(unit)) return;
    this.units.add(unit);
    const text = this.#unitFile(unit);
    if (text === undefined) return this.#options.tell(`${this.id}: ${unit} serves`);
    if (unit.endsWith('.timer'))
      return void this.#every(unit, Number(valueIn(text, 'OnUnitActiveSec')) * 1_000);
    this.#ofUnit.set(unit, this.#run(...commandOf(text, this.dir), true));
  }

  stop(unit: string): void {
    this.units.delete(unit);
    const process = this.#ofUnit.get(unit);
    if (process !== undefined) this.#kill(process);
    this.#options.tell(`${this.id}: ${unit} is stopped`);
  }

  attach(device: string, volumeId: string): void {
    this.devices.set(device, volumeId);
    const file = join(this.dir, device);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, volumeId);
  }

  detach(device: string): void {
    if (this.devices.get(device) === this.mounted) this.mounted = undefined;
    this.devices.delete(device);
    rmSync(join(this.dir, device), { force: true });
  }

  /** As when the power is cut. */
  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.units.clear();
    for (const process of this.#processes.keys()) this.#kill(process);
  }

  #unitFile(unit: string): string | undefined {
    const file = join(this.dir, 'etc/systemd/system', unit);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  async #every(timer: string, ms: number): Promise<void> {
    const service = timer.replace(/\.timer$/, '.service');
    for (;;) {
      await this.#options.simulation.wait(ms);
      if (!this.isAlive || !this.units.has(timer)) return;
      this.#run(...commandOf(this.#unitFile(service) ?? '', this.dir), false);
    }
  }

  #run(command: readonly string[], environment: Record<string, string> = {}, isQuiet = false): string {
    const { simulation, drill, aws, imds } = this.#options;
    processes += 1;
    const name = `process-${processes}`;
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      cwd: this.dir,
      env: {
        // The AWS CLI is real; what would change this machine is not.
        PATH: `${SHIMS}:${binDirectory()}:/usr/bin:/bin`,
        HOME: this.dir,
        DESTDIR: this.dir,
        DRILL: drill,
        DRILL_PROCESS: name,
        AWS_ENDPOINT_URL: aws,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: imds,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const own: Process = { child, state: 'working', isQuiet };
    this.#processes.set(name, own);
    simulation.begin(isQuiet);
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.console += text));
    child.once('close', () => this.#ended(own));
    return name;
  }

  #ended(own: Process): void {
    if (own.state === 'working') this.#options.simulation.end(own.isQuiet);
    own.state = 'ended';
  }

  #kill(name: string): void {
    const own = this.#processes.get(name);
    if (own === undefined || own.child.exitCode !== null) return;
    this.#ended(own);
    try {
      process.kill(-(own.child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

const valueIn = (unit: string, name: string): string | undefined =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

/** What a unit runs, and with which environment. */
function commandOf(unit: string, dir: string): [string[], Record<string, string>] {
  const [file = '', ...args] = (valueIn(unit, 'ExecStart') ?? '').split(' ');
  const settings = (valueIn(unit, 'Environment') ?? '').split(' ').filter((one) => one !== '');
  return [
    ['/bin/bash', join(dir, file), ...args],
    Object.fromEntries(
      settings.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    ),
  ];
}

/** Asked again after a while, which the compiler does not see. */
const isStill = ({ state }: Process, expected: Process['state']): boolean => state === expected;
