import type { Around } from '../../src/compose-engine.ts';

/**
 * All that a dispatcher writes or has done between a job that is ready and one of which nothing is left to
 * do, in this order. Between two of them it only reads.
 */
export const CALLS = [
  'dispatching.place',
  'engine.submit',
  'output.append',
  'dispatching.write',
  'engine.forget',
] as const;

export const around = (calls: readonly string[]): string[] =>
  calls.flatMap((call) => [`before ${call}`, `after ${call}`]);

/**
 * Kills this process by SIGKILL when it comes to a step for the nth time. `before engine.submit`: it was not done.
 * `after engine.submit`: it was done, and nobody heard of it.
 */
export function dyingAt(step: string, nth: number): Around {
  let left = nth;
  const reached = (name: string): void => {
    if (name !== step) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
  return (port, own) =>
    new Proxy(own, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const name = `${port}.${String(property)}`;
          reached(`before ${name}`);
          const answer: unknown = Reflect.apply(value, target, args);
          if (!(answer instanceof Promise)) return answer;
          return answer.then((known: unknown) => {
            reached(`after ${name}`);
            return known;
          });
        };
      },
    });
}
