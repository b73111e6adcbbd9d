import { z } from 'zod';
import { parseYamlFile } from '../yaml-file.ts';

const Rules = z.strictObject({
  share: z.number().positive().max(1_000_000).default(1),
  maxCores: z.int().min(1).optional(),
  maxQueued: z.int().min(1).max(10_000_000).optional(),
});

export const ProjectFile = z.strictObject({
  projects: z.array(Rules.extend({ name: z.string().min(1).max(63) })).max(1_000),
});

export interface ProjectRules {
  /** Of everything, against the shares of the others. */
  share: number;
  /** That may run at the same time; undefined: as many as there are. */
  maxCores: number | undefined;
  /** Elements that may wait; more are answered with 429. Undefined: as many as the service takes. */
  maxQueued: number | undefined;
}

/** Throws an Error that names everything that is wrong. */
export function parseProjects(yaml: string): z.infer<typeof ProjectFile> {
  const file = parseYamlFile('projects', yaml, ProjectFile);
  const twice = file.projects.find(
    ({ name }, at) => file.projects.findIndex((one) => one.name === name) < at,
  );
  if (twice !== undefined) throw new Error(`The projects are not valid:\n  ${twice.name} is there twice`);
  return file;
}

/** Whoever is not in the file is like everybody else. */
const ANYBODY: ProjectRules = { share: 1, maxCores: undefined, maxQueued: undefined };

export function projectRules(file: z.infer<typeof ProjectFile>): (project: string) => ProjectRules {
  const rules = new Map(
    file.projects.map(({ name, share, maxCores, maxQueued }) => [name, { share, maxCores, maxQueued }]),
  );
  return (project) => rules.get(project) ?? ANYBODY;
}
