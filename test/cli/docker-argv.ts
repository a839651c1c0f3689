import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DockerGrammar, rewriteDockerArgv, unmark} from '../../src/cli/docker-argv.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

const run: DockerGrammar = {
  command: 'crundle run',
  flags: {
    interactive: {type: 'boolean', char: 'i'},
    tty: {type: 'boolean', char: 't'},
    detach: {type: 'boolean', char: 'd'},
    rm: {type: 'boolean'},
    env: {type: 'option', char: 'e', multiple: true},
    memory: {type: 'option', char: 'm'},
    network: {type: 'option', aliases: ['net']},
  },
  unsupported: {publish: 'comes with the bridge'},
  unsupportedChars: {p: 'publish'},
  stopsAtFirstArgument: true,
};
const rm: DockerGrammar = {command: 'crundle rm', flags: {force: {type: 'boolean', char: 'f'}}};

function words(line: string, grammar = run): string {
  const {argv} = rewriteDockerArgv(line.split(' '), grammar);
  return argv.map(unmark).join(' ');
}

function complaint(line: string, grammar = run): string {
  try {
    rewriteDockerArgv(line === '' ? [] : line.split(' '), grammar);
  } catch (error) {
    if (error instanceof UsageError) return `${error.oclif.exit} ${error.message}`;
    throw error;
  }
  return 'no complaint';
}

const test = suite('docker argv');

for (const [line, expected] of [
  ['-it image', '--interactive --tty -- image'],
  ['-itd image', '--interactive --tty --detach -- image'],
  ['-itm 1g image', '--interactive --tty --memory 1g -- image'],
  ['-itm1g image', '--interactive --tty --memory 1g -- image'],
  ['-m=1g image', '--memory 1g -- image'],
  ['-eA=1 -e B=2 --env=C=3 --env D=4 image', '--env A=1 --env B=2 --env C=3 --env D=4 -- image'],
  ['--rm=false image', '--no-rm -- image'],
  ['--rm --rm=0 image', '--no-rm -- image'],
  ['-i=false -t image', '--no-interactive --tty -- image'],
  ['-m 1g -m 2g image', '--memory 2g -- image'],
  ['--net host image', '--network host -- image'],
  ['--memory= image', '--memory  -- image'],
  ['image --rm -it', '-- image --rm -it'],
  ['image -- -x', '-- image -- -x'],
  ['--rm -- image -x', '--rm -- image -x'],
  ['-m -1 image', '--memory -1 -- image'],
  ['-e --rm image', '--env --rm -- image'],
  ['- x', '-- - x'],
] as const) {
  test(`'run ${line}' reads as '${expected}'`, () => assert.is(words(line), expected));
}

test('without a stop at the first argument flags may come last', () => {
  assert.is(words('web -f db', rm), '--force -- web db');
  assert.is(words('-- -f', rm), '-- -f');
});

for (const [line, expected] of [
  ['--foo image', '125 unknown flag: --foo'],
  ['--no-rm image', '125 unknown flag: --no-rm'],
  ['-x image', "125 unknown shorthand flag: 'x' in -x"],
  ['-ix image', "125 unknown shorthand flag: 'x' in -ix"],
  ['-m', "125 flag needs an argument: 'm' in -m"],
  ['--memory', '125 flag needs an argument: --memory'],
  ['--rm=maybe image', '125 invalid argument "maybe" for "--rm" flag: must be true or false'],
  ['--detach= image', '125 invalid argument "" for "-d, --detach" flag: must be true or false'],
  ['-p 80:80 image', '125 flag -p, --publish is not supported yet'],
  ['--publish=80 image', '125 flag --publish is not supported yet'],
] as const) {
  test(`'run ${line}' is refused`, () => assert.is(complaint(line), expected));
}

test('a value that looks like a flag is marked for the parser and unmarked for the command', () => {
  const {argv} = rewriteDockerArgv(['-e', '-t', 'image'], run);
  assert.equal(argv, ['--env', '\0-t', '--', 'image']);
  assert.is(unmark('\0-t'), '-t');
});

test('help is wanted before the first argument only, and by -h where it means nothing else', () => {
  assert.ok(rewriteDockerArgv(['--rm', '--help'], run).wantsHelp);
  assert.not(rewriteDockerArgv(['image', '--help'], run).wantsHelp);
  assert.ok(rewriteDockerArgv(['-h'], rm).wantsHelp);
});

test.run();
