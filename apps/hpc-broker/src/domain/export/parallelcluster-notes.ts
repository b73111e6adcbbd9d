import { COMMON } from './common-notes.ts';
import { expressed, when, type Told } from './told.ts';

/** What the script has to say is said there; this is of what the cluster itself cannot be told. */
export const TOLD_CLUSTER: Told = {
  ...COMMON,
  workSeconds: expressed,
  priority: expressed,
  project: expressed,
  user: expressed,
  engine: expressed,
  image: ({ image }) =>
    when(
      image,
      (name) =>
        `image ${name}: nodes run no containers by themselves; install Apptainer or pyxis by CustomActions.`,
    ),
  workingDirectory: ({ workingDirectory }) =>
    when(
      workingDirectory,
      (path) =>
        `workingDirectory ${path}: make it on the head node, below /home or /shared, which nodes see.`,
    ),
  inputs: ({ inputs }) => {
    const buckets = [...new Set(inputs.map(({ from }) => /^s3:\/\/([^/]+)/.exec(from)?.[1] ?? []).flat())];
    return buckets.length === 0
      ? []
      : [
          `inputs: nodes may read no bucket by themselves; Iam.S3Access of the queue for ${buckets.join(', ')}.`,
        ];
  },
  outputs: ({ outputs }) => {
    const buckets = [...new Set(outputs.map(({ to }) => /^s3:\/\/([^/]+)/.exec(to)?.[1] ?? []).flat())];
    return buckets.length === 0
      ? []
      : [`outputs: Iam.S3Access with EnableWriteAccess for ${buckets.join(', ')}.`];
  },
  resources: expressed,
  array: expressed,
  mpi: ({ mpi }) =>
    mpi === undefined ? [] : ['mpi: OpenMPI is at /opt/amazon/openmpi, where the script looks for it.'],
  dependsOn: expressed,
  walltimeSeconds: expressed,
  retries: expressed,
  exitCodes: expressed,
  checkpoint: expressed,
  purchase: expressed,
  labels: expressed,
};
