import { fileURLToPath } from 'node:url';

/** What images are built of. A change of anything else builds and deploys none anew. */
export const IMAGE_CONTEXT = {
  directory: fileURLToPath(new URL('../..', import.meta.url)),
  exclude: [
    '.*',
    '!.npmrc',
    'docs',
    '**/*.md',
    '**/test',
    '**/bench/**',
    '**/soak',
    '**/cdk.out',
    // Of packages that no image has, npm only wants to know that they are there.
    'infra/**',
    '!infra/package.json',
    '!tools/bench/package.json',
  ],
};
