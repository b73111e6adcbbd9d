import type { Logs, Run, Start } from '../lifecycle/world.ts';
import type { Times } from '../settings.ts';
import type { Outcomes } from './outcomes.ts';

/** Stands for containers: nothing is run. */
export class Scripted {
  readonly #outcomes: Outcomes;
  readonly #logs: Logs;
  readonly #times: () => Times;
  readonly #now: () => number;

  constructor(outcomes: Outcomes, logs: Logs, times: () => Times, now: () => number) {
    this.#outcomes = outcomes;
    this.#logs = logs;
    this.#times = times;
    this.#now = now;
  }

  start(run: Run): Start {
    const outcome = this.#outcomes.take(run);
    if (outcome?.cannotStart !== undefined) return { kind: 'failed', reason: outcome.cannotStart };
    const { exitCode = 0, reason, statusReason, ignoresSigterm = false, output = [] } = outcome ?? {};
    if (output.length > 0) this.#logs.append(run.job.region, run.logStream, output, this.#now());
    return {
      kind: 'scripted',
      afterMs: outcome?.runningMs ?? this.#times().runningMs,
      exit: { exitCode, reason, statusReason },
      ignoresSigterm,
    };
  }
}
