import type { DescribeTaskExecutionCommandOutput } from '@aws-sdk/client-datasync';
import type { TransferSighting } from '../../ports/dataset-transfer.ts';

/** Before these are over, the estimates are those of nothing yet. */
const NOT_COUNTED = new Set(['QUEUED', 'LAUNCHING', 'PREPARING']);

/**
 * What DescribeTaskExecution has said, in our words. Bytes are those that have been written at the
 * destination, as the estimate is of those.
 * https://docs.aws.amazon.com/datasync/latest/userguide/understand-task-statuses.html
 */
export function sightingOf(said: DescribeTaskExecutionCommandOutput): TransferSighting {
  const status = said.Status ?? 'without a status';
  const isCounted = !NOT_COUNTED.has(status);
  return {
    state: stateOf(status),
    status,
    filesDone: said.FilesTransferred,
    filesTotal: isCounted ? said.EstimatedFilesToTransfer : undefined,
    bytesDone: said.BytesWritten,
    bytesTotal: isCounted ? said.EstimatedBytesToTransfer : undefined,
    reason: status === 'ERROR' ? reasonOf(said) : undefined,
  };
}

export const isOver = (status: string | undefined): boolean => status === 'SUCCESS' || status === 'ERROR';

function stateOf(status: string): TransferSighting['state'] {
  if (status === 'SUCCESS') return 'brought';
  if (status === 'ERROR') return 'failed';
  return status === 'CANCELLING' ? 'ending' : 'running';
}

function reasonOf({ Result }: DescribeTaskExecutionCommandOutput): string {
  const said = [Result?.ErrorCode, Result?.ErrorDetail].filter((text) => text !== undefined && text !== '');
  return said.length === 0 ? 'DataSync ended in ERROR' : `DataSync ended in ERROR: ${said.join(': ')}`;
}
