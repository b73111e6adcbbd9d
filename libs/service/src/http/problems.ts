import { PROBLEM_CONTENT_TYPE, problemType, type Problem } from '@groundwork/contracts';

export interface ProblemKind {
  status: number;
  title: string;
}

/** The one table from code to status. Services add their own rows to it. */
export const commonProblems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  unauthenticated: { status: 401, title: 'Credentials are missing or not valid' },
  forbidden: { status: 403, title: 'The credentials do not allow this' },
  foreign_origin: { status: 403, title: 'Requests from other sites are refused' },
  not_found: { status: 404, title: 'There is nothing here' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not accepted' },
  unknown_host: { status: 421, title: 'This host name is not served here' },
  internal: { status: 500, title: 'Something failed on our side' },
  dependency_unavailable: { status: 503, title: 'Something this service needs does not answer' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemTable = Readonly<Record<string, ProblemKind>>;

/** Thrown anywhere below a route: becomes the answer, and is the caller's fault below 500. */
export class ProblemError<Code extends string = keyof typeof commonProblems> extends Error {
  override readonly name = 'ProblemError';
  readonly code: Code;
  readonly detail: string;
  readonly issues: Problem['issues'];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: Code,
    detail: string,
    extra: { issues?: Problem['issues']; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: extra.cause });
    this.code = code;
    this.detail = detail;
    this.issues = extra.issues;
    this.headers = extra.headers ?? {};
  }
}

/** Turns whatever was thrown into a known problem. */
export function toProblemError(error: unknown): ProblemError<string> {
  if (error instanceof ProblemError) return error as ProblemError<string>;
  const type = (error as { type?: unknown } | undefined)?.type;
  if (type === 'entity.too.large') {
    const limit = String((error as { limit?: unknown }).limit);
    return new ProblemError('body_too_large', `The body may have at most ${limit} bytes.`);
  }
  if (type === 'entity.parse.failed') {
    return new ProblemError('malformed_json', (error as Error).message);
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new ProblemError('unsupported_media_type', (error as Error).message);
  }
  if (error instanceof URIError) {
    return new ProblemError('invalid_request', 'The path has a broken percent-escape.');
  }
  // Express and its body parsers mark what the caller did wrong: a body cut off, not packed as it claims …
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown };
  if (error instanceof Error && expose === true && typeof status === 'number' && status < 500) {
    return new ProblemError('invalid_request', error.message, { cause: error });
  }
  return new ProblemError('internal', 'The failure has been logged under this request id.', { cause: error });
}

/** The body and headers of a problem answer. */
export function renderProblem(
  error: ProblemError<string>,
  table: ProblemTable,
  context: { path: string; requestId: string },
): { status: number; headers: Record<string, string>; body: Problem } {
  const kind = table[error.code] ?? commonProblems.internal;
  return {
    status: kind.status,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE, 'cache-control': 'no-store', ...error.headers },
    body: {
      type: problemType(error.code),
      title: kind.title,
      status: kind.status,
      code: error.code,
      detail: error.detail,
      instance: context.path,
      requestId: context.requestId,
      ...(error.issues === undefined ? {} : { issues: error.issues }),
    },
  };
}
