import { GuardDutyFinding } from '@groundwork/contracts';
import { PermanentFailure, type MessageHandler } from '@groundwork/messaging';
import { judge, type FindingRules } from '../domain/findings.ts';
import type { ProtectedRange } from '../domain/protected-ranges.ts';
import type { Entries } from '../ports/entries.ts';

export interface FindingParts {
  entries: Pick<Entries, 'say'>;
  rules: FindingRules;
  protectedRanges: () => readonly ProtectedRange[];
}

/** GuardDuty findings, by EventBridge. One that comes again renews its block. */
export function createFindingHandler({ entries, rules, protectedRanges }: FindingParts): MessageHandler {
  return async (message, { log }) => {
    const finding = parse(message.body);
    const { said, leftOut } = judge(finding, rules, protectedRanges());
    const { id, type } = finding.detail;
    if (said.length > 0) await entries.say(said, `GuardDuty finding ${id}`);
    log.info({ id, type, blocked: said.map(({ subject }) => subject.text), leftOut }, `finding ${type}`);
  };
}

function parse(body: string): GuardDutyFinding {
  try {
    return GuardDutyFinding.parse(JSON.parse(body));
  } catch (error) {
    throw new PermanentFailure(`The message is no GuardDuty finding: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
