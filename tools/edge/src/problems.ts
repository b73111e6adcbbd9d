import type { ProblemTable } from '@groundwork/service';

export const problems = {
  blocked_by_geo_restriction: { status: 403, title: 'This country is not served' },
  blocked_by_waf: { status: 403, title: 'This address is blocked' },
  no_route: { status: 404, title: 'No service answers at this path' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  upstream_failed: { status: 502, title: 'The service did not give a proper answer' },
  upstream_unavailable: { status: 503, title: 'No instance of the service can be reached' },
  upstream_timeout: { status: 504, title: 'The service did not answer in time' },
} as const satisfies ProblemTable;

export type EdgeProblem = keyof typeof problems;
