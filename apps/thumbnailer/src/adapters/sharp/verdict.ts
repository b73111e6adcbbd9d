import type { Verdict } from '@groundwork/contracts';

export function refuse(code: Verdict['code'], reason: string): { verdict: Verdict } {
  return { verdict: { code, reason } };
}

/** The first line of what libvips says; the others repeat it in the words of inner libraries. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? message).replace(/\.$/, '');
}
