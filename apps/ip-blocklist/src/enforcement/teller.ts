import { conditionsOf, reachOf } from '../domain/reach.ts';
import type { Target } from '../domain/target-file/target-file.ts';
import { isBlind, type Enforcer } from '../ports/enforcer.ts';
import type { Ledger, TargetState } from '../ports/ledger.ts';

export interface TellerParts {
  target: Target;
  enforcer: Pick<Enforcer, 'conditions' | 'capacity'>;
  ledger: Pick<Ledger, 'describe'>;
  epoch: number;
  observe: (event: { kind: 'phase'; phase: TargetState['phase']; isBlind: boolean }) => void;
}

/** Somebody wants to know that a target is still looked at, even if nothing changes; in ms. */
const EVERY_MS = 10_000;

/** Writes down what a target is doing, when that changes. */
export class Teller {
  readonly #parts: TellerParts;
  #drift: TargetState['drift'];
  #seenAt: string | null = null;
  #told: { text: string; at: number } | undefined;

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /** What was told by whoever led before. */
  resume(state: TargetState | undefined): void {
    this.#drift = state?.drift;
    this.#seenAt = state?.observedAt ?? null;
  }

  /** It was looked at, all of it. */
  seen(): void {
    this.#seenAt = new Date().toISOString();
  }

  drifted(what: string): void {
    this.#drift = { at: new Date().toISOString(), what };
  }

  async tell(phase: TargetState['phase'], message: string): Promise<void> {
    const { enforcer, epoch, ledger, target, observe } = this.#parts;
    const state = {
      phase,
      message,
      conditions: [...conditionsOf(reachOf(target)), ...enforcer.conditions()],
      capacity: enforcer.capacity(),
      drift: this.#drift,
      epoch,
    };
    const text = JSON.stringify(state);
    if (this.#told?.text === text && performance.now() - this.#told.at < EVERY_MS) return;
    observe({ kind: 'phase', phase, isBlind: isBlind(state.conditions) });
    await ledger.describe(target.name, { ...state, observedAt: this.#seenAt });
    this.#told = { text, at: performance.now() };
  }
}
