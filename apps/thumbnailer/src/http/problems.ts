import type { ProblemTable } from '@groundwork/service';

/** What can go wrong here besides the common problems. */
export const problems = {
  unknown_preset: { status: 400, title: 'There is no such preset' },
  image_not_found: { status: 404, title: 'There is no such image' },
  image_unusable: { status: 422, title: 'No thumbnails can be made of this file' },
} as const satisfies ProblemTable;

export type ThumbnailerProblem = keyof typeof problems;
