/** Where a list goes on: after this row. Times have milliseconds, in the table too. */
export function cursorOf(row: { created_at: Date; id: string }): string {
  return Buffer.from(JSON.stringify([row.created_at.toISOString(), row.id])).toString('base64url');
}

/** Undefined for what is no cursor of ours. */
export function parseCursor(text: string): { createdAt: string; id: string } | undefined {
  try {
    const [createdAt, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [unknown, unknown];
    if (typeof createdAt !== 'string' || typeof id !== 'string') return undefined;
    return Number.isNaN(Date.parse(createdAt)) || !/^[0-9a-f-]{36}$/.test(id) ? undefined : { createdAt, id };
  } catch {
    return undefined;
  }
}
