import { readFileSync, writeSync } from 'node:fs';
import { parseList, toCidrLines, toSet } from '../../src/index.ts';

/** What `iprange --optimize FILE` does. */
const list = parseList(readFileSync(process.argv[2] ?? ''));
for (const { line, message } of list.problems) process.stderr.write(`line ${line}: ${message}\n`);
const lines = toCidrLines(toSet(list));
for (let at = 0; at < lines.length;) at += writeSync(1, lines, at);
