/** The part of a path from its n-th slash on, as it stands there: Express decodes what it matches. */
export function restOf(path: string, slashes: number): string {
  return path.split('/').slice(slashes).join('/');
}
