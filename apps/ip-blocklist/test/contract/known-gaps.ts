import type { RefereeName } from '@groundwork/aws-sandbox/testing';

/** Title of the test, reason. */
type Gaps = Readonly<Record<string, string>>;

const NEVER_FAILS: Gaps = {
  'says Throttled when it was one too many; nothing was done, and nothing need be looked at':
    'it cannot be told to throttle',
  'shows what was done when it looks again after a lost answer, whichever write that was of':
    'it cannot be told to lose an answer',
};

const ETAGS_IGNORED: Gaps = Object.fromEntries(
  [
    'rejects a write made on an outdated picture with Conflict, and changes nothing',
    'rejects the second of two that write the same',
    'rejects the second of two that make the same part',
    'makes an older write come too late by writing once more',
  ].map((title) => [title, 'the ETag is not checked']),
);

/** MiniStack is no referee for network ACLs and security groups: subnets have no ACL there, and IPv6 is lost. */
export const GAPS_OF_NETWORK_ACLS: Gaps = {
  ...NEVER_FAILS,
  'says LimitReached when there can be no more of it, and then has less capacity':
    'the number of rules is not limited',
};

export const GAPS_OF_GROUPS: Gaps = {
  'says Throttled when a call was one too many': 'it cannot be told to throttle',
  'shows what was done when it looks again after a lost answer': 'it cannot be told to lose an answer',
  'says LimitReached when the list of CloudFront does not fit beside what is there':
    'a prefix list counts as one rule',
};

export const GAPS_OF_GEO: Readonly<Record<RefereeName, Gaps>> = {
  moto: { ...NEVER_FAILS, ...ETAGS_IGNORED },
  ministack: NEVER_FAILS,
};
