import { S3ServiceException } from '@aws-sdk/client-s3';
import { Interrupted, TransferError } from '../../ports/staging.ts';

const FINAL: Readonly<Record<number, [TransferError['why'], string]>> = {
  301: ['forbidden', 'is in another region than AWS_REGION'],
  404: ['missing', 'is not there'],
  403: ['forbidden', 'is refused: allow s3:GetObject and s3:ListBucket, or s3:PutObject where it is written'],
};

/** For `catch`: throws a TransferError. Without s3:ListBucket S3 answers 403 also for what is not there. */
export const refusedBy = (place: string) => (error: unknown) => {
  if (error instanceof TransferError || error instanceof Interrupted) throw error;
  if (error instanceof Error && error.name === 'AbortError') throw error;
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const [why, says] = FINAL[status ?? 0] ?? ['unavailable', 'could not be transferred'];
  throw new TransferError(why, `${place} ${says} (${said})`, error);
};
