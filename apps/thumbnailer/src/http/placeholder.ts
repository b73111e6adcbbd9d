import type { Response } from 'express';
import type { Preset } from '../domain/presets.ts';

const COLOURS = { pending: '#d4d4d8', failed: '#e4e4e7' };

/** An SVG of the preset's size for `<img>`, which shows what comes with a 202 or 422 like any other picture. */
export function sendPlaceholder(
  res: Response,
  preset: Preset,
  kind: keyof typeof COLOURS,
  title: string,
): void {
  const { width, height } = preset;
  const mark =
    kind === 'failed'
      ? `<path d="M35 35 65 65M65 35 35 65" stroke="#a1a1aa" stroke-width="4" fill="none"/>`
      : '<circle cx="38" cy="50" r="4"/><circle cx="50" cy="50" r="4"/><circle cx="62" cy="50" r="4"/>';
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img">` +
    `<title>${escape(title)}</title><rect width="100%" height="100%" fill="${COLOURS[kind]}"/>` +
    `<svg viewBox="0 0 100 100" fill="#a1a1aa">${mark}</svg></svg>`;
  res.set({
    'content-type': 'image/svg+xml',
    // A picture, never a page: opened by itself it may not run or load anything.
    'content-security-policy': "default-src 'none'; sandbox",
  });
  res.send(Buffer.from(svg));
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.codePointAt(0)};`);
}
