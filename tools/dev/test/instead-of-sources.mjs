// Main files are loaded as what was made of them, which takes half the time. Their command lines stay what they are.
import { registerHooks } from 'node:module';

const made = JSON.parse(process.env.TEST_MADE_PROGRAMS ?? '{}');

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const url = made[found.url];
    return url === undefined ? found : { ...found, url, format: 'module' };
  },
});
