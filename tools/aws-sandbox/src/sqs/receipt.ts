import { sqsError } from './error.ts';

/** What a receipt handle stands for: a message, and which of its receives. */
export function encodeReceipt(message: { seq: number; receipt: string | null }): string {
  return Buffer.from(`${message.seq}:${message.receipt}`).toString('base64url');
}

export function decodeReceipt(handle: string): { seq: number; receipt: string } {
  const match = /^(\d+):([0-9a-f-]{36})$/.exec(Buffer.from(handle, 'base64url').toString('latin1'));
  if (match?.[2] === undefined) {
    throw sqsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  }
  return { seq: Number(match[1]), receipt: match[2] };
}
