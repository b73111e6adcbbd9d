import { createHash } from 'node:crypto';
import { Cron } from 'croner';

/** A cron expression of five parts, in UTC; or a period, at a minute of its own. */
export type Schedule = string | { every: string };

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The first pause after a failure, in ms; each further one is twice as long, up to the schedule. */
const RETRY_MS = 30_000;

/** Throws an Error that says what is wrong with it. */
export function checkCron(expression: string): void {
  if (cron(expression).nextRun() === null) throw new Error('it never comes true');
}

/**
 * When a feed is fetched next. Feeds of the same period do not come all at once: the phase of each is
 * drawn from its name, so that it is the same after a restart.
 */
export function nextRun(name: string, schedule: Schedule, after: Date): Date {
  if (typeof schedule === 'string') {
    const next = cron(schedule).nextRun(after);
    if (next === null) throw new Error(`${schedule} never comes true`);
    return next;
  }
  const period = periodMs(schedule.every);
  const phase = createHash('sha256').update(name).digest().readUInt32BE() % period;
  const periods = Math.floor((after.getTime() - phase) / period) + 1;
  return new Date(phase + periods * period);
}

/** When it is tried again after so many failures in a row, but never later than it is due anyway. */
export function retryAt(failures: number, now: Date, due: Date): Date {
  return new Date(Math.min(now.getTime() + RETRY_MS * 2 ** (failures - 1), due.getTime()));
}

function periodMs(every: string): number {
  return Number(every.slice(0, -1)) * (UNITS_MS[every.slice(-1)] ?? Number.NaN);
}

/** Never started: only asked. */
function cron(expression: string): Cron {
  return new Cron(expression, { timezone: 'UTC', mode: '5-part' });
}
