import { duration } from '../planner/span.ts';
import type { JobFacts, UnderWay } from './facts.ts';
import { finding, instant, secondsBetween, type Because, type Finding } from './finding.ts';

/** Where attempts are, since when, and until when that was planned. */
export function whereItIs(facts: JobFacts, run: UnderWay): Finding {
  const state = run.state === 'running' ? 'running' : 'submitted';
  const of = { state, count: run.count, example: run.element } as const;
  const causes = run.state === 'running' ? running(facts, run) : waitingThere(run);
  return finding(of, [...causes, ...ofCancelling(facts, run), ...ofEngine(facts, run)]);
}

function waitingThere({ state, engine, placedAt, number, reason, isWithdrawn }: UnderWay): Because[] {
  const what =
    state === 'placed'
      ? `written down for ${engine} since ${instant(placedAt)}, which has not confirmed it yet`
      : `at ${engine} since ${instant(placedAt)}, which has not started it yet`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const because = `${what} (attempt ${number})${why}`;
  if (!isWithdrawn) return [{ because, next: `${engine} starts it` }];
  const next = `${engine} says that it has not begun, and it is planned anew; or that it has`;
  return [{ because: `${because}; it is being taken back`, next }];
}

function running({ now, job }: JobFacts, run: UnderWay): Because[] {
  const { engine, host, number, startedAt = run.placedAt, plannedSeconds } = run;
  const on = host === undefined ? engine : `${engine} on ${host}`;
  const began = `running at ${on} since ${instant(startedAt)} (attempt ${number})`;
  const ranFor = secondsBetween(startedAt, now);
  const walltimeLeft = job.spec.walltimeSeconds - ranFor;
  const atMost = walltimeLeft <= 0 ? 'any moment now' : `in ${duration(walltimeLeft)} at the latest`;
  if (plannedSeconds === undefined) return [{ because: began, next: `it ends, ${atMost}` }];
  // Without it the limit is all that was planned by, which is no time that anybody expects.
  if (job.spec.workSeconds === undefined) {
    const because = `${began}: walltimeSeconds ends it ${atMost}; workSeconds would tell more`;
    return [{ because, next: `it ends, ${atMost}` }];
  }
  const until = instant(new Date(startedAt.getTime() + plannedSeconds * 1_000));
  const over = ranFor - plannedSeconds;
  const planned =
    over > 0
      ? `${duration(plannedSeconds)} were planned, and it has taken ${duration(over)} longer`
      : `planned to take ${duration(plannedSeconds)}, until ${until}`;
  return [
    {
      because: `${began}: ${planned}; walltimeSeconds ends it ${atMost}`,
      next: over > 0 ? `it ends, ${atMost}` : `it ends, likely in ${duration(-over)}`,
    },
  ];
}

function ofCancelling({ job }: JobFacts, { engine }: UnderWay): Because[] {
  if (job.cancelledBy === undefined) return [];
  return [{ because: `cancelled by ${job.cancelledBy}: ${engine} is ending it` }];
}

function ofEngine({ engines, now }: JobFacts, { engine }: UnderWay): Because[] {
  const found = engines.find(({ name }) => name === engine);
  if (found === undefined || found.isAlive) return [];
  const silent = duration(secondsBetween(new Date(found.seenAt), now));
  return [
    {
      because: `nothing has been heard of ${engine} for ${silent}`,
      next:
        found.kind === 'local'
          ? `its broker comes back, or it is written off as dead and run again elsewhere`
          : `a broker leads ${engine} again, which finds what runs there`,
    },
  ];
}
