import type { Lease } from '@groundwork/database';
import type { Logger } from '@groundwork/service';
import { createDesire, type DesireParts } from '../domain/desire.ts';
import type { Target } from '../domain/target-file/target-file.ts';
import type { Enforcer } from '../ports/enforcer.ts';
import type { Ledger } from '../ports/ledger.ts';
import { Gate } from './gate.ts';
import { gapOf } from './rates.ts';
import { TargetRun, type TargetEvent, type Timing } from './target-run.ts';

export interface EnforceParts extends DesireParts {
  /** That share AWS's rates: all of one account and region. */
  targets: readonly Target[];
  enforcerOf: (target: Target) => Enforcer;
  ledgerOf: (lease: Lease) => Ledger;
  observe: (target: string, event: TargetEvent) => void;
  logger: Logger;
  timing?: Partial<Timing & { gapMs: number }> | undefined;
}

/** Keeps targets at what is wanted, as long as this process leads. */
export async function enforce(parts: EnforceParts, lease: Lease, signal: AbortSignal): Promise<void> {
  const { gapMs } = parts.timing ?? {};
  const gate = new Gate({ gapOf: gapMs === undefined ? gapOf : () => gapMs });
  const ledger = parts.ledgerOf(lease);
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const runs = parts.targets.map((target) =>
    new TargetRun({
      target,
      // Another picture for each reign: what was there before may have changed.
      enforcer: parts.enforcerOf(target),
      ledger,
      desire: createDesire(parts, target),
      gate,
      epoch: lease.epoch,
      logger: parts.logger,
      observe: (event) => parts.observe(target.name, event),
      ...(parts.timing === undefined ? {} : { timing: parts.timing }),
    })
      .run(both)
      // One that has lost the lease ends the others.
      .catch((error: unknown) => {
        ended.abort(error);
        throw error;
      }),
  );
  const results = await Promise.allSettled(runs);
  for (const { name } of parts.targets) parts.observe(name, { kind: 'gone' });
  const lost = results.find((run) => run.status === 'rejected');
  if (lost !== undefined) throw lost.reason;
}
