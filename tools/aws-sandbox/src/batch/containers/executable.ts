import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** As the container runtime says it; undefined when it can be run. */
export function whyNotExecutable(file: string | undefined, path: string): string | undefined {
  if (file === undefined) return 'no command specified';
  const candidates = file.includes('/') ? [file] : path.split(':').map((dir) => join(dir, file));
  if (candidates.some(isExecutable)) return undefined;
  return `failed to create task for container: exec: "${file}": executable file not found in $PATH`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
