import { readFileSync } from 'node:fs';
import type { Instance } from '../processes/instance.ts';

const FATAL = 60;
/** Ids and numbers, which would make each line one of its own. */
const VARYING = /(?<=\/v1\/\w+\/[\w-]+\/)\S+/g;

export interface Said {
  /** Level and text, how often. */
  counts: Map<string, number>;
  /** What is no log line, or fatal. */
  wrong: string[];
}

/** What the instances have written: nothing but lines of JSON, none of them fatal, and nothing on stderr. */
export function readLogs(instances: readonly Instance[]): Said {
  const said: Said = { counts: new Map(), wrong: [] };
  for (const { name, logs } of instances) {
    const errors = readFileSync(logs.err, 'utf8').trim();
    if (errors !== '') said.wrong.push(`${name} on stderr: ${errors.slice(0, 2_000)}`);
    for (const line of readFileSync(logs.out, 'utf8').split('\n')) {
      if (line === '') continue;
      try {
        const { level, msg } = JSON.parse(line) as { level: number | string; msg?: string };
        const text = `${level} ${String(msg).slice(0, 160).replace(VARYING, '…')}`;
        said.counts.set(text, (said.counts.get(text) ?? 0) + 1);
        if (level === FATAL || level === 'fatal') said.wrong.push(`${name}: ${line.slice(0, 1_000)}`);
      } catch {
        // The last line of a process that was killed may be cut off.
        if (!line.startsWith('{')) said.wrong.push(`${name}, no log line: ${line.slice(0, 500)}`);
      }
    }
  }
  return said;
}
