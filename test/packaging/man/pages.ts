// Man pages: two programs read them without a complaint, and they say what the commands do.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {commandList, flagsOf} from '../../../packaging/cli/command-list.ts';
import {pageName} from '../../../packaging/man/command-page.ts';
import {manPages} from '../../../packaging/man/pages.ts';
import {configKeys} from '../../../src/config/keys.ts';

const root = join(import.meta.dirname, '../../..');
const entries = await commandList(root);
const pages = manPages(entries, Date.UTC(2026, 10, 24) / 1000);
const test = suite<{folder: string}>('man pages');

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'man-'));
  for (const [name, text] of pages) writeFileSync(join(context.folder, name), text);
});

test.after(({folder}) => rmSync(folder, {recursive: true}));

function shown(folder: string, page: string): string {
  const {stdout} = spawnSync('mandoc', ['-Tascii', '-O', 'width=78', page], {cwd: folder, encoding: 'utf8'});
  // Bold and underlined letters are struck over.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a backspace is
  return stdout.replace(/.\x08/g, '').replace(/\s+/g, ' ');
}

test('mandoc finds nothing to complain of', ({folder}) => {
  const {stdout, stderr} = spawnSync('mandoc', ['-T', 'lint', ...pages.keys()], {
    cwd: folder,
    encoding: 'utf8',
  });
  const complaints = `${stdout}${stderr}`
    .split('\n')
    // Whether pages of other packages are installed here is no matter.
    .filter((line) => line !== '' && !/ (lacks|not found: Xr) (crun|conmon|nft)\b/.test(line));
  assert.equal(complaints, []);
});

test('man has no warning', ({folder}) => {
  for (const name of pages.keys()) {
    const {status, stderr} = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', name], {
      cwd: folder,
      encoding: 'utf8',
      env: {...process.env, LC_ALL: 'C.UTF-8', MANROFFSEQ: '', MANWIDTH: '80'},
    });
    assert.equal({name, status, stderr}, {name, status: 0, stderr: ''});
  }
});

test('every command has a page that names each of its flags', ({folder}) => {
  for (const entry of entries) {
    const text = shown(folder, `${pageName(entry)}.1`);
    for (const {names, char} of flagsOf(entry)) {
      for (const name of names) assert.ok(text.includes(`--${name}`), `${entry.name} --${name}`);
      if (char !== undefined) assert.ok(text.includes(`-${char}, --`), `${entry.name} -${char}`);
    }
  }
});

test('crundle(1) leads to every command', ({folder}) => {
  const text = shown(folder, 'crundle.1');
  for (const entry of entries)
    assert.ok(text.includes(`${pageName(entry)}(1) ${entry.command.summary}.`), entry.name);
});

test('crundle-config(5) has every key and its default', ({folder}) => {
  const text = shown(folder, 'crundle-config.5');
  for (const {name} of Object.values(configKeys)) assert.match(text, ` ${name} `);
  assert.match(text, 'Default: "/var/lib/crundle". The environment variable CRUNDLE_DATA_ROOT goes over it.');
});

test('an option is shown with its letter, its value and what it does', ({folder}) => {
  assert.match(
    shown(folder, 'crundle-run.1'),
    '-p, --publish list Publish a port on the host, as [[IP:]HOST-PORT:]PORT[/PROTOCOL]. May be given more than once.',
  );
});

test('the date is the one that was given', () => {
  assert.match(pages.get('crundle-ps.1') ?? '', '.Dd November 24, 2026\n.Dt CRUNDLE-PS 1\n');
});

test.run();
