import type { Logger } from '@groundwork/service';
import type { Planning } from '../planning.ts';
import type { Moves, Stranded } from '../ports/moves.ts';

export interface MovingParts {
  moves: Moves;
  planning: Pick<Planning, 'planForNow' | 'assignmentOf' | 'away'>;
  /** Told once something is to be looked at. */
  tell: () => void;
  logger: Logger;
}

const LOOKED_AT_ONCE = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Plans jobs anew that wait where nothing begins: at an engine that is drained, has been closed or silent for too
 * long, or has no machines of the kind. What has not begun there is taken back; that has to be certain before it can
 * begin elsewhere. Jobs that name their engine stay.
 */
export class Moving {
  readonly #parts: MovingParts;
  /** Of which there was no plan, as long as the same pools are away. */
  #stay = new Set<string>();
  #away = '[]';

  constructor(parts: MovingParts) {
    this.#parts = parts;
  }

  async once(signal: AbortSignal): Promise<void> {
    const { moves, planning, tell } = this.#parts;
    await moves.noteShortages();
    let changed = await moves.withdrawDrained();
    const pools = planning.away();
    const text = JSON.stringify(pools);
    if (text !== this.#away) this.#stay.clear();
    this.#away = text;
    for (let after = FIRST, isMore = pools.length > 0; isMore && !signal.aborted;) {
      const found = await moves.stranded(pools, after, LOOKED_AT_ONCE);
      for (const one of found) if (await this.#move(one)) changed += 1;
      isMore = found.length === LOOKED_AT_ONCE;
      after = found.at(-1)?.job ?? after;
    }
    if (changed > 0) tell();
  }

  async #move(one: Stranded): Promise<boolean> {
    const { moves, planning, logger } = this.#parts;
    if (this.#stay.has(one.job)) return false;
    const plan = planning.planForNow(one.spec);
    if (plan === undefined) {
      this.#stay.add(one.job);
      return false;
    }
    const to = planning.assignmentOf(plan);
    const why = planning.away().flatMap(({ pool, away }) => away.map(({ reason }) => `${pool}: ${reason}`));
    const reason = why.join('; ');
    const isMoved = await moves.move(one, to, plan, reason);
    if (isMoved) logger.info({ job: one.job, to: to.engine }, `planned anew, as nothing begins at ${reason}`);
    return isMoved;
  }
}
