/** The database did not take the values, as its types, constraints or triggers say. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
  readonly column: string | undefined;

  constructor(message: string, column?: string, options?: ErrorOptions) {
    super(message, options);
    this.column = column;
  }
}

/** Fields that are not among the writable columns. The message names those that are. */
export class NotWritable extends Error {
  override readonly name = 'NotWritable';
}
