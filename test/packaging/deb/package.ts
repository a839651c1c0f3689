// The arm64 package: the same bytes from the same sources, and in it what belongs there.
import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readPacks} from '../../../packaging/bundle/packs-file.ts';
import {commandList} from '../../../packaging/cli/command-list.ts';
import {architectureNamed} from '../../../packaging/deb/architecture.ts';
import {nodeCommand} from '../../../packaging/deb/node-command.ts';
import {pageName} from '../../../packaging/man/command-page.ts';
import {buildTestPackage, packageCache, packageSeconds} from '../../support/built-package.ts';

const root = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'package-'));
const deb = buildTestPackage({architecture: 'arm64', output: join(scratch, 'first')});
const files = join(scratch, 'files');
execFileSync('dpkg-deb', ['--raw-extract', deb, files]);
const test = suite('package');

test.after(() => rmSync(scratch, {recursive: true}));

interface Entry {
  mode: string;
  owner: string;
  time: string;
  path: string;
}

function entries(): Entry[] {
  const list = execFileSync('dpkg-deb', ['--contents', deb], {
    encoding: 'utf8',
    env: {...process.env, TZ: 'UTC'},
  });
  return list
    .trim()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , day = '', clock = '', path = ''] = line.split(/\s+/);
      return {mode, owner, time: `${day} ${clock}`, path: path.slice(1)};
    });
}

