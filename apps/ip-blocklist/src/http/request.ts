import { parse } from '@groundwork/ip-ranges';
import { ProblemError } from '@groundwork/service';
import type { Request } from 'express';
import { parseProtectedRange, type ProtectedRange } from '../domain/protected-ranges.ts';
import { readSubject } from '../domain/subject.ts';
import type { BlocklistProblem } from './problems.ts';

/** One address, canonical. Throws a ProblemError for anything else. */
export function addressIn(text: string): string {
  const read = readSubject({ cidr: text });
  if (read.ok && read.subject.kind === 'range' && read.subject.range.first === read.subject.range.last) {
    return read.subject.text;
  }
  const detail = read.ok ? `${text} is more than one address.` : `${read.message}.`;
  throw new ProblemError<BlocklistProblem>('not_an_address', detail);
}

/** Who has sent it, as the audit trail names them. */
export function subjectOf(req: Request): string {
  return req.principal?.subject ?? 'unknown';
}

/** Nobody locks themselves out by accident. */
export function callerOf(req: Request): ProtectedRange[] {
  // Some proxies say the port, too.
  const [, bare] =
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(req.ip ?? '') ?? /^\[(.+)\](?::\d+)?$/.exec(req.ip ?? '') ?? [];
  const address = bare ?? req.ip ?? '';
  return parse(address).ok ? [parseProtectedRange(`the address you call from=${address}`)] : [];
}
