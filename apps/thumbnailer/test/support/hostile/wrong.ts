import { gzipSync } from 'node:zlib';
import { brands } from './boxes.ts';
import { ascii, hostile, u16le, u32be, u32le, type HostileFile } from './file.ts';
import type { Sound } from './sound.ts';

const PADDING = Buffer.alloc(200, 0x20);

/** What is not a picture, or not one that is accepted; and pictures under the name of another format. */
export function wrongFiles(sound: Sound): HostileFile[] {
  const { jpeg, png, gif, webp, tiff, avif } = sound;
  const text = (what: string, content: string) =>
    hostile(`wrong: ${what}`, Buffer.from(content), 'unsupported');
  const signed = (what: string, ...bytes: Buffer[]) =>
    hostile(`wrong: ${what}`, Buffer.concat([...bytes, PADDING]), 'unsupported');
  return [
    hostile('wrong: empty', Buffer.alloc(0), 'corrupt'),
    hostile('wrong: one byte', Buffer.of(0xff), 'unsupported'),
    hostile('wrong: one NUL', Buffer.of(0), 'unsupported'),
    hostile('wrong: 100 kB of NUL', Buffer.alloc(100_000), 'unsupported'),
    text('whitespace', ' \n\t'.repeat(100)),
    text('text', 'The quick brown fox jumps over the lazy dog.\n'.repeat(20)),
    text('text with a byte order mark', '\ufeffhello'),
    text('HTML', '<!doctype html><title>x</title><script>alert(1)</script>'),
    text('JSON', JSON.stringify({ width: 10, height: 10, data: [1, 2, 3] })),
    text('CSV', 'a,b,c\n1,2,3\n'),
    text('PPM', 'P3\n2 2\n255\n255 0 0 0 255 0 0 0 255 9 9 9\n'),
    text('shell script', '#!/bin/sh\nexit 1\n'),
    ...svgs(),
    text('PDF', '%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF'),
    text('PostScript', '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n'),
    signed('ZIP', ascii('PK\x03\x04')),
    signed('RAR', ascii('Rar!\x1a\x07\x01\0')),
    signed('7z', ascii('7z\xbc\xaf\x27\x1c')),
    signed('MP4', brands('isom', 'isom', 'mp42')),
    signed('QuickTime film', brands('qt  ', 'qt  ')),
    signed('WebM', u32be(0x1a45dfa3)),
    signed('MP3', ascii('ID3\x04\0')),
    signed('HEIC', brands('heic', 'mif1', 'heic')),
    signed('HEIC under the brand of all HEIF', brands('mif1', 'mif1', 'heic')),
    signed('HEIC sequence', brands('hevc', 'msf1', 'hevc')),
    signed('ICO', u16le(0, 1, 1)),
    signed('BMP', ascii('BM'), u32le(254, 0, 54, 40, 8, 8)),
    signed('PSD', ascii('8BPS'), Buffer.of(0, 1)),
    signed('JPEG 2000', u32be(12), ascii('jP  \r\n\x87\n')),
    signed('JPEG 2000 codestream', u32be(0xff4fff51)),
    signed('JPEG XL', u32be(12), ascii('JXL \r\n\x87\n')),
    signed('JPEG XL codestream', Buffer.of(0xff, 0x0a)),
    signed('OpenEXR', u32be(0x762f3101)),
    signed('Radiance', ascii('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 2\n')),
    signed('FITS', ascii('SIMPLE  =                    T')),
    signed('libvips', Buffer.of(0x08, 0xf2, 0xa6, 0xb6)),
    signed('EXE', ascii('MZ\x90\0')),
    signed('ELF', ascii('\x7fELF')),
    signed('WAV', ascii('RIFF'), u32le(200), ascii('WAVEfmt ')),
    signed('Canon raw', ascii('FUJIFILMCCD-RAW ')),
    hostile('wrong: gzip of a JPEG', gzipSync(jpeg), 'unsupported'),
    hostile('wrong: base64 of a PNG', Buffer.from(png.toString('base64')), 'unsupported'),
    hostile(
      'wrong: PNG sent as text, with its line ends changed',
      Buffer.from(png.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
      'corrupt',
    ),
    hostile('wrong: JPEG sent as UTF-8', Buffer.from(jpeg.toString('latin1'), 'utf8'), 'unsupported'),
    hostile('wrong: JPEG behind a byte', Buffer.concat([Buffer.of(0), jpeg]), 'unsupported'),
    hostile('wrong: JPEG named a.png', jpeg, 'made'),
    hostile('wrong: PNG named a.jpg', png, 'made'),
    hostile('wrong: GIF named a.webp', gif, 'made'),
    hostile('wrong: WebP named a.gif', webp, 'made'),
    hostile('wrong: TIFF named a.jpg', tiff, 'made'),
    hostile('wrong: AVIF named a.heic', avif, 'made'),
    hostile('wrong: two JPEGs in one file, as MPO', Buffer.concat([jpeg, jpeg]), 'made'),
  ];
}

function svgs(): HostileFile[] {
  const svg = (what: string, content: string) =>
    hostile(`wrong: SVG ${what}`, Buffer.from(content), 'unsupported');
  const open = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
    '',
  );
  return [
    svg(
      'with an external entity',
      `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${open} width="99" height="9"><text>&x;</text></svg>`,
    ),
    svg(
      'of billion laughs',
      `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "lol">${laughs}]>${open} width="9" height="9"><text>&l10;</text></svg>`,
    ),
    svg('of a huge view', `${open} width="1e9" height="1e9" viewBox="0 0 1e9 1e9"/>`),
    svg(
      'that shows a file',
      `${open} width="9" height="9"><image xlink:href="file:///etc/hostname" width="9" height="9"/></svg>`,
    ),
    svg('with a script', `${open} onload="alert(1)"/>`),
    hostile('wrong: SVG, gzipped', gzipSync(`${open} width="9" height="9"/>`), 'unsupported'),
  ];
}
