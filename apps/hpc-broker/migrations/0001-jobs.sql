CREATE TABLE jobs (
  -- Version 7, so that they come in the order in which they were accepted.
  id uuid PRIMARY KEY,
  workflow uuid,
  -- As its sender calls it: there may be several of one name.
  workflow_name text,
  name text NOT NULL,
  project text NOT NULL,
  submitted_by text NOT NULL,
  spec jsonb NOT NULL,
  plan text,
  state text NOT NULL,
  reason text,
  held boolean NOT NULL DEFAULT false,
  -- Set once somebody has asked for it: what has not begun is cancelled, what runs is ended.
  cancelled_by text,
  -- Elements.
  size integer NOT NULL,
  spent_usd double precision NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  ended_at timestamptz(3)
);
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_project ON jobs (project, id);
CREATE INDEX jobs_by_name ON jobs (name, id);
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX jobs_of_workflow ON jobs (workflow) WHERE workflow IS NOT NULL;
CREATE INDEX jobs_by_workflow_name ON jobs (workflow_name, id) WHERE workflow_name IS NOT NULL;

-- What is run: an array has as many as it is large, any other job has one.
CREATE TABLE elements (
  job uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  element integer NOT NULL,
  state text NOT NULL,
  reason text,
  -- Dependencies that are not met yet.
  waits_for integer NOT NULL DEFAULT 0,
  -- Only so many of an array may run at once; this one is not among them yet.
  throttled boolean NOT NULL DEFAULT false,
  held boolean NOT NULL DEFAULT false,
  -- After a failure, not sooner.
  not_before timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  user_failures integer NOT NULL DEFAULT 0,
  infrastructure_failures integer NOT NULL DEFAULT 0,
  preemptions integer NOT NULL DEFAULT 0,
  -- Of the job, so that the next one is found without looking at it.
  project text NOT NULL,
  priority integer NOT NULL,
  engine text NOT NULL,
  cores integer NOT NULL,
  memory_mib integer NOT NULL,
  gpus integer NOT NULL,
  seconds double precision NOT NULL,
  PRIMARY KEY (job, element)
);
-- What could be started, in the order of a project. Its size is the queue's, not the history's.
CREATE INDEX elements_ready ON elements (engine, project, priority DESC, job, element) WHERE state = 'ready';
CREATE INDEX elements_waiting_for_time ON elements (not_before) WHERE state = 'pending' AND not_before IS NOT NULL;
CREATE INDEX elements_under_way ON elements (project) WHERE state IN ('submitted', 'running');
CREATE INDEX elements_pending ON elements (project) WHERE state = 'pending';

-- The outbox: an attempt is written here before any engine hears of it, under a name that is always the same.
CREATE TABLE attempts (
  job uuid NOT NULL,
  element integer NOT NULL,
  number integer NOT NULL,
  engine text NOT NULL,
  -- Of the lease under which it was placed.
  epoch bigint NOT NULL,
  -- placed: perhaps the engine knows it; submitted: it does; running; ended.
  state text NOT NULL DEFAULT 'placed',
  -- By which it was placed: the job may have another one since.
  plan text,
  -- How its machine is bought: as planned, or On-Demand after Spot was lost too often.
  purchase text,
  -- While it waits at the engine: since when, as there are no machines to be had for it.
  short_since timestamptz,
  -- If it has not begun it is to be taken back from the engine, as it can run elsewhere or the engine is drained.
  withdraw boolean NOT NULL DEFAULT false,
  placed_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  host text,
  cause text,
  exit_code integer,
  reason text,
  planned_seconds double precision,
  cost_usd double precision,
  PRIMARY KEY (job, element, number),
  FOREIGN KEY (job, element) REFERENCES elements ON DELETE CASCADE
);
CREATE INDEX attempts_open ON attempts (engine, job, element) WHERE state <> 'ended';

CREATE TABLE dependencies (
  job uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  "on" uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  condition text NOT NULL,
  -- Each element waits for the one of the same number only.
  each boolean NOT NULL,
  PRIMARY KEY (job, "on", condition)
);
CREATE INDEX dependencies_on ON dependencies ("on");

