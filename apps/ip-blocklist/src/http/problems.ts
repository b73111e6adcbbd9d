import type { ProblemTable } from '@groundwork/service';

/** What can go wrong here besides the common problems. */
export const problems = {
  not_an_address: { status: 400, title: 'That is not an address, network or range' },
  entry_not_found: { status: 404, title: 'There is no such entry in force' },
  protected_range: { status: 409, title: 'That must stay reachable' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
} as const satisfies ProblemTable;

export type BlocklistProblem = keyof typeof problems;
