/** What a project has used, in core seconds, at a time. */
export interface Usage {
  coreSeconds: number;
  at: Date;
}

/** After so long, what was used counts half: a project that was quiet is not owed for ever. */
export const HALF_LIFE_SECONDS = 86_400;

export function decayed({ coreSeconds, at }: Usage, now: Date): number {
  const seconds = Math.max(0, now.getTime() - at.getTime()) / 1_000;
  return coreSeconds * 0.5 ** (seconds / HALF_LIFE_SECONDS);
}
