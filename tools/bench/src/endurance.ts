import type { Endurance, Run } from './benchmark.ts';
import { Child } from './child.ts';
import { median } from './median.ts';
import { endProgress, progress } from './progress.ts';
import { shuffled } from './shuffle.ts';
import type { Batch, PoolFile } from './subject.ts';

/** Images between two looks at the memory. */
const BATCH = 100;
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Works through all images in one process. Answers whether its memory kept within the limits. */
export async function endure(run: Run<Endurance>): Promise<boolean> {
  const { benchmark, settings, say } = run;
  const pool = await makePool(run);
  const total = settings.images ?? benchmark.images;
  const half = Math.floor(total / 2);
  // The second half is the first over again, so that what grows is not due to what happens to meet.
  const first = Array.from({ length: Math.ceil(half / pool.length) }, (_, i) => shuffled(pool, i)).flat();
  const order = [...first.slice(0, half), ...first.slice(0, total - half)];
  const child = new Child({ ...run, role: 'subject' }, benchmark.environment);
  const counts = new Map<string, number>();
  const resident: { first: number[]; second: number[] } = { first: [], second: [] };
  let [done, peak, peakOfHalf] = [0, 0, 0];
  try {
    while (done < total) {
      const end = Math.min(done + BATCH, done < half ? half : total);
      const batch = await child.ask<Batch>(order.slice(done, end));
      done = end;
      peak = batch.peakBytes;
      resident[done <= half ? 'first' : 'second'].push(batch.rssBytes);
      if (done === half) peakOfHalf = peak;
      for (const [word, n] of Object.entries(batch.counts)) counts.set(word, (counts.get(word) ?? 0) + n);
      progress(`${done} of ${total} images: ${mb(batch.rssBytes)} resident, peak ${mb(peak)}`);
    }
  } finally {
    await child.stop();
  }
  endProgress();
  const { peakMb, growthPercent } = benchmark.limits;
  const growth = (peak / peakOfHalf - 1) * 100;
  const held = [peak / 1e6 <= peakMb, growth <= growthPercent];
  const environment = Object.entries(benchmark.environment).map(([name, value]) => `${name}=${value}`);
  say(
    `${total} images out of ${pool.length} different ones, ${benchmark.concurrency} at a time, ${environment.join(' ')}`,
  );
  say(`What became of them: ${[...counts].map(([word, n]) => `${n} ${word}`).join(', ')}`);
  say(`Peak of resident memory: ${mb(peak)} (at most ${peakMb} MB)${held[0] ? '' : ' BROKEN'}`);
  say(
    `Growth of the peak over the second half: ${mb(peak - peakOfHalf)}, ${growth.toFixed(1)} % (at most ${growthPercent} %)${held[1] ? '' : ' BROKEN'}`,
  );
  // A leak moves these; a peak is also what two large images by chance at the same time make of it.
  say(
    `Resident between images, median: ${mb(median(resident.first))} in the first half, ${mb(median(resident.second))} in the second`,
  );
  return held.every(Boolean);
}

async function makePool({ file, settings, dir }: Run<Endurance>): Promise<string[]> {
  const child = new Child({ file, role: 'pool', settings, dir });
  const paths: string[] = [];
  try {
    for (let of = 1; paths.length < of;) {
      const made = await child.ask<PoolFile>(paths.length);
      of = made.of;
      paths.push(made.path);
      progress(`made ${paths.length} of ${of} files`);
    }
  } finally {
    await child.stop();
  }
  return paths;
}
