import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobSpec } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import type { z } from 'zod';
import type { Ending, Engine, Placement, Receipt, Sighting, Stream } from '../../src/ports/engine.ts';

/** An engine that nobody else uses. */
export interface EnginePlace {
  engine: Engine;
  /** What a broker has that was killed and started again: another client of the same engine. */
  restarted(): Promise<Engine>;
  /** Breaks the connection, so that whoever waits for an answer does not get it; it comes back by itself. */
  interrupt(): Promise<void>;
  /** Cores of the engine. */
  cores: number;
  /** Of the largest of its nodes, of which the others are as large. */
  nodeCores: number;
  /** Short attempts that it gets through within `withinMs`. */
  many: number;
  /** Files that attempts and tests both see. */
  dir: string;
  /** How long it may take until an end is seen, in ms. */
  withinMs: number;
  /** Variables that the engine adds. */
  addsVariables: RegExp;
  has: {
    /** What leaves its session is ended all the same. */
    containment: boolean;
    memoryLimit: boolean;
    mpi: boolean;
    /** Both streams by themselves, and byte for byte; else lines of text, which are one. */
    exactOutput: boolean;
  };
  close(): Promise<void>;
}

export const OK: Receipt = { accepted: true };

export function placementOf(name: string, spec: Partial<z.input<typeof JobSpec>>, element = 0): Placement {
  return { name, spec: JobSpec.parse({ name: 'test', ...spec }), job: `job-of-${name}`, element, attempt: 1 };
}

/** Appends a line to a file each time that it runs; one write with O_APPEND, so that none is lost. */
export function counted(place: EnginePlace, name: string, then = ''): Placement {
  return placementOf(name, { shell: `echo ran >>${join(place.dir, name)}\n${then}` });
}

export function runsOf(place: EnginePlace, name: string): number {
  const file = join(place.dir, name);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

export async function sight(engine: Engine, name: string): Promise<Sighting | undefined> {
  return (await engine.look([name])).get(name);
}

export function endOf(place: EnginePlace, name: string, engine = place.engine): Promise<Ending> {
  return eventually(
    async () => {
      const seen = await sight(engine, name);
      return seen?.state === 'ended' ? seen.ending : undefined;
    },
    { withinMs: place.withinMs, what: `the end of ${name}` },
  );
}

/** As a broker does it: again, as long as nobody knows, or there is no room. */
export function submitted(engine: Engine, jobs: readonly Placement[]): Promise<Receipt[]> {
  return eventually(async () => {
    const receipts = await engine.submit(jobs);
    return receipts.every((receipt) => receipt.accepted || receipt.forGood) ? receipts : undefined;
  });
}

/** Submits one and waits for its end. */
export async function ran(place: EnginePlace, placement: Placement): Promise<Ending> {
  const [receipt] = await submitted(place.engine, [placement]);
  if (receipt?.accepted !== true) throw new Error(`refused: ${receipt?.reason}`);
  return endOf(place, placement.name);
}

/** Until a job has made a file. */
export async function appears(place: EnginePlace, file: string): Promise<string> {
  return eventually(
    () => {
      const text = readFileSync(join(place.dir, file), 'utf8');
      return text.endsWith('\n') ? text.trimEnd() : undefined;
    },
    { withinMs: place.withinMs, what: file },
  );
}

export async function textOf(engine: Engine, name: string, stream: Stream = 'stdout'): Promise<string> {
  return (await engine.output(name, stream, 0, 1_000_000))?.toString() ?? 'nothing';
}
