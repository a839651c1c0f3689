// `stats` beside the real Docker: columns, texts and JSON, in which only the numbers may differ.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('stats as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  const run = ['run', '-d', '--network', 'none'];
  both.prepare(...run, '--name', 'web', '-m', '100m', both.image, 'sleep', '1000');
  both.prepare(...run, '--name', 'still', both.image, 'sleep', '1000');
  both.prepare('pause', 'still');
  both.prepare('create', '--name', 'new', both.image, 'true');
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', '-f', 'web', 'still', 'new']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

// Numbers of use, with the widths of columns that follow from them. A limit is the same, and so is what is 0.
const used = (text: string) =>
  text
    .replace(/\d+(\.\d+)?[KM]iB \//g, 'SIZE /')
    .replace(/\d+(\.\d+)?(B|kB|MB) \/ \d+(\.\d+)?(B|kB|MB)/g, (pair) => (pair === '0B / 0B' ? pair : 'BYTES'))
    .replace(/\d+\.\d\d%/g, (percent) => (percent === '0.00%' ? percent : 'PERCENT'))
    .replace(/ +/g, ' ');

const fields = ['Container', 'Name', 'ID', 'CPUPerc', 'MemUsage', 'NetIO', 'BlockIO', 'PIDs'];
const template = fields.map((field) => `{{.${field}}}`).join('|');

const lines: string[][] = [
  [],
  ['-a'],
  ['web'],
  ['web', 'new'],
  ['new', 'web', 'new'],
  ['--no-trunc', 'web'],
  ['--format', 'table'],
  ['--format', '{{json .}}', 'web', 'new'],
  ['--format', template, 'web', 'new'],
  ['--format', template],
  ['--format', `table ${template.replaceAll('|', '\t')}`, 'web'],
];

for (const flags of lines) {
  test(`the same: stats --no-stream ${flags.join(' ')}`, () => {
    both.same(['stats', '--no-stream', ...flags], used);
  });
}

test('the same of what does not run, to the byte', () => {
  both.same(['stats', '--no-stream', 'new']);
  both.same(['stats', '--no-stream', '--format', '{{json .}}', 'new']);
});

const refusals: [string[], RegExp][] = [
  [['absent'], /no such container: absent/i],
  [['--no-stream', 'web', 'absent'], /no such container: absent/i],
  [['--no-stream', '--format', '{{.Nonsense}}', 'new'], /can't evaluate field Nonsense/],
  [['--no-stream', '--format', '{{nonsense}}', 'new'], /function "nonsense" not defined/],
  [['--nonsense'], /unknown flag: --nonsense/],
];

for (const [flags, words] of refusals) {
  test(`refused: stats ${flags.join(' ')}`, () => both.sameRefusal(['stats', ...flags], words));
}

test('nothing runs: the titles alone', () => {
  both.prepare('unpause', 'still');
  both.prepare('stop', '-t', '0', 'web', 'still');
  both.same(['stats', '--no-stream']);
  const [docker, ours] = both.ask(['stats', '--no-stream', '--format', template]);
  assert.equal([ours.status, ours.stdout], [docker.status, docker.stdout]);
});

comparison.run();
