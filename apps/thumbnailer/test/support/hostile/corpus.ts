import { animations } from './animations.ts';
import { colours } from './colour.ts';
import { corruptedAvifs } from './corrupted-avifs.ts';
import { corruptedGifs } from './corrupted-gifs.ts';
import { corruptedJpegs } from './corrupted-jpegs.ts';
import { corruptedPngs } from './corrupted-pngs.ts';
import { corruptedTiffs } from './corrupted-tiffs.ts';
import { corruptedWebps } from './corrupted-webps.ts';
import type { HostileFile } from './file.ts';
import { flippedFiles } from './flipped.ts';
import { longFiles } from './long.ts';
import { polyglots } from './polyglots.ts';
import { profiles } from './profiles.ts';
import { sizeBombs } from './size-bombs.ts';
import { soundFiles } from './sound.ts';
import { truncatedChunks } from './truncated-chunks.ts';
import { truncatedFiles } from './truncated-files.ts';
import { truncatedJpegs } from './truncated-jpegs.ts';
import { workBombs } from './work-bombs.ts';
import { wrongFiles } from './wrong.ts';

/** Everything that anyone may upload, made here: the same bytes each time, and none of them committed. */
export async function hostileFiles(): Promise<HostileFile[]> {
  const sound = await soundFiles();
  return [
    ...truncatedJpegs(sound),
    ...truncatedChunks(sound),
    ...truncatedFiles(sound),
    ...corruptedJpegs(sound),
    ...corruptedPngs(sound),
    ...corruptedGifs(sound),
    ...corruptedWebps(sound),
    ...corruptedTiffs(),
    ...corruptedAvifs(sound),
    ...flippedFiles(sound),
    ...sizeBombs(sound),
    ...workBombs(sound),
    ...(await longFiles()),
    ...(await animations(sound)),
    ...wrongFiles(sound),
    ...(await colours(sound)),
    ...(await profiles(sound)),
    ...polyglots(sound),
  ];
}
