/** An error answer as AWS would give it; each protocol renders it its own way. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of S3's XML error document. */
  readonly members: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    extra: { headers?: Record<string, string>; members?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.members = extra.members ?? {};
  }
}

export function notImplemented(operation: string): AwsError {
  return new AwsError(501, 'NotImplemented', `The sandbox does not implement ${operation}.`);
}
