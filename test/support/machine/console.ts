// An arm64 machine by hand: `./dev machine`. docs/machine.md shows how.
//   start          boots one with crundle and a registry outside it, keeps it in the background, and says how to talk to it
//   run COMMAND…   runs a line of shell in it; with none running, in one of its own
//   shell          a shell in it; with none running, in one of its own
//   stop           ends the one that `start` left running
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ensureFixtures} from '../fixtures.ts';
import {startRegistry} from '../registry-server.ts';
import {type Machine, outside} from './machine.ts';
import {buildPackage} from './package.ts';
import {installedMachine} from './saved.ts';

interface Running {
  pid: number;
  ssh: string[];
  registry: string;
  ports: Record<string, number>;
}

// Not in .cache/machine, which is emptied for a new disk.
const cache = resolve(import.meta.dirname, '../../../.cache');
const runningPath = join(cache, 'machine-running.json');
const logPath = join(cache, 'machine-running.log');

const [verb = 'shell', ...words] = process.argv.slice(2);
if (verb === 'start') await start();
else if (verb === 'serve') await serve();
else if (verb === 'stop') await stop();
else if (verb === 'run') process.exitCode = await use([words.join(' ')]);
else if (verb === 'shell') process.exitCode = await use([]);
else throw new Error(`'${verb}' is none of start, run, shell and stop`);

async function start(): Promise<void> {
  if (readRunning() === undefined) {
    mkdirSync(cache, {recursive: true});
    const log = openSync(logPath, 'w');
    const server = spawn(process.execPath, [...process.execArgv, import.meta.filename, 'serve'], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    // Interrupted, it ends as soon as it is up.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => server.kill());
    let shown = 0;
    while (readRunning() === undefined) {
      const said = readFileSync(logPath, 'utf8');
      process.stderr.write(said.slice(shown));
      shown = said.length;
      if (server.exitCode !== null) throw new Error('the machine did not start');
      await sleep(200);
    }
    server.unref();
  }
  const running = readRunning();
  if (running === undefined) throw new Error('the machine has ended at once');
  console.log(`a machine runs:
  ./dev machine shell
  ./dev machine run crundle pull ${running.registry}/busybox
  ./dev machine stop
its ports, from here: ${Object.entries(running.ports)
    .map(([guest, host]) => `${guest} is 127.0.0.1:${host}`)
    .join(', ')}
${running.ssh.join(' ')}`);
}

async function serve(): Promise<void> {
  const {promise: told, resolve: end} = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => end());
  const {machine, registry, end: endBoth} = await startBoth();
  const running: Running = {
    ...{pid: process.pid, ssh: machine.sshCommand(), registry},
    ports: {8080: machine.port(8080), 8081: machine.port(8081)},
  };
  writeFileSync(runningPath, JSON.stringify(running));
  await told;
  rmSync(runningPath);
  await endBoth();
}

async function stop(): Promise<void> {
  const running = readRunning();
  if (running === undefined) return;
  process.kill(running.pid, 'SIGTERM');
  while (existsSync(`/proc/${running.pid}`)) await sleep(100);
}

async function use(line: string[]): Promise<number> {
  const running = readRunning();
  if (running !== undefined) return inherit([...running.ssh, ...line]);
  const {machine, end} = await startBoth();
  try {
    return inherit([...machine.sshCommand(), ...line]);
  } finally {
    await end();
  }
}

async function startBoth(): Promise<{machine: Machine; registry: string; end: () => Promise<void>}> {
  buildPackage();
  const registry = await startRegistry({storage: await ensureFixtures()});
  const machine = await installedMachine();
  const end = async () => {
    await machine.remove();
    await registry.stop();
  };
  return {machine, registry: registry.address.replace('127.0.0.1', outside), end};
}

function inherit([program = '', ...args]: string[]): number {
  return spawnSync(program, args, {stdio: 'inherit'}).status ?? 1;
}

function readRunning(): Running | undefined {
  if (!existsSync(runningPath)) return undefined;
  const running: Running = JSON.parse(readFileSync(runningPath, 'utf8'));
  if (existsSync(`/proc/${running.pid}`)) return running;
  rmSync(runningPath);
  return undefined;
}
