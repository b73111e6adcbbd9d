import type { ProblemTable } from '@groundwork/service';

/** What can go wrong here besides the common problems. */
export const problems = {
  unknown_preset: { status: 400, title: 'There is no such preset' },
  image_not_found: { status: 404, title: 'There is no such image' },
  image_unusable: { status: 422, title: 'No thumbnails can be made of this file' },
  link_not_valid: { status: 403, title: 'The link is not valid, or not any more' },
  links_not_signed: { status: 409, title: 'Links are not signed here' },
  upload_not_wanted: { status: 422, title: 'Such a file would not be made into thumbnails' },
  sweep_not_found: { status: 404, title: 'There is no such reconciliation or backfill' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  redrive_under_way: { status: 409, title: 'A redrive is under way' },
} as const satisfies ProblemTable;

export type ThumbnailerProblem = keyof typeof problems;
