// What must hold of the package in a Debian system: installed by apt, upgraded, refused where it must be, removed, purged.
// One file for each release runs it, so that they run at the same time. What is dpkg's and not the release's is tried on one.
import {execFileSync} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {migrations} from '../../src/state/migrations.ts';
import {buildTestPackage} from './built-package.ts';
import {type DebianRelease, DebianRoot} from './debian-roots.ts';

export function installSuite(
  release: DebianRelease,
  {thorough}: {thorough: boolean},
): ReturnType<typeof suite> {
  const scratch = mkdtempSync(join(tmpdir(), 'packages-'));
  const versions = thorough ? ['0.1.0', '0.2.0'] : ['0.1.0'];
  const root = new DebianRoot(release);
  const test = suite(`package in Debian ${release}`);
  const inRoot = (path: string) => join(root.path, path);

  for (const version of versions) {
    copyFileSync(
      buildTestPackage({architecture: 'arm64', output: scratch, version}),
      inRoot(`root/${version}.deb`),
    );
  }

  const onOne = (name: string, run: () => void) => {
    if (thorough) test(name, run);
  };

  test.after(() => {
    root[Symbol.dispose]();
    rmSync(scratch, {recursive: true});
  });

  onOne('state that a newer crundle wrote is refused before anything is unpacked', () => {
    writeState('var/lib/crundle/crundle.db', migrations.length + 1);
    const {status, stderr} = root.run('dpkg --install /root/0.1.0.deb');
    assert.is(status, 1);
    assert.match(
      stderr,
      `crundle: /var/lib/crundle/crundle.db was written by a newer crundle (schema ${migrations.length + 1}; 0.1.0 reads up to ${migrations.length})
crundle: install that newer version, or move the file away if you do without its containers\n`,
    );
    assert.not(existsSync(inRoot('usr/lib/crundle')));
    rmSync(inRoot('var/lib/crundle'), {recursive: true});
  });

  onOne('so it is where config.json says that the state lies', () => {
    mkdirSync(inRoot('etc/crundle'), {recursive: true});
    writeFileSync(
      inRoot('etc/crundle/config.json'),
      '{\n  // "data-root": "/old",\n  "init": true, "data-root": "/srv/containers"\n}\n',
    );
    writeState('srv/containers/crundle.db', migrations.length + 1);
    const {status, stderr} = root.run('dpkg --install /root/0.1.0.deb');
    assert.is(status, 1);
    assert.match(stderr, 'crundle: /srv/containers/crundle.db was written by a newer crundle');
    rmSync(inRoot('srv/containers'), {recursive: true});
    rmSync(inRoot('etc/crundle'), {recursive: true});
  });

  test('apt installs it with what it needs, and it runs', () => {
    // Older state is no hindrance.
    writeState('var/lib/crundle/crundle.db', 0);
    const output = root.runOk('apt-get install --yes --no-install-recommends /root/0.1.0.deb');
    assert.match(output, 'Setting up crundle (0.1.0)');
    assert.is(root.runOk('crundle --version'), 'crundle version 0.1.0\n');
    for (const program of ['crun', 'conmon', 'ip', 'nft']) root.runOk(`command -v ${program}`);
    rmSync(inRoot('var/lib/crundle/crundle.db'));
  });

  test('the code that V8 compiled is taken where it lies', () => {
    // Of an error in a pack V8 would say nothing: it compiles the text.
    writeFileSync(
      inRoot('root/ask.cjs'),
      `const loader = require('/usr/lib/crundle/dist/crundle.cjs');
const scripts = loader.keepScripts();
process.exit = () => {};
loader.runLines(['version', 'ps']).then(() => {
  for (const [name, script] of scripts) console.log('pack', name, script.cachedDataRejected);
});`,
    );
    const {stdout} = root.run(
      '/usr/lib/crundle/dist/node --disable-warning=ExperimentalWarning -- /root/ask.cjs | grep ^pack',
    );
    assert.match(stdout, 'pack app false\n');
    assert.match(stdout, /^(pack \S+ false\n)+$/);
  });

  test('it comes up at boot', () => {
    const link = 'etc/systemd/system/multi-user.target.wants/crundle.service';
    // Debian 12 names the folder by its older name, which is a link.
    assert.match(root.runOk(`readlink /${link}`), /^(\/usr)?\/lib\/systemd\/system\/crundle\.service\n$/);
  });

  onOne('an upgrade keeps settings that a person changed', () => {
    const changed = '{"init": true}\n';
    writeFileSync(inRoot('etc/crundle/config.json'), changed);
    root.runOk('dpkg --force-confold --install /root/0.2.0.deb');
    assert.is(readFileSync(inRoot('etc/crundle/config.json'), 'utf8'), changed);
    assert.is(version(), '0.2.0');
  });

  onOne('a downgrade is refused, and says what to do', () => {
    const {status, stderr} = root.run('dpkg --install /root/0.1.0.deb');
    assert.is(status, 1);
    assert.match(
      stderr,
      `crundle: version 0.2.0 is installed, and this is the older 0.1.0, which may not read what the newer one wrote
crundle: keep 0.2.0; or purge it first, which removes every image and container: apt purge crundle\n`,
    );
    assert.is(version(), '0.2.0');
    assert.is(root.runOk('crundle --version'), 'crundle version 0.1.0\n');
  });

  test('remove takes the programs and keeps data and settings', () => {
    mkdirSync(inRoot('var/lib/crundle/volumes/records'), {recursive: true});
    root.runOk('apt-get remove --yes crundle');
    assert.not(existsSync(inRoot('usr/lib/crundle')));
    assert.not(existsSync(inRoot('usr/bin/crundle')));
    assert.ok(existsSync(inRoot('var/lib/crundle/volumes/records')));
    assert.ok(existsSync(inRoot('etc/crundle/config.json')));
  });

  test('purge takes the rest, what is mounted there first, and nothing of what is mounted', () => {
    mkdirSync(inRoot('srv/kept'), {recursive: true});
    writeFileSync(inRoot('srv/kept/file'), 'kept');
    for (const folder of ['containers/a b/rootfs', 'volumes/records/_data'])
      mkdirSync(inRoot(`var/lib/crundle/${folder}`), {recursive: true});
    execFileSync('mount', ['--bind', inRoot('srv/kept'), inRoot('var/lib/crundle/volumes/records/_data')]);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', inRoot('var/lib/crundle/containers/a b/rootfs')]);
    root.runOk('apt-get purge --yes crundle');
    for (const path of ['var/lib/crundle', 'run/crundle', 'etc/crundle', 'etc/apparmor.d/crundle-default'])
      assert.not(existsSync(inRoot(path)), path);
    assert.is(readFileSync(inRoot('srv/kept/file'), 'utf8'), 'kept');
    assert.not.match(readFileSync('/proc/self/mountinfo', 'utf8'), '/var/lib/crundle');
    assert.is(root.runOk('find /etc/systemd /var/lib/systemd -name "*crundle*"'), '');
  });

  function version(): string {
    return root.runOk('dpkg --status crundle | sed -n "s/^Version: //p"').trim();
  }

  // The header of an SQLite file, which keeps the number at byte 60.
  function writeState(path: string, schema: number): void {
    const header = Buffer.alloc(100);
    header.write('SQLite format 3\0', 'latin1');
    header.writeUInt32BE(schema, 60);
    mkdirSync(join(root.path, path, '..'), {recursive: true});
    writeFileSync(join(root.path, path), header);
  }

  return test;
}
