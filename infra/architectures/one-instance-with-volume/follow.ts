import { act, isOvertaken, type VolumeSettings } from './act.ts';
import { decide } from './decide.ts';
import { look, type Clients } from './look.ts';
import type { Policy, Step } from './step.ts';

export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}

/** Steps after which something is wrong: a whole move takes fewer than ten. */
const MAX_STEPS = 50;
const LOOK_AGAIN_MS = 5_000;
/** What comes of the others EC2 and Auto Scaling show after a while. */
const AT_ONCE: ReadonlySet<Step['do']> = new Set(['complete', 'attach']);

/**
 * Looks, does the next step, and looks again, until there is nothing to do or the time is over; then the next call goes
 * on. It keeps nothing in mind: it may be called late, twice, by two at once, or end anywhere.
 *
 * @returns the last step: `nothing`, or what is waited for
 * @throws when somebody has to look, and what EC2 or Auto Scaling answered, but for what tells that somebody else was quicker
 */
export async function follow(
  clients: Clients,
  settings: VolumeSettings,
  policy: Policy,
  { clock, withinMs, log }: { clock: Clock; withinMs: number; log: (line: object) => void },
): Promise<Step> {
  const deadline = clock.now().getTime() + withinMs;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const now = clock.now();
    const step = decide(await look(clients, settings, now), policy);
    log({ event: step.do, ...step });
    if (step.do === 'nothing') return step;
    let isWaiting = !AT_ONCE.has(step.do);
    try {
      await act(step, settings, now, clients);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      log({ event: 'overtaken', by: (error as Error).name, why: (error as Error).message });
      isWaiting = true;
    }
    if (!isWaiting) continue;
    if (clock.now().getTime() + LOOK_AGAIN_MS > deadline) return step;
    await clock.sleep(LOOK_AGAIN_MS);
  }
  throw new Error(`${settings.volume}: ${MAX_STEPS} steps, and still something to do`);
}
