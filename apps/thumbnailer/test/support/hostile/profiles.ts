import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { ascii, family, inserted, patched, u32be, type HostileFile } from './file.ts';
import { withIcc } from './jpeg.ts';
import { AFTER_HEADER, chunk, deflatedZeros, png, rows } from './png.ts';
import { picture, type Sound } from './sound.ts';

interface Profiles {
  cmyk: Buffer;
  p3: Buffer;
}

async function profilesOf({ extended }: Sound): Promise<Profiles> {
  const icc = async (file: Buffer) => (await sharp(file).metadata()).icc ?? Buffer.alloc(0);
  const cmyk = await picture().jpeg().withIccProfile('cmyk').toBuffer();
  return { cmyk: await icc(cmyk), p3: await icc(extended) };
}

/** ICC profiles that are broken, huge, or of another kind of picture: colours may be off, but it is a picture. */
export async function profiles(sound: Sound): Promise<HostileFile[]> {
  const { jpeg, cmyk, png: whole } = sound;
  const icc = await profilesOf(sound);
  const grey = png({ width: 8, height: 8 }, rows(8, Buffer.of(1, 2, 3, 4, 5, 6, 7, 8)));
  const inPng = (file: Buffer, profile: Buffer) =>
    inserted(file, AFTER_HEADER, chunk('iCCP', Buffer.concat([ascii('p\0\0'), deflateSync(profile)])));
  const made = family('icc', ['made']);
  return [
    made('garbage', withIcc(jpeg, Buffer.alloc(3_000, 0xa5))),
    made('of zero length', withIcc(jpeg, Buffer.alloc(0))),
    made('of 10 bytes', withIcc(jpeg, icc.p3.subarray(0, 10))),
    made('cut in its tags', withIcc(jpeg, icc.p3.subarray(0, icc.p3.length >> 1))),
    made('that says it is 4 GB', withIcc(jpeg, patched(icc.p3, 0, u32be(0xffffffff)))),
    made('that says it is empty', withIcc(jpeg, patched(icc.p3, 0, u32be(0)))),
    made('of 4 G tags', withIcc(jpeg, patched(icc.p3, 128, u32be(0xffffffff)))),
    made('with tags beyond its end', withIcc(jpeg, patched(icc.p3, 136, u32be(0x7fffffff, 0x7fffffff)))),
    made('for CMYK in RGB', withIcc(jpeg, icc.cmyk)),
    made('for RGB in CMYK', withIcc(cmyk, icc.p3)),
    made('for RGB in grey', inPng(grey, icc.p3)),
    made('of 10 MB', withIcc(jpeg, Buffer.concat([icc.p3, Buffer.alloc(10_000_000)]))),
    made('of 10 MB in PNG', inPng(whole, Buffer.alloc(10_000_000))),
    made('named Display P3 and else garbage', withIcc(jpeg, Buffer.from('Display P3 '.repeat(50)))),
    made('of which parts are missing', withIcc(jpeg, icc.p3, 9)),
    made('of 0 parts', withIcc(jpeg, icc.p3, 0)),
    made('twice', withIcc(withIcc(jpeg, icc.p3), icc.cmyk)),
    made('in PNG that is not zlib', inserted(whole, AFTER_HEADER, chunk('iCCP', ascii('p\0\0garbage')))),
    made(
      'in PNG without a name',
      inserted(whole, AFTER_HEADER, chunk('iCCP', Buffer.concat([Buffer.of(0, 0), deflatedZeros(1)]))),
    ),
  ];
}
