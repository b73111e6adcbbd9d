import { ascii, hostile, inserted, type HostileFile, type Outcome } from './file.ts';
import { brands } from './boxes.ts';
import { screen } from './gif.ts';
import { firstOf, segment, withSegments } from './jpeg.ts';
import { AFTER_HEADER, chunk } from './png.ts';
import type { Sound } from './sound.ts';

const ZIP = ascii('PK\x03\x04\x14\0\0\0\0\0a.txtPK\x05\x06'.padEnd(80, '\0'));
const HTML = ascii('<html><body><script>alert(document.domain)</script></body></html>');
const PHP = ascii('<?php system($_GET["c"]); __halt_compiler(); ?>');
const PDF = ascii('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n');
const SVG = ascii('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');

/** Files that are two things at once: thumbnails show the picture and carry nothing of the rest. */
export function polyglots({ jpeg, png, gif, webp, tiff, avif }: Sound): HostileFile[] {
  const both = (what: string, bytes: Buffer, ...expect: readonly Outcome[]) =>
    hostile(`polyglot: ${what}`, bytes, ...(expect.length === 0 ? (['made'] as const) : expect));
  const comment = (text: Buffer) => withSegments(jpeg, segment(0xfe, text));
  const afterScan = firstOf(jpeg, 'EOI').at;
  return [
    both('JPEG and ZIP', Buffer.concat([jpeg, ZIP])),
    both('JPEG with PHP in a comment', comment(PHP)),
    both('JPEG with HTML in a comment', comment(HTML)),
    both('JPEG with PDF in a comment', comment(PDF)),
    both('JPEG with PHP behind its scan', inserted(jpeg, afterScan, PHP), 'made', 'salvaged'),
    both('JPEG in a JPEG comment', comment(jpeg)),
    both('JPEG and shell', comment(ascii('\n#!/bin/sh\nrm -rf /\n'))),
    both('PNG with HTML after IEND', Buffer.concat([png, HTML])),
    both(
      'PNG with PHP in a text',
      inserted(png, AFTER_HEADER, chunk('tEXt', Buffer.concat([ascii('Comment\0'), PHP]))),
    ),
    both('PNG and ZIP', Buffer.concat([png, ZIP])),
    both('PNG and JPEG', Buffer.concat([png, jpeg])),
    both('PNG with a private chunk of HTML', inserted(png, AFTER_HEADER, chunk('prVt', HTML))),
    both(
      'GIF and JavaScript',
      Buffer.concat([ascii('GIF89a/*'), gif.subarray(8), ascii('*/=1;alert(1)')]),
      'made',
      'salvaged',
      'corrupt',
      'too_many_pixels',
    ),
    both('GIF and Java archive', Buffer.concat([gif, ZIP])),
    both(
      'GIF of JavaScript only',
      ascii('GIF89a=1;alert(document.domain)//'),
      'corrupt',
      'too_many_pixels',
      'salvaged',
    ),
    both(
      'GIF with HTML in a comment',
      Buffer.concat([screen(8, 8), Buffer.of(0x21, 0xfe, HTML.length), HTML, Buffer.of(0), ascii(';')]),
      'corrupt',
    ),
    both('WebP and HTML', Buffer.concat([webp, HTML])),
    both('TIFF and PHP', Buffer.concat([tiff, PHP])),
    both('AVIF and HTML', Buffer.concat([avif, HTML]), 'made', 'salvaged', 'corrupt'),
    both('PDF and JPEG', Buffer.concat([PDF, jpeg]), 'unsupported'),
    both('ZIP and PNG', Buffer.concat([ZIP, png]), 'unsupported'),
    both('HTML and GIF', Buffer.concat([HTML, gif]), 'unsupported'),
    both('SVG behind the signature of a PNG', Buffer.concat([png.subarray(0, 8), SVG]), 'corrupt'),
    both(
      'SVG behind the signature of a JPEG',
      Buffer.concat([jpeg.subarray(0, 3), SVG]),
      'corrupt',
      'unsupported',
    ),
    both(
      'SVG behind the signature of a GIF',
      Buffer.concat([ascii('GIF89a'), SVG]),
      'corrupt',
      'too_many_pixels',
      'salvaged',
    ),
    both('SVG that holds a PNG', Buffer.concat([SVG, png]), 'unsupported'),
    both(
      'film behind the brand of an AVIF',
      Buffer.concat([brands('avif', 'isom', 'mp42'), ascii('\0\0\0\x08moov')]),
      'corrupt',
    ),
    both('JPEG behind RIFF and WEBP', Buffer.concat([webp.subarray(0, 12), jpeg]), 'corrupt'),
    both('JPEG behind the header of a TIFF', Buffer.concat([tiff.subarray(0, 8), jpeg]), 'corrupt'),
  ];
}
