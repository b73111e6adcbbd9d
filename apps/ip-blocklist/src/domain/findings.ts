import type { GuardDutyFinding } from '@groundwork/contracts';
import { parse } from '@groundwork/ip-ranges';
import { checkEntry } from './check-entry.ts';
import { isReserved } from './reserved.ts';
import type { ProtectedRange } from './protected-ranges.ts';
import type { Said } from '../ports/entries.ts';

export interface FindingRules {
  /** 1 to 10; below it a finding blocks nobody. */
  minSeverity: number;
  ttlSeconds: number;
}

export interface Judged {
  said: Said[];
  /** Addresses that are not blocked, and why. */
  leftOut: { address: string; why: string }[];
}

/** Whom a finding is about, as blocks. */
export function judge(
  { detail }: GuardDutyFinding,
  { minSeverity, ttlSeconds }: FindingRules,
  protectedRanges: readonly ProtectedRange[],
): Judged {
  const judged: Judged = { said: [], leftOut: [] };
  const { service, severity, type, id } = detail;
  for (const address of remoteAddresses(service.action)) {
    const leaveOut = (why: string): number => judged.leftOut.push({ address, why });
    if (service.archived) leaveOut('the finding is archived');
    else if (severity < minSeverity) leaveOut(`its severity is ${severity}, below ${minSeverity}`);
    else if (isNobodys(address)) leaveOut('nobody outside has such an address');
    else {
      const entry = {
        action: 'block' as const,
        cidr: address,
        reason: `${type} (finding ${id})`.slice(0, 500),
        source: 'guardduty',
        confidence: Math.min(100, Math.round(severity * 10)),
        ttlSeconds,
        force: false,
      };
      const checked = checkEntry(entry, protectedRanges);
      if (checked.ok) judged.said.push(checked.said);
      else leaveOut(checked.message);
    }
  }
  return judged;
}

function isNobodys(address: string): boolean {
  const parsed = parse(address);
  return parsed.ok && isReserved(parsed.range);
}

/** Every `remoteIpDetails` wherever it is: each kind of action has it elsewhere, and there are new kinds. */
function remoteAddresses(action: unknown): string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name !== 'remoteIpDetails') {
        walk(member);
        continue;
      }
      const { ipAddressV4, ipAddressV6 } = (member ?? {}) as Record<string, unknown>;
      for (const address of [ipAddressV4, ipAddressV6]) {
        if (typeof address === 'string' && address !== '') found.add(address);
      }
    }
  };
  walk(action);
  return [...found];
}
