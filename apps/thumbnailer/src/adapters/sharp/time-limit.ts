/** When libvips gives up on one operation, in seconds of wall clock. */
export interface Deadline {
  seconds: number;
}

/** https://sharp.pixelplumbing.com/api-output#timeout: the message is all that tells it. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('timeout: ');
}