test('another folder, umask, time zone, language and day give the same bytes', () => {
  const copy = join(scratch, 'copy of the sources');
  mkdirSync(join(copy, 'node_modules'), {recursive: true});
  const tracked = execFileSync('git', ['ls-files', '-z'], {cwd: root, encoding: 'utf8'})
    .split('\0')
    .filter(Boolean);
  for (const path of tracked) cpSync(join(root, path), join(copy, path));
  execFileSync('mount', ['--bind', join(root, 'node_modules'), join(copy, 'node_modules')]);
  try {
    execFileSync('sh', ['-c', 'umask 077; exec "$0" --no-warnings build.ts', process.execPath], {cwd: copy});
    const second = buildTestPackage({
      architecture: 'arm64',
      output: join(scratch, 'second'),
      sources: copy,
      umask: '077',
      env: {TZ: 'Pacific/Auckland', LANG: 'C', LC_ALL: 'C', HOME: scratch, USER: 'somebody'},
    });
    assert.is(sha256(second), sha256(deb));
  } finally {
    execFileSync('umount', [join(copy, 'node_modules')]);
  }
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

test('everything belongs to root, has one time and a plain mode', () => {
  const time = new Date(packageSeconds * 1000).toISOString().replace('T', ' ').slice(0, 16);
  const modes = new Set(['drwxr-xr-x', '-rw-r--r--', '-rwxr-xr-x', 'lrwxrwxrwx']);
  const odd = entries().filter(
    (entry) => entry.owner !== 'root/root' || entry.time !== time || !modes.has(entry.mode),
  );
  assert.equal(odd, []);
});

test('these are programs, and nothing else is', () => {
  const programs = entries().filter(({mode}) => mode === '-rwxr-xr-x');
  assert.equal(
    programs.map(({path}) => path),
    ['/usr/lib/crundle/bin/crundle', '/usr/lib/crundle/dist/node', '/usr/lib/crundle/watcher-was-killed'],
  );
  assert.match(
    execFileSync('dpkg-deb', ['-c', deb], {encoding: 'utf8'}),
    './usr/bin/crundle -> ../lib/crundle/bin/crundle',
  );
});

test('the program is the loader, the packs and Node, with what oclif reads', () => {
  const own = entries().flatMap(({mode, path}) =>
    mode.startsWith('-') && path.startsWith('/usr/lib/crundle/')
      ? [path.slice('/usr/lib/crundle/'.length)]
      : [],
  );
  assert.equal(own, [
    'bin/crundle',
    'dist/crundle.cjs',
    'dist/crundle.packs',
    'dist/node',
    'oclif.manifest.json',
    'package.json',
    'watcher-was-killed',
  ]);
});

test('settings are conffiles', () => {
  assert.is(
    readFileSync(join(files, 'DEBIAN/conffiles'), 'utf8'),
    '/etc/apparmor.d/crundle-default\n/etc/crundle/config.json\n',
  );
});

test('units and drop-ins lie where systemd looks', () => {
  const units = entries().flatMap(({mode, path}) =>
    mode.startsWith('-') && path.startsWith('/usr/lib/systemd/')
      ? [path.slice('/usr/lib/systemd/system/'.length)]
      : [],
  );
  assert.equal(units, [
    'crundle-.scope.d/50-crundle.conf',
    'crundle-conmon-.scope.d/50-heal.conf',
    'crundle-heal.service',
    'crundle-health-.scope.d/50-heal.conf',
    'crundle-names-.scope.d/50-heal.conf',
    'crundle-restart-.scope.d/50-heal.conf',
    'crundle.service',
  ]);
});

test('every command has its page, and every shell its completion', async () => {
  const paths = new Set(entries().map(({path}) => path));
  for (const entry of await commandList(root))
    assert.ok(paths.has(`/usr/share/man/man1/${pageName(entry)}.1.gz`), entry.name);
  for (const path of [
    '/usr/share/man/man1/crundle.1.gz',
    '/usr/share/man/man5/crundle-config.5.gz',
    '/usr/share/bash-completion/completions/crundle',
    '/usr/share/zsh/vendor-completions/_crundle',
    '/usr/share/fish/vendor_completions.d/crundle.fish',
    '/usr/share/doc/crundle/copyright',
    '/usr/share/doc/crundle/changelog.gz',
    '/usr/share/doc/crundle/commands.md',
  ])
    assert.ok(paths.has(path), path);
});

test('it depends on what crundle calls and Node is linked with', () => {
  assert.is(
    execFileSync('dpkg-deb', ['--field', deb, 'Depends'], {encoding: 'utf8'}),
    'aardvark-dns (>= 1.4), ca-certificates, conmon (>= 2.1.6), crun (>= 1.8), iproute2, libatomic1, libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 5), mount, nftables (>= 1.0.6), procps\n',
  );
});

test('the sums are those of the files', () => {
  const {status, stdout} = spawnSync('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], {
    cwd: files,
    encoding: 'utf8',
  });
  assert.equal({status, stdout}, {status: 0, stdout: ''});
});

test("its Node takes the compiled code of every pack, with the launcher's flags", () => {
  const dist = join(files, 'usr/lib/crundle/dist');
  const program = join(scratch, 'ask.cjs');
  const names = [...readPacks(join(dist, 'crundle.packs')).keys()];
  writeFileSync(
    program,
    `const loader = require(${JSON.stringify(join(dist, 'crundle.cjs'))});
const scripts = loader.keepScripts();
for (const name of ${JSON.stringify(names)}) {
  try { loader.runPack(name, {}, require, {}, () => ({})); } catch {}
  console.log(name, scripts.get(name).cachedDataRejected);
}`,
  );
  const [command = '', ...before] = nodeCommand(join(dist, 'node'), packageCache, architectureNamed('arm64'));
  const flags =
    /exec \S+ (.*) -- /.exec(readFileSync(join(files, 'usr/lib/crundle/bin/crundle'), 'utf8'))?.[1] ?? '';
  const {status, stdout} = spawnSync(command, [...before, ...flags.split(' '), '--', program], {
    encoding: 'utf8',
  });
  assert.equal({status, stdout}, {status: 0, stdout: names.map((name) => `${name} false\n`).join('')});
});

test('lintian finds no error and no warning', () => {
  const {stdout, stderr} = spawnSync('lintian', ['--no-cfg', '--allow-root', deb], {
    encoding: 'utf8',
    env: {...process.env, LC_ALL: 'C.UTF-8'},
  });
  // The test's package alone is not compressed; that lintian says so shows that it looked.
  assert.is(
    `${stderr}${stdout}`,
    'E: crundle: uses-no-compression-for-control-tarball\nE: crundle: uses-no-compression-for-data-tarball\n',
  );
});

test('each override of lintian has its reason before it', () => {
  const lines = readFileSync(join(files, 'usr/share/lintian/overrides/crundle'), 'utf8').split('\n');
  const bare = lines.filter(
    (line, index) => line.startsWith('crundle: ') && !/^(# .{20}|crundle: )/.test(lines[index - 1] ?? ''),
  );
  assert.equal(bare, []);
});

test.run();
