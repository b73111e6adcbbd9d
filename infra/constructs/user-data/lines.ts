import { UserData } from 'aws-cdk-lib/aws-ec2';
import { readFileSync } from 'node:fs';

/** EC2 takes no more, before it is encoded. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
const MOST_BYTES = 16_384;

/** What is known only when it is deployed stands in a value as the CDK's token for it. */
export type Environment = Readonly<Record<string, string>>;

/** Lines of bash, for an instance that starts for the first time. */
export function userDataOf(lines: readonly string[]): UserData {
  const userData = UserData.forLinux();
  userData.addCommands(...lines);
  const bytes = Buffer.byteLength(userData.render());
  if (bytes > MOST_BYTES) throw new Error(`User data of ${bytes} bytes: EC2 takes ${MOST_BYTES}`);
  return userData;
}

/** What the lines that follow, and all that they start, find in their environment. */
export function exported(environment: Environment): string[] {
  return Object.entries(environment).map(([name, value]) => {
    if (value.includes("'")) throw new Error(`${name} cannot have a quote in it: ${value}`);
    return `export ${name}='${value}'`;
  });
}

/** A script that lies beside the file that names it. */
export const script = (file: URL): string => readFileSync(file, 'utf8').trimEnd();

/** Lines of bash that put a file there as it is, below `$DESTDIR`, as install(1) does. */
export const writeFile = (path: string, content: string, mode = '644'): string[] => [
  `mkdir -p "\${DESTDIR:-}${path.slice(0, path.lastIndexOf('/'))}"`,
  `cat >"\${DESTDIR:-}${path}" <<'END_OF_FILE'`,
  content,
  'END_OF_FILE',
  `chmod ${mode} "\${DESTDIR:-}${path}"`,
];

/** Defines a function of lines that stop at the first one that fails; what they start finds nothing to read. */
export const defineFunction = (name: string, lines: readonly string[]): string[] => [
  ...writeFile(
    `/usr/local/lib/groundwork/${name}`,
    ['#!/bin/bash', 'set -euo pipefail', ...lines].join('\n'),
    '755',
  ),
  `${name}() { "\${DESTDIR:-}/usr/local/lib/groundwork/${name}" </dev/null; }`,
];

export const INSTANCE_LIBRARY = '/usr/local/lib/groundwork/instance.sh';

/** What scripts on an instance share. */
export const instanceLibrary = (): string[] => [
  ...writeFile(INSTANCE_LIBRARY, script(new URL('instance.sh', import.meta.url))),
  `. "\${DESTDIR:-}${INSTANCE_LIBRARY}"`,
];
