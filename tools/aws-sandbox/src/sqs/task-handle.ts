import { sqsError } from './error.ts';

/** What a task handle stands for: a move task, and the queue it empties. As in AWS, base64 of a JSON object. */
export interface TaskHandle {
  taskId: string;
  sourceArn: string;
}

export function encodeTaskHandle(handle: TaskHandle): string {
  return Buffer.from(JSON.stringify(handle)).toString('base64');
}

export function decodeTaskHandle(text: string): TaskHandle {
  try {
    const handle = JSON.parse(Buffer.from(text, 'base64').toString()) as Partial<TaskHandle>;
    const { taskId, sourceArn } = handle;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {
    // falls through to the error below
  }
  throw sqsError('InvalidParameterValue', 'Value for parameter TaskHandle is invalid.');
}
