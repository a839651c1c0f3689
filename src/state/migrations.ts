// The schema, as numbered steps: number N brings a file from version N-1 to N (PRAGMA user_version). A step that
// has been released is never edited; a change is a new step.

export const migrations: readonly string[] = [
  // 1: containers. Columns are explained in container-records.ts.
  `CREATE TABLE containers (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     created_at TEXT NOT NULL,
     image TEXT NOT NULL,
     image_id TEXT NOT NULL,
     manifest_digest TEXT NOT NULL,
     chain_ids TEXT NOT NULL,
     image_config TEXT NOT NULL,
     command TEXT NOT NULL,
     options TEXT NOT NULL,
     volumes TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('creating', 'created', 'starting', 'running', 'exited', 'removing')),
     process TEXT,
     conmon TEXT,
     started_at TEXT,
     finished_at TEXT,
     exit_code INTEGER,
     oom_killed INTEGER NOT NULL DEFAULT 0,
     error TEXT,
     remove_volumes INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX containers_by_status ON containers (status);
   CREATE TABLE removed_containers (
     id TEXT PRIMARY KEY,
     exit_code INTEGER NOT NULL,
     oom_killed INTEGER NOT NULL
   ) STRICT;`,
];
