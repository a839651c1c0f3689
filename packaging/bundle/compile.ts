// Leaves V8's compiled code beside every pack, so that starting crundle compiles nothing.

import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Lines whose code is worth having compiled: parsing, and the engine as far as it goes on an empty store. */
const lines = [
  'version',
  'help',
  'ps -a --no-trunc --filter status=exited',
  'images',
  'inspect absent',
  'pull -q 127.0.0.1:1/absent',
  'run --rm -i --name aa -e A=1 -v /a:/b -w /c -m 64m --network none --pull never absent true',
  'exec absent true',
  'rm -f absent',
  'logs absent',
  'container cleanup absent',
];

const script = `const {globSync, readFileSync, writeFileSync} = require('node:fs');
const {Script} = require('node:vm');
process.exit = () => {};
require('./crundle.cjs').runLines(${JSON.stringify(lines)}).then((scripts) => {
  for (const file of globSync('*.js', {cwd: __dirname})) {
    const filename = __dirname + '/' + file;
    const name = file.slice(0, -'.js'.length);
    const script = scripts.get(name) ?? new Script(readFileSync(filename, 'latin1'), {filename});
    writeFileSync(__dirname + '/' + name + '.v8', script.createCachedData());
  }
});
`;

/** Runs the packs below `dist` on a store of their own and writes `NAME.v8` beside each `NAME.js`. */
export function compilePacks(dist: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'crundle-build-'));
  const file = join(dist, 'compile.cjs');
  writeFileSync(file, script);
  const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--', file], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      CRUNDLE_CONFIG: join(scratch, 'config.json'),
      CRUNDLE_DATA_ROOT: join(scratch, 'data'),
      CRUNDLE_RUN_ROOT: join(scratch, 'run'),
    },
  });
  rmSync(scratch, {recursive: true});
  rmSync(file);
  // The lines fail as they should, on what is absent; a bug shows its stack.
  if (done.status !== 0 || done.stderr.includes('has a bug'))
    throw new Error(`the bundle does not run: ${done.stderr}`);
}
