import type { RefereeName } from '@groundwork/aws-sandbox/testing';

/** Neither limits anything, nor can it be told to fail. */
const NEVER_FAILS = {
  'says Throttled when it was one too many; nothing was done, and nothing need be looked at':
    'it cannot be told to throttle',
  'shows what was done when it looks again after a lost answer, whichever write that was of':
    'it cannot be told to lose an answer',
  'says LimitReached when there can be no more of it, and then has less capacity':
    'the number of IP sets is not limited',
};

/** Where a referee is known to differ from AWS: title of the test, reason. */
export const KNOWN_GAPS: Readonly<Record<RefereeName, Readonly<Record<string, string>>>> = {
  moto: {
    ...NEVER_FAILS,
    'rejects the second of two that make the same part': 'a name can be taken twice',
  },
  ministack: {
    ...NEVER_FAILS,
    'rejects a write made on an outdated picture with Conflict, and changes nothing':
      'lock tokens are ignored',
    'rejects the second of two that write the same': 'lock tokens are ignored',
    'makes an older write come too late by writing once more': 'lock tokens are ignored',
    'is not written over when somebody has changed it since': 'lock tokens are ignored',
  },
};
