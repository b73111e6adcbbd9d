import type { ProblemTable } from '@groundwork/service';

/** What can go wrong here besides the common problems. */
export const problems = {
  not_an_address: { status: 400, title: 'That is not an address, network or range' },
  entry_not_found: { status: 404, title: 'There is no such entry in force' },
  feed_not_found: { status: 404, title: 'There is no such feed' },
  target_not_found: { status: 404, title: 'There is no such target' },
  allow_too_wide: { status: 409, title: 'That would lift most blocks' },
  protected_range: { status: 409, title: 'That must stay reachable' },
  not_possible: { status: 409, title: 'That plan or version is not there any more' },
  not_the_refused_copy: { status: 409, title: 'That is not the copy that was refused' },
  feed_in_use: { status: 409, title: 'The feed is in use' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  target_not_observed: { status: 503, title: 'Nobody has looked at the target yet' },
} as const satisfies ProblemTable;

export type BlocklistProblem = keyof typeof problems;
