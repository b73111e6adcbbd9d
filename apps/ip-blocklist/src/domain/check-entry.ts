import type { NewEntry } from '@groundwork/contracts';
import type { Said } from '../ports/entries.ts';
import { cutOff, type ProtectedRange } from './protected-ranges.ts';
import { readSubject, type Subject } from './subject.ts';

export type CheckedEntry = { ok: true; said: Said } | { ok: false; code: string; message: string };

/** Reads what an entry is about, and refuses a block of what must stay reachable. */
export function checkEntry(entry: NewEntry, protectedRanges: readonly ProtectedRange[]): CheckedEntry {
  const read = readSubject(entry);
  if (!read.ok) return read;
  const { subject } = read;
  const { action, reason, source, confidence, ttlSeconds, force } = entry;
  if (action === 'allow' && !entry.force && isTooWide(subject)) {
    return {
      ok: false,
      code: 'allow_too_wide',
      message: `${subject.text} is so wide that it would lift most blocks; "force": true allows it anyway`,
    };
  }
  const cut = action === 'block' && !entry.force ? cutOff(subject, protectedRanges) : [];
  if (cut.length > 0) {
    const names = [...new Set(cut.map(({ name }) => name))].join(', ');
    return {
      ok: false,
      code: 'protected_range',
      message: `${subject.text} would cut off ${names}; "force": true blocks it anyway`,
    };
  }
  return { ok: true, said: { action, subject, reason, source, confidence, ttlSeconds, forced: force } };
}

/** Wider than a /8, or a /16 of IPv6. */
function isTooWide(subject: Subject): boolean {
  if (subject.kind === 'country') return false;
  const { family, first, last } = subject.range;
  return last - first >= 1n << (family === 4 ? 24n : 112n);
}
