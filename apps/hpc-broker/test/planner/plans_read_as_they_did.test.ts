import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { planText } from './plan-text.ts';
import { JOBS } from './jobs.ts';
import { answerFor } from './support.ts';

const folder = new URL('../plans/', import.meta.url);

/** UPDATE_PLANS=1 writes them anew: then read what has changed before it is kept. */
describe('The plan of a typical job reads as the one that is kept', () => {
  it.each(Object.keys(JOBS))('%s', async (name) => {
    const { what, job, engines } = JOBS[name]!;
    const spec = JSON.stringify(job, null, 2);
    const text = `# ${what}\n\n\`\`\`json\n${spec}\n\`\`\`\n\n${planText(answerFor(job, engines))}`;
    const file = new URL(`${name}.md`, folder);
    if (process.env['UPDATE_PLANS'] === '1') await writeFile(file, text);
    expect(await readFile(file, 'utf8')).toBe(text);
  });
});
