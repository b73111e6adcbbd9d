import { StoreUnavailable } from '../../ports/store.ts';
import { flag, type Reply } from './replies.ts';

/** `ms` was refused: the item is another one (`EX`), gone (`NF`), or there already (`NS`). */
export const isRefused = ({ code }: Reply): boolean => ['EX', 'NF', 'NS'].includes(code);

/** Throws StoreUnavailable for any other answer. */
export function expectCode(reply: Reply, code: string): Reply {
  if (reply.code !== code) throw new StoreUnavailable(`memcached answers ${reply.code} ${reply.rest}`);
  return reply;
}

/** Removed, or not there. */
export function expectGone(reply: Reply): void {
  if (reply.code !== 'NF') expectCode(reply, 'HD');
}

export function number(reply: Reply, letter: string): string {
  const digits = flag(reply, letter);
  if (digits === undefined || !/^\d+$/.test(digits)) throw new StoreUnavailable(`no ${letter} in a reply`);
  return digits;
}

export const seconds = (ms: number): number => Math.ceil(ms / 1_000);

/** Its clock ticks in seconds, so that a TTL may end up to one early (protocol.txt, "Expiration times"). */
export const leaseSeconds = (ms: number): number => seconds(ms) + 1;

/** `t` is in seconds; negative: no end, which no lease has. */
export const heldMs = (reply: Reply): number => Math.max(0, Number(flag(reply, 't') ?? 0)) * 1_000;
