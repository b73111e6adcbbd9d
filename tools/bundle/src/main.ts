import { bundle } from './bundle.ts';

const { bytes, external } = await bundle(process.cwd());
const beside = external.length === 0 ? '' : `, beside it ${external.join(', ')}`;
process.stdout.write(`dist/main.js: ${(bytes / 1e6).toFixed(1)} MB${beside}\n`);
