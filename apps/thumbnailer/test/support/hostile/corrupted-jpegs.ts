import {
  ascii,
  DAMAGED,
  family,
  hostile,
  inserted,
  patched,
  seeded,
  u16be,
  u16le,
  u32le,
  type HostileFile,
} from './file.ts';
import { restartJpeg } from './grey-jpeg.ts';
import { firstOf, resized, segment, withSegments, without } from './jpeg.ts';
import { HEIGHT, WIDTH, type Sound } from './sound.ts';

export function corruptedJpegs({ jpeg, progressive, cmyk }: Sound): HostileFile[] {
  const sos = firstOf(jpeg, 'SOS').at;
  const sof = firstOf(jpeg, 'SOF0').at;
  const dht = firstOf(jpeg, 'DHT').at;
  const dqt = firstOf(jpeg, 'DQT').at;
  const scan = firstOf(jpeg, 'scan');
  const bad = family('corrupted jpeg');
  return [
    bad('SOS of no components ("Invalid SOS")', patched(jpeg, sos + 4, Buffer.of(0))),
    bad('SOS of five components', patched(jpeg, sos + 4, Buffer.of(5))),
    bad('SOS of an unknown component', patched(jpeg, sos + 5, Buffer.of(99))),
    bad('SOS with the spectrum of a progressive scan', patched(jpeg, sos + 11, Buffer.of(9, 3, 0x55))),
    bad('SOS before SOF', Buffer.concat([jpeg.subarray(0, sof), jpeg.subarray(sos)]), 'corrupt'),
    bad('no SOF', without(jpeg, 'SOF0'), 'corrupt'),
    bad('SOF twice', inserted(jpeg, sof, jpeg.subarray(sof, dht)), 'corrupt'),
    bad('no DHT', without(jpeg, 'DHT')),
    bad('no DQT', without(jpeg, 'DQT'), 'corrupt'),
    bad('no SOS', without(without(jpeg, 'SOS'), 'scan'), 'corrupt'),
    bad('no EOI', without(jpeg, 'EOI'), 'made', 'salvaged'),
    bad('EOI at once', withSegments(jpeg, Buffer.of(0xff, 0xd9)), 'corrupt'),
    bad('EOI in its scan', inserted(jpeg, (scan.at + scan.end) >> 1, Buffer.of(0xff, 0xd9))),
    bad('SOI twice', inserted(jpeg, 2, Buffer.of(0xff, 0xd8))),
    bad('DHT of more codes than bits', patched(jpeg, dht + 5, Buffer.alloc(16, 0xff))),
    bad('DHT for table 15', patched(jpeg, dht + 4, Buffer.of(0x0f))),
    bad('DQT for table 15', patched(jpeg, dqt + 4, Buffer.of(0x0f))),
    bad('DQT of zeros', patched(jpeg, dqt + 5, Buffer.alloc(64))),
    bad('no width', resized(jpeg, 0, HEIGHT), 'corrupt'),
    bad('no height', resized(jpeg, WIDTH, 0), 'corrupt'),
    bad('ten times as high as its scan', resized(jpeg, WIDTH, HEIGHT * 10)),
    bad('sampling factors of 15', patched(jpeg, sof + 11, Buffer.of(0xff)), 'corrupt'),
    bad('sampling factors of 0', patched(jpeg, sof + 11, Buffer.of(0)), 'corrupt'),
    bad('255 components', patched(jpeg, sof + 9, Buffer.of(255)), 'corrupt'),
    bad('12 bits per sample', patched(jpeg, sof + 4, Buffer.of(12)), 'unsupported'),
    bad('arithmetic coding', patched(jpeg, sof + 1, Buffer.of(0xc9))),
    bad('lossless coding', patched(jpeg, sof + 1, Buffer.of(0xc3)), 'unsupported'),
    bad('baseline that says it is progressive', patched(jpeg, sof + 1, Buffer.of(0xc2))),
    bad(
      'progressive that says it is baseline',
      patched(progressive, firstOf(progressive, 'SOF2').at + 1, Buffer.of(0xc0)),
    ),
    bad('CMYK without its Adobe marker', without(cmyk, 'ee'), 'made'),
    bad(
      'restart markers in the wrong order',
      restartJpeg(12, 9).map((byte) => (byte >= 0xd1 && byte <= 0xd6 ? byte ^ 7 : byte)) as Buffer,
    ),
    ...['APP1', 'DQT', 'SOF0', 'DHT', 'SOS'].flatMap((name) =>
      [0, 1, 0xffff].map((length) =>
        bad(`${name} of length ${length}`, patched(jpeg, firstOf(jpeg, name).at + 2, u16be(length))),
      ),
    ),
    ...exifs(jpeg),
    ...flipped(jpeg),
  ];
}

/** In TIFF's layout, little-endian, behind `Exif`. */
function exifs(jpeg: Buffer): HostileFile[] {
  const plain = without(jpeg, 'APP1');
  const exif = (what: string, ...parts: Buffer[]) =>
    hostile(`exif: ${what}`, withSegments(plain, segment(0xe1, ascii('Exif\0\0'), ...parts)), 'made');
  const header = (offset: number) => Buffer.concat([ascii('II'), u16le(42), u32le(offset)]);
  const entry = (tag: number, type: number, count: number, value: number) =>
    Buffer.concat([u16le(tag, type), u32le(count, value)]);
  return [
    ...[0, 9, 65_535].map((orientation) =>
      exif(`orientation ${orientation}`, header(8), u16le(1), entry(274, 3, 1, orientation), u32le(0)),
    ),
    exif('nothing in it'),
    exif('garbage', Buffer.alloc(600, 0xa5)),
    exif('directory beyond its end', header(0xfffffff0)),
    exif('65,535 entries', header(8), u16le(65_535), entry(274, 3, 1, 1)),
    exif('directory that follows itself', header(8), u16le(1), entry(274, 3, 1, 1), u32le(8)),
    exif('sub-directory that is itself', header(8), u16le(1), entry(0x8769, 4, 1, 8), u32le(0)),
    exif('tag of 4 G values', header(8), u16le(1), entry(270, 2, 0xffffffff, 26), u32le(0)),
    exif('orientation as text', header(8), u16le(1), entry(274, 2, 4, 0x36363636), u32le(0)),
    exif(
      'thumbnail beyond its end',
      header(8),
      u16le(2),
      entry(0x201, 4, 1, 0xffff),
      entry(0x202, 4, 1, 0xffffff),
      u32le(0),
    ),
  ];
}

function flipped(jpeg: Buffer): HostileFile[] {
  return Array.from({ length: 12 }, (_, i) => {
    const random = seeded(i + 1);
    const copy = Buffer.from(jpeg);
    // The first two bytes say that it is a JPEG; what else it were is tested elsewhere.
    for (let n = 0; n <= i; n++)
      copy[2 + Math.floor(random() * (copy.length - 2))] = Math.floor(random() * 256);
    return hostile(
      `corrupted jpeg: ${i + 1} random bytes, seed ${i + 1}`,
      copy,
      ...DAMAGED,
      'too_many_pixels',
    );
  });
}
