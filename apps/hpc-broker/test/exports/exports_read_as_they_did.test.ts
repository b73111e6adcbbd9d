import { describe, expect, it } from 'vitest';
import { toBatch } from '../../src/domain/export/batch.ts';
import { toParallelCluster } from '../../src/domain/export/parallelcluster.ts';
import { toSbatch } from '../../src/domain/export/sbatch.ts';
import { clusterText } from '../../src/http/exports.ts';
import { catalogue, JOBS, placed } from './jobs.ts';

describe.each(Object.entries(JOBS))('%s', (name, job) => {
  it('is written for Slurm', async () => {
    await expect(toSbatch(job)).toMatchFileSnapshot(`${name}.sbatch`);
  });

  it('is written for AWS Batch', async () => {
    const bodies = toBatch(job, placed(job), catalogue.services);
    await expect(jsonText(bodies)).toMatchFileSnapshot(`${name}.batch.json`);
  });

  it('is written for ParallelCluster', async () => {
    const text = clusterText(toParallelCluster(job, placed(job)!, catalogue));
    await expect(text).toMatchFileSnapshot(`${name}.yaml`);
  });
});

/** As oxfmt would have it: lists of words on one line where they fit. */
function jsonText(value: object): string {
  const LIST = /^( *)("[^"]+": )\[\n([^[\]{}]*?)\n *\](,?)$/gm;
  const text = JSON.stringify(value, null, 2).replaceAll(LIST, (all, indent, name, items, comma) => {
    const line = `${indent}${name}[${String(items).trim().replaceAll(/\n */g, ' ')}]${comma}`;
    return line.length <= 110 ? line : all;
  });
  return `${text}\n`;
}
