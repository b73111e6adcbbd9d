import { readFileSync, writeFileSync } from 'node:fs';

/** What all contenders answer with: path by path, the headers and the body of the service. */
export interface Reply {
  headers: [name: string, value: string][];
  body: string;
  etag: string;
}

/** Node adds them by itself. */
const BY_NODE = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

export async function replyOf(url: string, headers: Record<string, string>): Promise<Reply> {
  const answer = await fetch(url, { headers });
  return {
    headers: [...answer.headers].filter(([name]) => !BY_NODE.has(name)),
    body: await answer.text(),
    etag: answer.headers.get('etag') ?? '',
  };
}

export const save = (file: string, replies: Record<string, Reply>): void =>
  writeFileSync(file, JSON.stringify(replies));
export const read = (file: string): Record<string, Reply> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, Reply>;
