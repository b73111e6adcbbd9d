/** Filters of DescribeInstanceTypes, as c8g.xlarge or hpc7a.*. Throws an Error at a line that is none. */
export function parseCurated(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const wrong = patterns.find((pattern) => !/^[a-z0-9-]+\.[a-z0-9-]*\*?$/.test(pattern));
  if (wrong !== undefined) throw new Error(`curated.txt has a line that is no instance type: ${wrong}`);
  if (patterns.length === 0) throw new Error('curated.txt names no instance type');
  return patterns;
}

export function isCuratedBy(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
