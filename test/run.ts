// Runs test files, each on a test host of its own: a network, a mount and a PID namespace, and crundle's folders in
// them. What a file leaves behind there is a failure, and so is any change of the machine's own network. The last line is
// `N passed, N failed, N skipped`.
//   node test/run.ts [FILE|GROUP…]   default `ordinary`: all files but those of the groups `machine`, `roots` and `long`, which
//                                    take many minutes; machines come last
import type {ChildProcess} from 'node:child_process';
import {globSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join, relative, resolve} from 'node:path';
import {ensureDebianRoots} from './support/debian-roots.ts';
import {ensureFixtures} from './support/fixtures.ts';
import {ensureMachineFiles} from './support/machine/disk.ts';
import {buildPackage} from './support/machine/package.ts';
import {networkDifferences, readMachineNetwork} from './support/machine-network.ts';
import {addHost, type Host, removeHost, sweepHosts} from './support/make-host.ts';

const root = resolve(import.meta.dirname, '..');
const timesPath = join(root, '.cache/test-times.json');
const machinesFolder = 'test/machine/';
const rootsFolder = 'test/packaging/roots/';
const longFolder = 'test/long/';
/** Folders of files that run only when they are asked for, by the name to ask by. */
const groups = new Map([
  ['machine', machinesFolder],
  ['roots', rootsFolder],
  ['long', longFolder],
]);

// A machine is emulated, and boots more than once in some files; apt and dpkg run under emulation in those of the package.
function timeoutOf(file: string): number {
  if (process.env.CRUNDLE_TEST_TIMEOUT_MS !== undefined) return Number(process.env.CRUNDLE_TEST_TIMEOUT_MS);
  if (file.startsWith(machinesFolder) || file.startsWith(longFolder)) return 2_700_000;
  return file.startsWith('test/packaging/') ? 900_000 : 300_000;
}

interface FileResult {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  output: string;
  /** What went wrong beside the tests themselves: a leak, a timeout, no totals. */
  complaints: string[];
  skipReasons: string[];
}

const running = new Map<Host, ChildProcess>();
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping = true;
    for (const init of running.values()) init.kill('SIGKILL');
  });
}

process.exitCode = await main(process.argv.slice(2));

async function main(given: string[]): Promise<number> {
  const files = order((given.length > 0 ? given : ['ordinary']).flatMap(filesNamed));
  const machines = files.filter((file) => file.startsWith(machinesFolder));
  sweepHosts();
  await ensureFixtures();
  // It fetches Node for arm64, which test hosts cannot.
  if (files.some((file) => file.startsWith('test/packaging/') || file.startsWith(machinesFolder)))
    buildPackage();
  if (files.some((file) => file.startsWith(rootsFolder))) await ensureDebianRoots();
  const machine = readMachineNetwork();
  const results: FileResult[] = [];
  const work = async (queue: string[]) => {
    for (let file = queue.shift(); file !== undefined && !stopping; file = queue.shift()) {
      const result = await runFile(file);
      if (stopping) return;
      results.push(result);
      report(result);
    }
  };
  const others = files.filter((file) => !machines.includes(file));
  await Promise.all(Array.from({length: availableParallelism()}, () => work(others)));
  if (machines.length > 0 && !stopping) {
    await ensureMachineFiles();
    // Each has two processors.
    await work(machines);
  }
  if (stopping) return 130;
  rememberTimes(results);
  const changes = networkDifferences(machine, readMachineNetwork());
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    results.reduce((total, result) => total + result[key], 0);
  for (const {file, failed} of results) if (failed > 0) console.log(`failed: ${file}`);
  for (const change of changes) console.log(`failed: the machine's own network changed: ${change}`);
  const failed = sum('failed') + changes.length;
  console.log(`${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`);
  return failed === 0 && results.length > 0 ? 0 : 1;
}

function filesNamed(given: string): string[] {
  if (given === 'ordinary') return ordinaryFiles();
  const folder = groups.get(given);
  if (folder === undefined) return [relative(root, resolve(given))];
  return allTestFiles().filter((file) => file.startsWith(folder));
}

