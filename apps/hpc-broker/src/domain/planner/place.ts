import type { PlanRule } from '@groundwork/contracts';
import type { Services } from '../catalogue/services.ts';
import type { Candidate } from './candidates.ts';
import type { Need } from './need.ts';
import { num, plural } from './span.ts';

/** How a job is spread over the machines of a candidate. */
export interface Placing {
  /** Machines at the same time. */
  instances: number;
  /** Elements or nodes that share one. */
  perInstance: number;
  /** Elements or nodes at the same time. */
  together: number;
  /** How often all places are filled until an array is through. */
  rounds: number;
  /** MPI ranks that take turns on each core: 1, or more where they share them. */
  ranksPerCore: number;
}

interface Machine {
  cores: number;
  memoryMib: number;
  gpus: number;
}

/** Where it does not fit, every reason why. */
export function place(need: Need, candidate: Candidate, services: Services): Placing | PlanRule[] {
  const machine = machineOf(candidate, services);
  if (sharesCores(need, machine, candidate)) return crowded(need, machine, candidate);
  const lacks = shortages(need, machine, candidate);
  if (lacks.length > 0) return lacks;
  const most = machinesOf(candidate);
  const perInstance = perMachine(need, machine, candidate);
  const room = most * perInstance;
  if (room < 1 || (need.isGang && room < need.count)) {
    const { engine } = candidate;
    const asked = need.isGang
      ? `${plural(need.count, 'node')} of ${plural(machine.cores, 'core')}`
      : plural(machine.cores, 'core');
    return [
      {
        code: 'engine_too_small',
        message: `${engine.name} has ${plural(engine.cores, 'core')} in all: not ${asked} at the same time`,
        source: `capacity of ${engine.name}`,
      },
    ];
  }
  const together = Math.min(need.atOnce, room);
  return {
    instances: Math.ceil(together / perInstance),
    perInstance: Math.min(perInstance, together),
    together,
    rounds: Math.ceil(need.count / together),
    ranksPerCore: 1,
  };
}

/** MPI that is larger than the one machine there is. */
function sharesCores(need: Need, machine: Machine, { type, engine }: Candidate): boolean {
  const isAlone = type === undefined && (engine.nodes ?? 1) === 1;
  return isAlone && engine.sharesCores === true && need.isMpi && need.count * need.cores > machine.cores;
}

/** All nodes on one machine: memory and GPUs cannot be shared, cores can. */
function crowded(need: Need, machine: Machine, candidate: Candidate): Placing | PlanRule[] {
  const { count, cores, memoryMib } = need;
  const all: Need = {
    ...need,
    cores: 1,
    gpus: need.gpus * count,
    memoryMib: memoryMib === undefined ? undefined : memoryMib * count,
  };
  const lacks = shortages(all, machine, candidate);
  if (lacks.length > 0) return lacks;
  const ranksPerCore = (count * cores) / machine.cores;
  return { instances: 1, perInstance: count, together: count, rounds: 1, ranksPerCore };
}

function machineOf({ type, engine }: Candidate, { usableMemory }: Services): Machine {
  if (type !== undefined) {
    return { ...type, memoryMib: Math.floor(type.memoryMib * usableMemory.share) };
  }
  const nodes = engine.nodes ?? 1;
  return {
    cores: Math.floor(engine.cores / nodes),
    memoryMib: Math.floor(engine.memoryMiB / nodes),
    gpus: Math.floor(engine.gpus / nodes),
  };
}

function machinesOf({ type, engine }: Candidate): number {
  return type === undefined ? (engine.nodes ?? 1) : Math.floor(engine.cores / type.cores);
}

function perMachine(need: Need, machine: Machine, { type, engine }: Candidate): number {
  // A node of a gang gets a machine; only where there is but one, they share it.
  if (need.isGang && (type !== undefined || (engine.nodes ?? 1) > 1)) return 1;
  const fits = [machine.cores / need.cores];
  if (need.memoryMib !== undefined) fits.push(machine.memoryMib / need.memoryMib);
  if (need.gpus > 0) fits.push(machine.gpus / need.gpus);
  return Math.floor(Math.min(...fits));
}

function shortages(need: Need, machine: Machine, { type, engine }: Candidate): PlanRule[] {
  const who = type?.type ?? `a node of ${engine.name}`;
  const source = type === undefined ? `capacity of ${engine.name}` : 'EC2 DescribeInstanceTypes';
  const tell = (code: string, message: string): PlanRule => ({ code, message, source });
  const rules: PlanRule[] = [];
  if (machine.cores < need.cores) {
    rules.push(
      tell('too_few_cores', `${who} has ${plural(machine.cores, 'core')}, and ${asked(need.cores)}`),
    );
  }
  if (need.memoryMib !== undefined && machine.memoryMib < need.memoryMib) {
    const [has, wanted] = [machine.memoryMib, need.memoryMib].map((mib) => num(mib / 1_024));
    rules.push(
      tell('too_little_memory', `${who} has ${has} GiB of memory for jobs, and ${wanted} are asked for`),
    );
  }
  if (machine.gpus < need.gpus) {
    rules.push(tell('too_few_gpus', `${who} has ${plural(machine.gpus, 'GPU')}, and ${asked(need.gpus)}`));
  }
  if (type !== undefined && type.gpus > 0 && need.gpus === 0) {
    rules.push(tell('gpu_not_needed', `${who} has GPUs, and none is asked for`));
  }
  if (type !== undefined && need.arch !== undefined && type.arch !== need.arch) {
    rules.push(tell('other_architecture', `${who} is ${type.arch}, and ${need.arch} is asked for`));
  }
  return rules;
}

const asked = (count: number): string => `${num(count)} ${count === 1 ? 'is' : 'are'} asked for`;
