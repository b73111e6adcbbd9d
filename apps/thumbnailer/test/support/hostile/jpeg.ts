import { ascii, inserted, patched, u16be } from './file.ts';

const NAMES: Record<number, string> = {
  0xc0: 'SOF0',
  0xc2: 'SOF2',
  0xc4: 'DHT',
  0xd8: 'SOI',
  0xd9: 'EOI',
  0xda: 'SOS',
  0xdb: 'DQT',
  0xdd: 'DRI',
  0xe0: 'APP0',
  0xe1: 'APP1',
  0xe2: 'APP2',
  0xfe: 'COM',
};

export interface Segment {
  name: string;
  /** Of its 0xff. */
  at: number;
  /** After its last byte; entropy-coded data is a segment of its own, named `scan`. */
  end: number;
}

/** ITU-T T.81 annex B: markers, each with a length unless it stands alone. */
export function segmentsOf(jpeg: Buffer): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at + 2 <= jpeg.length) {
    const marker = jpeg[at + 1] ?? 0;
    const restart = marker >= 0xd0 && marker <= 0xd7;
    const alone = restart || marker === 0xd8 || marker === 0xd9;
    const end = alone ? at + 2 : at + 2 + jpeg.readUInt16BE(at + 2);
    segments.push({ name: restart ? 'RST' : (NAMES[marker] ?? marker.toString(16)), at, end });
    at = end;
    if (marker === 0xda || restart) {
      while (at < jpeg.length && !(jpeg[at] === 0xff && jpeg[at + 1] !== 0)) at++;
      segments.push({ name: 'scan', at: end, end: at });
    }
  }
  return segments;
}

export function firstOf(jpeg: Buffer, name: string): Segment {
  const found = segmentsOf(jpeg).find((one) => one.name === name);
  if (found === undefined) throw new Error(`The JPEG has no ${name}`);
  return found;
}

export function without(jpeg: Buffer, name: string): Buffer {
  const dropped = segmentsOf(jpeg).filter((one) => one.name !== name);
  return Buffer.concat(dropped.map(({ at, end }) => jpeg.subarray(at, end)));
}

export function segment(marker: number, ...payload: Uint8Array[]): Buffer {
  const body = Buffer.concat(payload);
  return Buffer.concat([Buffer.of(0xff, marker), u16be(body.length + 2), body]);
}

/** Behind SOI, where APPn and COM belong. */
export function withSegments(jpeg: Buffer, ...segments: Buffer[]): Buffer {
  return inserted(jpeg, 2, ...segments);
}

/** In as many APP2 as it takes. ICC.1:2022 annex B.4. */
export function withIcc(jpeg: Buffer, profile: Buffer, claimedParts?: number): Buffer {
  const room = 65_519;
  const parts = Math.max(1, Math.ceil(profile.length / room));
  const pieces = Array.from({ length: parts }, (_, i) =>
    segment(
      0xe2,
      ascii('ICC_PROFILE\0'),
      Buffer.of(i + 1, claimedParts ?? parts),
      profile.subarray(i * room, (i + 1) * room),
    ),
  );
  return withSegments(jpeg, ...pieces);
}

/** Claims another size in its frame header. */
export function resized(jpeg: Buffer, width: number, height: number): Buffer {
  const frame = segmentsOf(jpeg).find(({ name }) => name.startsWith('SOF'));
  return patched(jpeg, (frame?.at ?? 0) + 5, u16be(height, width));
}