function ordinaryFiles(): string[] {
  const folders = [...groups.values()];
  return allTestFiles().filter((file) => !folders.some((folder) => file.startsWith(folder)));
}

function allTestFiles(): string[] {
  return globSync('test/**/*.ts', {cwd: root}).filter(
    (file) => file !== 'test/run.ts' && !file.startsWith('test/support/'),
  );
}

async function runFile(file: string): Promise<FileResult> {
  const started = Date.now();
  const host = addHost();
  try {
    const {output, leaks, status, timedOut} = await runOn(host, file);
    return {
      ...judge({output, leaks, status, timedOut}, timeoutOf(file)),
      file,
      output,
      seconds: (Date.now() - started) / 1000,
    };
  } finally {
    removeHost(host);
  }
}

interface Ended {
  output: string;
  leaks: string[];
  status: number | null;
  timedOut: boolean;
}

function runOn(host: Host, file: string): Promise<Ended> {
  const init = host.spawn(
    [process.execPath, '--disable-warning=ExperimentalWarning', join(root, file)],
    root,
  );
  running.set(host, init);
  let output = '';
  let leaks = '';
  let timedOut = false;
  init.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  init.stderr?.setEncoding('utf8').on('data', (text) => (output += text));
  init.stdio[3]?.on('data', (bytes) => (leaks += bytes));
  const timer = setTimeout(() => {
    timedOut = true;
    init.kill('SIGKILL');
  }, timeoutOf(file));
  return new Promise((done, fail) => {
    init.once('error', fail);
    init.once('close', (status) => {
      clearTimeout(timer);
      running.delete(host);
      done({output, leaks: leaks.split('\n').filter(Boolean), status, timedOut});
    });
  });
}

// Counts are uvu's own totals, which it prints once a process, at the end.
function judge(
  {output, leaks, status, timedOut}: Ended,
  timeoutMs: number,
): Omit<FileResult, 'file' | 'output' | 'seconds'> {
  const totals = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n/m.exec(output);
  const complaints = leaks.map((leak) => `left behind: ${leak}`);
  if (timedOut) complaints.push(`did not end within ${timeoutMs / 1000} s`);
  else if (!totals) complaints.push(`died before its totals, exit status ${status}`);
  const [total = 0, passed = 0, skipped = 0] = totals?.slice(1).map(Number) ?? [];
  if (totals && total === 0 && skipped === 0) complaints.push('has no test');
  const failedTests = total - passed;
  if (totals && failedTests === 0 && status !== 0 && !timedOut)
    complaints.push(`ended with exit status ${status}`);
  const skipReasons = [...output.matchAll(/^skip: (.+)$/gm)].map((match) => match[1] ?? '');
  return {passed, skipped, failed: failedTests + complaints.length, complaints, skipReasons};
}

function report(result: FileResult): void {
  const {file, passed, failed, skipped, seconds} = result;
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  console.log(
    `${failed > 0 ? 'FAIL' : 'ok  '} ${file.padEnd(44)} ${seconds.toFixed(1).padStart(6)} s  ${counts.filter(Boolean).join(', ')}`,
  );
  for (const reason of result.skipReasons) console.log(`     skipped: ${reason}`);
  if (failed > 0) console.log(result.output.replace(/^/gm, '     '));
  for (const complaint of result.complaints) console.log(`     ${file} ${complaint}`);
}

// The longest first, so that no long one runs alone at the end; files never timed count as long.
function order(files: string[]): string[] {
  const times = readTimes();
  const length = (file: string) => times[file] ?? Number.POSITIVE_INFINITY;
  return files.sort((a, b) => (length(a) === length(b) ? 0 : length(b) - length(a)));
}

function readTimes(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(timesPath, 'utf8'));
  } catch {
    return {};
  }
}

function rememberTimes(results: FileResult[]): void {
  const times = {...readTimes(), ...Object.fromEntries(results.map(({file, seconds}) => [file, seconds]))};
  mkdirSync(join(root, '.cache'), {recursive: true});
  writeFileSync(timesPath, JSON.stringify(times));
}
