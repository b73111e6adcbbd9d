import { mayStart } from '../planner/may-start.ts';
import { duration, plural, usd } from '../planner/span.ts';
import type { ElementGroup, JobFacts } from './facts.ts';
import { finding, secondsBetween, type Because, type Finding } from './finding.ts';
import { whyNoRoom } from './why-no-room.ts';
import { whyOthersFirst } from './why-others-first.ts';

/** What keeps elements from being started that nothing keeps waiting. */
export function whyReady(facts: JobFacts, group: ElementGroup): Finding {
  const causes = [...ofCap(facts), ...ofEngines(facts)];
  // Who has no engine does not compete for one.
  if (causes.length === 0) causes.push(...whyOthersFirst(facts, group), ...whyNoRoom(facts));
  if (causes.length === 0) causes.push(NEXT);
  return finding(group, causes);
}

const NEXT: Because = {
  because:
    'next in line: nothing that is written down keeps it, so it starts within seconds, unless room is being kept for the gang of another job',
  next: 'the next turn of a dispatcher',
};

function ofCap({ job }: JobFacts): Because[] {
  const cap = job.spec.maxCostUsd;
  const mayCost = job.openAttempts * job.attemptWorstUsd;
  if (mayStart(job.spentUsd + mayCost, job.attemptWorstUsd, cap).may || cap === undefined) return [];
  const underWay =
    job.openAttempts === 0
      ? ''
      : `, ${plural(job.openAttempts, 'attempt')} under way may cost ${usd(mayCost)}`;
  return [
    {
      because: `${usd(job.spentUsd)} are spent${underWay}, and the next attempt may cost ${usd(job.attemptWorstUsd)}: together more than maxCostUsd, ${usd(cap)}`,
      next:
        job.openAttempts === 0
          ? 'nothing: what is left of the job fails when a dispatcher looks at it'
          : 'an attempt under way ends for less than the worst',
    },
  ];
}

function ofEngines({ engines, job, now }: JobFacts): Because[] {
  const { pool } = job;
  if (engines.length === 0) {
    return [
      { because: `no engine of the pool ${pool} has been heard of`, next: `an engine of ${pool} starts` },
    ];
  }
  const alive = engines.filter(({ isAlive }) => isAlive);
  if (alive.length === 0) {
    const seen = engines.map(
      ({ name, seenAt }) =>
        `${name} was last heard of ${duration(secondsBetween(new Date(seenAt), now))} ago`,
    );
    return [
      {
        because: `no engine of the pool ${pool} is alive: ${seen.join(', ')}`,
        next: `an engine of ${pool} starts`,
      },
    ];
  }
  if (alive.some(({ closed }) => closed === null)) return [];
  const why = alive.map(({ name, closed }) => `${name}: ${closed}`);
  return [
    {
      because: `every engine of the pool ${pool} is closed: ${why.join('; ')}`,
      next: `an engine of ${pool} opens`,
    },
  ];
}
