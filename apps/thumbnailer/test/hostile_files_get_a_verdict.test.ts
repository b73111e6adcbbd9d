import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '@groundwork/contracts';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Rendered } from '../src/ports/renderer.ts';
import { hostileFiles } from './support/hostile/corpus.ts';
import type { Outcome } from './support/hostile/file.ts';
import { createHostileRenderer, PRESETS } from './support/hostile/rendering.ts';

/** For one file, in CPU seconds: ten times what the slowest takes. */
const MAX_CPU_SECONDS = 3;
/** One fills pools and caches, the next shows how large they are, and the last that they stay as they are. */
const PASSES = 3;

const files = await hostileFiles();
const renderer = createHostileRenderer();

function outcomeOf(rendered: Rendered): Outcome {
  if (!rendered.ok) return rendered.verdict.code;
  return rendered.impression.salvaged ? 'salvaged' : 'made';
}

/** For the person who uploaded it: one sentence, in no library's words. */
function expectReadable({ reason }: Verdict): void {
  expect(reason).toMatch(/^[A-Z][^\n]{10,200}\.$/);
  expect(reason).not.toMatch(
    /\. |vips|lib(png|heif|tiff)|buffer|undefined|null|NaN|Error|\bat \w+ \(|\w\/\w/i,
  );
}

async function expectThumbnails(rendered: Extract<Rendered, { ok: true }>): Promise<void> {
  const { width, height } = rendered.impression;
  expect(Math.min(width, height)).toBeGreaterThan(0);
  expect(rendered.renditions).toHaveLength(3);
  const shrink = Math.min(1, 48 / Math.max(width, height));
  const square = Math.min(24, width, height);
  for (const { preset, encoding, bytes, ...size } of rendered.renditions) {
    const [wide, high] =
      preset.name === 'square'
        ? [square, square]
        : [width, height].map((side) => Math.max(1, Math.round(side * shrink)));
    expect(size, preset.name).toMatchObject({ width: wide, height: high });
    const { info } = await sharp(bytes, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: wide, height: high });
    expect((await sharp(bytes).metadata()).format).toBe(encoding.format);
    // Nothing of what hides behind or within the upload.
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/<script|<\?php|alert\(|%PDF/);
  }
}

it('there are enough of them, and each has its own name', () => {
  expect(files.length).toBeGreaterThanOrEqual(200);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
});

describe('a hostile file ends in thumbnails or a verdict', () => {
  it.each(files)('$name', async ({ bytes, expect: outcomes }) => {
    const begun = process.cpuUsage();
    const rendered = await renderer.render(bytes, { presets: PRESETS });
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1e6).toBeLessThan(MAX_CPU_SECONDS);
    expect(outcomes, rendered.ok ? undefined : rendered.verdict.reason).toContain(outcomeOf(rendered));
    if (rendered.ok) await expectThumbnails(rendered);
    else expectReadable(rendered.verdict);
  });
});

describe('the verdict says what the file is, or what to do', () => {
  it.each([
    ['wrong: PDF', /a PDF; upload JPEG/],
    ['wrong: SVG of billion laughs', /an SVG/],
    ['wrong: HEIC', /HEVC/],
    ['wrong: ZIP', /an archive/],
    ['wrong: text', /not an image/],
    ['truncated jpeg: in DHT', /ends too early/],
    ['corrupted jpeg: no width', /damaged/],
    ['colour: TIFF of 12 channels', /of a kind that cannot be read here/],
    ['bomb: JPEG of 10,000 scans', /more than 100 scans/],
    ['bomb: JPEG of 65,535²', /wider or higher/],
    ['animation: WebP of 40,000 frames', /more than 100 frames/],
  ])('%s', async (named, says) => {
    const file = files.find(({ name }) => name === named);
    const rendered = await renderer.render(file?.bytes ?? new Uint8Array(), { presets: PRESETS });
    expect(rendered).toMatchObject({ ok: false, verdict: { reason: expect.stringMatching(says) } });
  });
});

it(`${PASSES} times over, several at a time, they neither end the process nor fill its memory`, async () => {
  const script = fileURLToPath(new URL('support/hostile/render-repeatedly.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', script, String(PASSES)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // As in the container: glibc's arenas, one for each thread, only look like a leak.
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(await ended, complaints).toEqual({ code: 0, signal: null });
  const resident = output.trim().split('\n').map(Number);
  expect(resident).toHaveLength(PASSES);
  // The first pass fills pools and caches, the second shows how large they are.
  const [, settled = 0] = resident;
  expect(resident.at(-1), `bytes after each pass: ${resident.join(', ')}`).toBeLessThan(
    settled * 1.15 + 20_000_000,
  );
}, 180_000);
