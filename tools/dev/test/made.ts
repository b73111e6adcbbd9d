import { fileURLToPath } from 'node:url';

/** What was made of each main file, by their URLs: see instead-of-sources.mjs. */
export const MADE = 'TEST_MADE_PROGRAMS';

const INSTEAD = fileURLToPath(new URL('instead-of-sources.mjs', import.meta.url));

/** Has a process, and those that it starts, take what was made of main files instead of those. */
export const insteadOfSources = { NODE_OPTIONS: `--import=${INSTEAD}` };
