/** Where attempts go, by how they are bought; without `spot` everything is On-Demand. */
export interface BatchQueues {
  onDemand: string;
  spot?: string | undefined;
  /** For jobs over several nodes: On-Demand, in one zone, with a cluster placement group. */
  multiNode?: string | undefined;
}

export interface BatchJobs {
  queues: BatchQueues;
  /** batch/attempt.sh */
  wrapper: string;
  /** For jobs that name none. */
  image?: string | undefined;
  /** IAM role of the containers. */
  jobRole?: string | undefined;
  executionRole?: string | undefined;
  /** vCPUs of a core: 2 where a core has two threads, 1 on Graviton. */
  vcpusPerCore: number;
}
