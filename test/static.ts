// The compiler and the linter, as tests that count.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {suite} from 'uvu';

const root = join(import.meta.dirname, '..');
const test = suite('static checks');
const packageScripts = [
  'get-npm',
  'launcher',
  ...['preinst', 'postinst', 'prerm', 'postrm'].map((name) => `maintainer/${name}`),
].map((name) => `packaging/deb/${name}`);

// With this Node.js: the programs' own first line would look for one on PATH. Throws what the program said: it is the test's whole message.
function check(program: string, args: string[]): void {
  const {status, stdout, stderr, error} = spawnSync(program, args, {cwd: root, encoding: 'utf8'});
  if (error) throw error;
  if (status === 0) return;
  const failure = new Error(`${program} ${args.join(' ')} exited with ${status}:\n${stdout}${stderr}`);
  // uvu would show the message again with it.
  failure.stack = '';
  throw failure;
}

test('the types hold', () => check(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']));

test('lint and format hold', () =>
  check(process.execPath, [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--diagnostic-level=warn',
    '.',
  ]));

test('shell scripts hold', () =>
  check('shellcheck', [
    'dev',
    '.ci/run',
    'bin/crundle',
    'packaging/systemd/watcher-was-killed',
    'test/support/machine/disk.sh',
    'test/support/machine/init',
    ...packageScripts,
  ]));

test.run();
