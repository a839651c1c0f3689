// The schema, as numbered steps: number N brings a file from version N-1 to N (PRAGMA user_version). A step that
// has been released is never edited; a change is a new step. `row_digest` is a function of ours: see row-digest.ts.

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
  // 2: networks, what containers are connected to, and the ports they hold. Containers say what they want of networks
  // in their options: so far that was one word.
  `CREATE TABLE networks (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     created_at TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('creating', 'ready', 'removing')),
     driver TEXT NOT NULL CHECK (driver IN ('bridge', 'macvlan', 'host', 'none')),
     bridge TEXT NOT NULL,
     parent TEXT,
     subnets TEXT NOT NULL,
     internal INTEGER NOT NULL,
     attachable INTEGER NOT NULL,
     options TEXT NOT NULL,
     labels TEXT NOT NULL
   ) STRICT;
   CREATE TABLE endpoints (
     id TEXT PRIMARY KEY,
     container_id TEXT NOT NULL,
     network_id TEXT NOT NULL,
     position INTEGER NOT NULL,
     aliases TEXT NOT NULL,
     wanted TEXT NOT NULL,
     link_local TEXT NOT NULL,
     driver_options TEXT NOT NULL,
     gateway_priority INTEGER NOT NULL,
     active INTEGER NOT NULL DEFAULT 0,
     ipv4 TEXT,
     ipv6 TEXT,
     mac TEXT,
     UNIQUE (container_id, network_id)
   ) STRICT;
   CREATE INDEX endpoints_by_network ON endpoints (network_id);
   CREATE UNIQUE INDEX leases4 ON endpoints (network_id, ipv4) WHERE active = 1 AND ipv4 IS NOT NULL;
   CREATE UNIQUE INDEX leases6 ON endpoints (network_id, ipv6) WHERE active = 1 AND ipv6 IS NOT NULL;
   CREATE TABLE published_ports (
     container_id TEXT NOT NULL,
     protocol TEXT NOT NULL,
     host_ip TEXT NOT NULL,
     host_port INTEGER NOT NULL,
     container_port INTEGER NOT NULL,
     PRIMARY KEY (protocol, host_port, host_ip)
   ) STRICT;
   CREATE INDEX published_ports_by_container ON published_ports (container_id);
   CREATE TABLE network_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   UPDATE containers SET options = json_set(options,
     '$.network', json_object('kind', json_extract(options, '$.network')),
     '$.ports', json('[]'), '$.exposed', json('[]'), '$.publishAll', json('false'));`,
  // 3: restarts. SQLite cannot change the CHECK of a column, so that the table is made anew.
  `ALTER TABLE containers RENAME TO containers_2;
   DROP INDEX containers_by_status;
   CREATE TABLE containers (
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
     status TEXT NOT NULL CHECK (status IN
       ('creating', 'created', 'starting', 'running', 'restarting', 'exited', 'removing')),
     process TEXT,
     conmon TEXT,
     started_at TEXT,
     finished_at TEXT,
     exit_code INTEGER,
     oom_killed INTEGER NOT NULL DEFAULT 0,
     error TEXT,
     remove_volumes INTEGER NOT NULL DEFAULT 0,
     restart_count INTEGER NOT NULL DEFAULT 0,
     restart_delay_ms INTEGER NOT NULL DEFAULT 0,
     restart_at TEXT,
     stopped_by TEXT CHECK (stopped_by IN ('person', 'system'))
   ) STRICT;
   INSERT INTO containers (id, name, created_at, image, image_id, manifest_digest, chain_ids, image_config, command,
       options, volumes, status, process, conmon, started_at, finished_at, exit_code, oom_killed, error, remove_volumes)
     SELECT id, name, created_at, image, image_id, manifest_digest, chain_ids, image_config, command,
       options, volumes, status, process, conmon, started_at, finished_at, exit_code, oom_killed, error, remove_volumes
     FROM containers_2 ORDER BY rowid;
   DROP TABLE containers_2;
   CREATE INDEX containers_by_status ON containers (status);`,
  // 4: a digest in each row, so that a bit that flips in it is seen.
  keepDigests({
    containers: [
      'id, name, created_at, image, image_id, manifest_digest, chain_ids, image_config, command, options, volumes, status',
      'process, conmon, started_at, finished_at, exit_code, oom_killed, error, remove_volumes',
      'restart_count, restart_delay_ms, restart_at, stopped_by',
    ].join(', '),
    removed_containers: 'id, exit_code, oom_killed',
    networks:
      'id, name, created_at, status, driver, bridge, parent, subnets, internal, attachable, options, labels',
    endpoints: [
      'id, container_id, network_id, position, aliases, wanted, link_local, driver_options, gateway_priority',
      'active, ipv4, ipv6, mac',
    ].join(', '),
    published_ports: 'container_id, protocol, host_ip, host_port, container_port',
    network_facts: 'name, value',
  }),
];

// A step that adds a column to one of these tables must make the triggers anew (DROP TRIGGER), with all columns.
function keepDigests(tables: Record<string, string>): string {
  return Object.entries(tables)
    .map(([table, columns]) => {
      const digest = `row_digest(${columns.replace(/\w+/g, 'NEW.$&')})`;
      const keep = `UPDATE ${table} SET digest = ${digest} WHERE rowid = NEW.rowid`;
      return `ALTER TABLE ${table} ADD COLUMN digest TEXT;
   UPDATE ${table} SET digest = row_digest(${columns});
   CREATE TRIGGER ${table}_inserted AFTER INSERT ON ${table} BEGIN ${keep}; END;
   CREATE TRIGGER ${table}_updated AFTER UPDATE OF ${columns} ON ${table} BEGIN ${keep}; END;`;
    })
    .join('\n');
}
