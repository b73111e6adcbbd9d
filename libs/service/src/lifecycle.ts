import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './logger.ts';

/** A part of a service that is started before and stopped after what depends on it. */
export interface Component {
  readonly name: string;
  start?(): Promise<void> | void;
  /** Must finish or hand back its work; `signal` aborts when the drain's time is up. */
  stop?(signal: AbortSignal): Promise<void> | void;
}

interface SignalSource {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
}

export interface Lifecycle {
  readonly state: 'starting' | 'running' | 'draining' | 'stopped';
  /** Starts all parts in order, then stays up until a signal arrives. */
  run(process: SignalSource): Promise<void>;
  /** Stops in reverse order. Resolves to whether everything finished in time. */
  stop(reason: string): Promise<boolean>;
}

/** One Ctrl-C can arrive twice: from the terminal, and again through npm. */
const SAME_SIGNAL_MS = 500;

/**
 * States: starting → running → draining → stopped. The first SIGTERM or SIGINT
 * drains, a second one (half a second later or more) exits 1 at once. When the
 * drain takes longer than `drainSeconds`, each part's abort signal fires, gets
 * two more seconds to hand back what it holds, and the process exits 1.
 */
export function createLifecycle(options: {
  components: readonly Component[];
  drainSeconds: number;
  logger: Logger;
}): Lifecycle {
  const { components, logger } = options;
  const started: Component[] = [];
  let state: Lifecycle['state'] = 'starting';
  let stopping: Promise<boolean> | undefined;

  async function start(): Promise<void> {
    for (const component of components) {
      if (stopping !== undefined) return;
      started.push(component);
      await component.start?.();
    }
    if (stopping === undefined) state = 'running';
  }

  async function stopAll(reason: string): Promise<boolean> {
    state = 'draining';
    const began = performance.now();
    logger.info({ reason, drainSeconds: options.drainSeconds }, 'draining');
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error('drain deadline')), options.drainSeconds * 1000);
    let clean = true;
    for (const component of started.toReversed()) {
      const finished = await stopOne(component, deadline.signal);
      clean &&= finished;
    }
    clearTimeout(timer);
    clean &&= !deadline.signal.aborted;
    state = 'stopped';
    const tookMs = Math.round(performance.now() - began);
    if (clean) logger.info({ tookMs }, 'stopped');
    else logger.error({ tookMs }, 'stopped before all work had finished');
    return clean;
  }

  async function stopOne(component: Component, signal: AbortSignal): Promise<boolean> {
    const giveUp = new AbortController();
    const late = (async () => {
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await delay(2_000, undefined, { signal: giveUp.signal, ref: false });
      return false;
    })().catch(() => true);
    try {
      const finished = await Promise.race([Promise.resolve(component.stop?.(signal)).then(() => true), late]);
      if (!finished) logger.error({ component: component.name }, 'did not stop in time');
      return finished;
    } catch (error) {
      logger.error({ component: component.name, error }, 'failed to stop');
      return false;
    } finally {
      giveUp.abort();
    }
  }

  function stop(reason: string): Promise<boolean> {
    stopping ??= stopAll(reason);
    return stopping;
  }

  async function run(process: SignalSource): Promise<void> {
    let firstSignalAt: number | undefined;
    const onSignal = (name: string): void => {
      if (firstSignalAt === undefined) {
        firstSignalAt = performance.now();
        void stop(name).then((clean) => process.exit(clean ? 0 : 1));
      } else if (performance.now() - firstSignalAt > SAME_SIGNAL_MS) {
        logger.error({ signal: name }, 'second signal: exiting without finishing');
        process.exit(1);
      }
    };
    process.on('SIGTERM', () => onSignal('SIGTERM'));
    process.on('SIGINT', () => onSignal('SIGINT'));
    try {
      await start();
    } catch (error) {
      logger.fatal({ error }, `could not start: ${error instanceof Error ? error.message : String(error)}`);
      await stop('failed start');
      process.exit(1);
    }
  }

  return {
    get state() {
      return state;
    },
    run,
    stop,
  };
}