-- Whether what somebody waits for has come (met), can never come (vain), or is still to be waited for (open).
CREATE FUNCTION dependency_verdict(condition text, state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN state IN ('pending', 'ready', 'submitted', 'running') THEN 'open'
    WHEN condition = 'afterany' OR (condition = 'afterok') = (state = 'succeeded') THEN 'met'
    ELSE 'vain'
  END
$$;

-- What each element waits for, and what has become of that.
CREATE VIEW awaited AS
  SELECT d.job, e.element, d.condition, parent.id AS "on", parent.name,
    coalesce(theirs.state, parent.state) AS state,
    dependency_verdict(d.condition, coalesce(theirs.state, parent.state)) AS verdict
  FROM dependencies d
  JOIN elements e ON e.job = d.job
  JOIN jobs parent ON parent.id = d."on"
  LEFT JOIN elements theirs ON d.each AND theirs.job = d."on" AND theirs.element = e.element;

-- What a DataSync task brings for a job, whose elements stay pending until then. One row per job that names one.
CREATE TABLE transfers (
  job uuid PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
  task text NOT NULL,
  task_arn text NOT NULL,
  -- waiting; starting: perhaps there is an execution; running: there is; brought, failed or cancelled.
  state text NOT NULL DEFAULT 'waiting',
  -- Executions that were asked for. The latest has this number among its tags.
  attempts integer NOT NULL DEFAULT 0,
  -- Of those, the ones that failed since somebody last asked for the job.
  failures integer NOT NULL DEFAULT 0,
  execution_arn text,
  -- What DataSync calls where the execution is.
  status text,
  files_done bigint,
  files_total bigint,
  bytes_done bigint,
  bytes_total bigint,
  reason text,
  -- After a failure, not sooner.
  not_before timestamptz,
  -- When an execution was last asked for.
  asked_at timestamptz,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  -- When its progress was last told as an event, and how many bytes that were.
  told_at timestamptz,
  told_bytes bigint
);
CREATE INDEX transfers_open ON transfers (job) WHERE state IN ('waiting', 'starting', 'running');

-- Everything that happened, in order.
CREATE TABLE events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  job uuid NOT NULL,
  project text NOT NULL,
  what text NOT NULL,
  element integer,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX events_of_job ON events (job, seq);

-- Whoever takes a number is in a transaction that snapshots know already. So once all those have ended that
-- were under way when a number was seen, no smaller one can come any more: see adapters/postgres/trail.ts.
CREATE FUNCTION be_a_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_current_xact_id();
  RETURN NULL;
END $$;
CREATE TRIGGER be_a_transaction BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION be_a_transaction();

-- How far events have been followed: to a topic, or into the calibration.
CREATE TABLE publications (
  topic text PRIMARY KEY,
  seq bigint NOT NULL
);

-- What was planned, once for all jobs of one shape.
CREATE TABLE plans (
  shape text PRIMARY KEY,
  plan jsonb NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  -- By a submission; to the hour.
  used_at timestamptz NOT NULL DEFAULT now()
);

-- What each project has used, halved with time.
CREATE TABLE usage (
  project text PRIMARY KEY,
  core_seconds double precision NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);

-- How long the latest attempts of a shape took, each against what was modelled for it.
CREATE TABLE calibration (
  shape text PRIMARY KEY,
  observations bigint NOT NULL,
  recent double precision[] NOT NULL
);

-- What each engine is, as the broker that has its lease says every few seconds.
CREATE TABLE engines (
  name text PRIMARY KEY,
  -- What plans and elements name.
  pool text NOT NULL,
  kind text NOT NULL,
  host text NOT NULL,
  cores integer NOT NULL,
  free_cores integer NOT NULL,
  memory_mib integer NOT NULL,
  free_memory_mib integer NOT NULL,
  gpus integer NOT NULL,
  free_gpus integer NOT NULL,
  -- Machines that it is made of.
  nodes integer NOT NULL DEFAULT 1,
  closed text,
  closed_since timestamptz,
  notes jsonb NOT NULL DEFAULT '[]',
  -- What planning needs to know of it besides.
  offer jsonb NOT NULL,
  -- Whether what it runs is dead for certain so many seconds after nobody has its lease any more. Else it
  -- goes on without us, as in Slurm or AWS Batch, and whoever leads next finds it again.
  dies_with_host boolean NOT NULL,
  orphan_seconds double precision NOT NULL,
  -- Between two of these sayings.
  beat_seconds double precision NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Engines that are to be handed nothing more, by somebody's word. Kept also while the engine is not there.
CREATE TABLE drains (
  engine text PRIMARY KEY,
  by text NOT NULL,
  reason text,
  at timestamptz(3) NOT NULL DEFAULT now()
);

-- Ways of buying machines that a pool has had none of lately, and until when it is not tried again.
CREATE TABLE shortages (
  pool text NOT NULL,
  purchase text NOT NULL,
  reason text NOT NULL,
  since timestamptz(0) NOT NULL DEFAULT now(),
  until timestamptz NOT NULL,
  PRIMARY KEY (pool, purchase)
);

-- Attempts that were cancelled before an engine knew of them, where the engine itself cannot remember that.
CREATE TABLE engine_marks (
  engine text NOT NULL,
  name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (engine, name)
);

-- What attempts have written: any instance can show it. Of each stream the first 64 KiB and the last ones are
-- kept, in rows of at most 64 KiB; where a row does not begin where the one before it ends, something was dropped.
CREATE TABLE output (
  job uuid NOT NULL,
  element integer NOT NULL,
  number integer NOT NULL,
  stream text NOT NULL,
  "from" bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (job, element, number, stream, "from"),
  FOREIGN KEY (job, element, number) REFERENCES attempts ON DELETE CASCADE
);
