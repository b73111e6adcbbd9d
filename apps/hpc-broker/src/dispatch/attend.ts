import type { Logger } from '@groundwork/service';
import { attemptName } from '../domain/jobs/attempt-name.ts';
import { verdictOf } from '../domain/jobs/cause.ts';
import type { Ending, Engine, Placement, Sighting } from '../ports/engine.ts';
import type { Placed, Seen } from '../ports/ledger.ts';
import type { Staging } from '../ports/staging.ts';
import { notBrought, stored } from './transfer-endings.ts';
import { Transfers } from './transfers.ts';

export interface StagingSettings {
  staging: Staging;
  /** Attempts whose inputs are brought, and attempts whose outputs are stored, at the same time. */
  atOnce?: number | undefined;
  /** Of one attempt, for its inputs and again for its outputs. */
  seconds?: number | undefined;
}

export interface AttendParts {
  engine: Engine;
  /** Undefined: nothing can be brought or stored here. */
  settings: StagingSettings | undefined;
  /** Its inputs are there now. */
  ready: (one: Placed) => void;
  /** It ended, before it ran or after. */
  ended: (one: Seen) => void;
  logger: Logger;
}

type EndSighting = Extract<Sighting, { state: 'ended' }>;

const AT_ONCE = 4;
const SECONDS = 3_600;

/**
 * What is done for attempts before they are handed to the engine, and after they have run, beside the turns
 * of the dispatcher:
 *
 *     placed → inputs are brought → ready …  … has succeeded → outputs are stored → ended
 *
 * Nothing of it is written down. Who takes over brings the inputs again of what the engine has not heard
 * of, and stores the outputs again of what it has seen to end: both go on where they were. Outputs that
 * are not stored in the end are abandoned, so that nothing of them stays half in S3.
 */
export class Attend {
  readonly #parts: AttendParts;
  readonly #bringing: Transfers;
  readonly #storing: Transfers;
  /** What was open at the start and has outputs. */
  readonly #inherited = new Set<string>();
  readonly #atOnce: number;
  readonly #seconds: number;

  constructor(parts: AttendParts) {
    this.#parts = parts;
    const { settings, logger } = parts;
    this.#seconds = settings?.seconds ?? SECONDS;
    this.#atOnce = settings?.atOnce ?? AT_ONCE;
    const options = { atOnce: this.#atOnce, seconds: this.#seconds, logger };
    this.#bringing = new Transfers(options);
    this.#storing = new Transfers(options);
  }

  /** For what was open before this broker was: the one before may have begun to store its outputs. */
  inherit(open: readonly Placed[]): void {
    for (const one of open) if (one.spec.outputs.length > 0) this.#inherited.add(attemptName(one));
  }

  /** How many wait for their inputs. */
  get waiting(): number {
    return this.#bringing.size;
  }

  /** For what is written down, and the engine has not heard of. True: it may be handed over as it is. */
  begin(one: Placed): boolean {
    const { inputs, outputs } = one.spec;
    if (inputs.length + outputs.length === 0) return true;
    const way = this.#way();
    if (typeof way === 'string') {
      this.#end(one, { by: 'refused', reason: way });
      return false;
    }
    if (inputs.length === 0) return true;
    const placement = placementOf(one);
    this.#bringing.add(placement.name, {
      work: async (signal) => way.staging.bringInputs(placement, await way.directoryOf(placement), signal),
      over: (outcome) => {
        if (outcome === 'done') this.#parts.ready(one);
        else this.#end(one, notBrought(outcome, this.#seconds));
      },
    });
    return false;
  }

  /** For what the engine would not begin, and may later. False: its inputs have to be brought again. */
  async isReady(one: Placed): Promise<boolean> {
    const way = this.#way();
    if (one.spec.inputs.length === 0 || typeof way === 'string') return true;
    try {
      return await way.staging.isBrought(await way.directoryOf(placementOf(one)));
    } catch {
      // It is gone and cannot be made again; bringing them will say why.
      return false;
    }
  }

  /** `ahead`: how many have their inputs and have not been handed over, whose files take room. */
  proceed(ahead: number, cores: number): void {
    this.#bringing.proceed(Math.max(this.#atOnce, cores) - ahead);
    this.#storing.proceed(Infinity);
  }

  /** What is to be written down of what the engine has seen: as long as its outputs are being stored, that it runs. */
  seen(one: Placed, seen: Seen): Seen {
    const { sighting } = seen;
    const { outputs, exitCodes } = one.spec;
    if (sighting.state !== 'ended' || outputs.length === 0) return seen;
    const isInherited = this.#inherited.delete(attemptName(one));
    const way = this.#way();
    if (verdictOf(sighting.ending, exitCodes).cause !== 'success') {
      return isInherited && typeof way !== 'string' ? this.#abandon(one, sighting, way) : seen;
    }
    if (typeof way === 'string') {
      const ending: Ending = {
        by: 'outputs',
        means: 'infrastructure',
        reason: `its work was done, but ${way}`,
      };
      return { ...seen, sighting: { ...sighting, ending } };
    }
    const placement = placementOf(one);
    this.#storing.add(placement.name, {
      work: async (signal) => way.staging.storeOutputs(placement, await way.directoryOf(placement), signal),
      undo: abandoning(way, placement),
      over: (outcome) => this.#end(one, stored(outcome, sighting.ending, this.#seconds), sighting),
    });
    return this.#asRunning(one, sighting);
  }

  /** It has not succeeded after all, or nobody knows: what was begun of its outputs is undone before its end. */
  #abandon(one: Placed, sighting: EndSighting, way: Way): Seen {
    const abandon = abandoning(way, placementOf(one));
    this.#storing.add(attemptName(one), {
      work: abandon,
      undo: abandon,
      over: () => this.#end(one, sighting.ending, sighting),
    });
    return this.#asRunning(one, sighting);
  }

  #asRunning({ job, element, number }: Placed, sighting: EndSighting): Seen {
    const { startedAt = sighting.endedAt, host = this.#parts.engine.name } = sighting;
    return { job, element, number, sighting: { state: 'running', startedAt, host } };
  }

  /** False: it is not here, and only the engine can end it. */
  cancel(name: string): boolean {
    return this.#bringing.cancel(name) || this.#storing.cancel(name);
  }

  stop(): Promise<unknown> {
    return Promise.all([this.#bringing.stop(), this.#storing.stop()]);
  }

  #way(): Way | string {
    const { engine, settings } = this.#parts;
    if (engine.workingDirectory === undefined) {
      return `${engine.name} has no directory in which this broker could put inputs and find outputs: read and write them in the command, or choose another engine`;
    }
    if (settings === undefined) {
      return 'this broker neither brings inputs nor stores outputs: read and write them in the command';
    }
    return { staging: settings.staging, directoryOf: engine.workingDirectory.bind(engine) };
  }

  #end({ job, element, number }: Placed, ending: Ending, ran?: EndSighting): void {
    const sighting: EndSighting = { endedAt: new Date(), ...ran, state: 'ended', ending };
    this.#parts.ended({ job, element, number, sighting });
  }
}

interface Way {
  staging: Staging;
  directoryOf: (placement: Placement) => Promise<string>;
}

const abandoning =
  ({ staging, directoryOf }: Way, placement: Placement) =>
  async (signal: AbortSignal): Promise<void> =>
    staging.abandonOutputs(placement, await directoryOf(placement), signal);

function placementOf(one: Placed): Placement {
  const { spec, job, element, number } = one;
  return { name: attemptName(one), spec, job, element, attempt: number };
}
