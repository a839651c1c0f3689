// Completions in the real shells: what is typed, a tab, and what the line or the list then shows.
import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {commandList} from '../../../packaging/cli/command-list.ts';
import {completions} from '../../../packaging/completions/completions.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {crundleOk, crundlePath, testHost} from '../../support/test-host.ts';
import {TypedShell} from '../../support/typed-shell.ts';

const test = suite('completions');
const {image} = await serveBusybox(test);
const root = join(import.meta.dirname, '../../..');
const paths = [...completions(await commandList(root))].map(([name, text]) => {
  const path = join(testHost.tmp, name);
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, text);
  return path;
});
const [bashPath = '', zshPath = '', fishPath = ''] = paths;
const env = {PATH: `${dirname(crundlePath)}:${process.env.PATH}`, HOME: testHost.tmp};
const zshStart = join(testHost.tmp, '.zshrc');
let id = '';

test.before(async () => {
  const create = (...args: string[]) => crundleOk(['create', '--network', 'none', ...args, image, 'true']);
  id = (await create('--name', 'web')).trim().slice(0, 12);
  await create('--name', 'database');
  await crundleOk(['network', 'create', 'shop']);
  await crundleOk(['volume', 'create', 'records']);
  await crundleOk(['run', '-d', '--network', 'none', '--name', 'clock', image, 'sleep', '1000']);
  writeFileSync(join(testHost.tmp, 'some-file'), '');
  writeFileSync(
    join(testHost.tmp, 'start.bash'),
    `. /usr/share/bash-completion/bash_completion\n. ${bashPath}\nPS1='READY> '\n`,
  );
  writeFileSync(
    zshStart,
    `fpath=(${dirname(zshPath)} $fpath)\nautoload -Uz compinit\ncompinit -u -D\nPS1='READY> '\n`,
  );
});

test.after(async () => {
  await crundleOk(['rm', '-f', 'web', 'database', 'clock']);
  await crundleOk(['network', 'rm', 'shop']);
  await crundleOk(['volume', 'rm', 'records']);
});

/** What is typed, and what the screen then shows: a completed line, or one of several candidates. */
const lines: [typed: string, shown: RegExp][] = [
  ['crundle inf', /^READY> crundle info $/m],
  ['crundle netw', /^READY> crundle network $/m],
  ['crundle network dis', /^READY> crundle network disconnect $/m],
  ['crundle container rest', /^READY> crundle container restart $/m],
  ['crundle run --publish-', /^READY> crundle run --publish-all $/m],
  ['crundle network create --inte', /^READY> crundle network create --internal $/m],
  ['crundle run --network sh', /^READY> crundle run --network shop $/m],
  ['crundle run --network=sh', /^READY> crundle run --network=shop $/m],
  ['crundle run -v rec', /^READY> crundle run -v records$/m],
  ['crundle volume rm rec', /^READY> crundle volume rm records $/m],
  ['crundle run --pull ne', /^READY> crundle run --pull never $/m],
  ['crundle explain r', /^READY> crundle explain run $/m],
  ['crundle explain run --network sh', /^READY> crundle explain run --network shop $/m],
  ['crundle bundle 127', new RegExp(`^READY> crundle bundle ${image}:latest $`, 'm')],
  ['crundle bundle --output some-', /^READY> crundle bundle --output some-file $/m],
  ['crundle run --volumes-from dat', /^READY> crundle run --volumes-from database $/m],
  ['crundle inspect rec', /^READY> crundle inspect records $/m],
  ['crundle events --filter cont', /^READY> crundle events --filter container=$/m],
  ['crundle ps --filter stat', /^READY> crundle ps --filter status=$/m],
  ['crundle rm we', /^READY> crundle rm web $/m],
  ['crundle rm web dat', /^READY> crundle rm web database $/m],
  ['crundle stop clo', /^READY> crundle stop clock $/m],
  ['crundle stop -t 5 clo', /^READY> crundle stop -t 5 clock $/m],
  ['crundle network connect shop dat', /^READY> crundle network connect shop database $/m],
  [
    'crundle run -itm 64m --name x 127',
    new RegExp(`^READY> crundle run -itm 64m --name x ${image}:latest $`, 'm'),
  ],
  [`crundle run --rm ${image}:lat`, new RegExp(`^READY> crundle run --rm ${image}:latest $`, 'm')],
  [
    `crundle run --rm ${image} cat some-`,
    new RegExp(`^READY> crundle run --rm ${image} cat some-file $`, 'm'),
  ],
];

const shells: [name: string, command: string][] = [
  ['bash', `bash --noprofile --rcfile ${join(testHost.tmp, 'start.bash')} -i`],
  ['zsh', 'zsh -i'],
  ['fish', `fish --no-config -C 'function fish_prompt; echo -n "READY> "; end; source ${fishPath}'`],
];

for (const [name, command] of shells) {
  test(`${name} completes commands, flags, values and the names of what is there`, async () => {
    const shell = new TypedShell(`cd ${testHost.tmp} && exec ${command}`, env);
    try {
      await shell.shows(/READY>\s*$/);
      for (const [typed, shown] of lines) {
        await shell.clear();
        shell.press(typed, 'Tab');
        // tmux drops the spaces at a line's end, so that the next word shows them.
        if (shown.source.endsWith(' $')) shell.press('x');
        await shell.shows(new RegExp(shown.source.replace(/ \$$/, ' x'), 'm'));
      }
      await shell.clear();
      shell.press(`crundle rm ${id.slice(0, 8)}`, 'Tab');
      await shell.shows(new RegExp(`^READY> crundle rm ${id}`, 'm'));
      await shell.clear();
      shell.press('crundle run --pull ', 'Tab', 'Tab');
      await shell.shows(/always.*\s+missing.*\s+never/);
    } finally {
      shell.end();
    }
  });

  test(`${name} offers nothing that does not run where something must run`, async () => {
    const shell = new TypedShell(`cd ${testHost.tmp} && exec ${command}`, env);
    try {
      await shell.shows(/READY>\s*$/);
      await shell.clear();
      shell.press('crundle exec dat', 'Tab', 'x');
      await shell.shows(/^READY> crundle exec datx/m);
    } finally {
      shell.end();
    }
  });
}

test('the bash completion holds before shellcheck', () => {
  const {status, stdout} = spawnSync('shellcheck', [bashPath], {encoding: 'utf8'});
  assert.equal({status, stdout, name: basename(bashPath)}, {status: 0, stdout: '', name: 'crundle'});
});

test.run();
