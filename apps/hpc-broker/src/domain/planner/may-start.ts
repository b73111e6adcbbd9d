/**
 * Whether the next attempt is within a job's maxCostUsd, whatever becomes of it. The broker asks before each
 * attempt, so that a job never costs more than its cap: neither by retries nor by what Spot takes away.
 */
export function mayStart(
  spentUsd: number,
  nextAttemptWorstUsd: number,
  capUsd: number | undefined,
): { may: true } | { may: false; reason: string } {
  if (capUsd === undefined || spentUsd + nextAttemptWorstUsd <= capUsd) return { may: true };
  const [spent, next, cap] = [spentUsd, nextAttemptWorstUsd, capUsd].map((usd) => Number(usd.toFixed(6)));
  return {
    may: false,
    reason: `${spent} USD are spent and another attempt may cost ${next}: more than maxCostUsd, ${cap}`,
  };
}
