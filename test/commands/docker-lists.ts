// Lists of containers and images beside the real Docker: filters and sizes.
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('lists as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  const run = ['run', '-d', '--network', 'none', '--name'];
  both.prepare(...run, 'first', both.image, 'sh', '-c', 'head -c 100000 /dev/zero >/file; sleep 1000');
  both.prepare(...run, 'second', '--label', 'a=b', both.image, 'sleep', '1000');
  both.prepare('create', '--name', 'third', both.image, 'true');
  both.prepare('exec', 'first', 'sh', '-c', 'while [ $(wc -c </file) != 100000 ]; do sleep 0.1; done');
  both.prepare('tag', both.image, 'other:1');
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', '-f', 'first', 'second', 'third']);
  both.ask(['rmi', 'other:1']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

const names = ['--format', '{{.Names}}'];
const filters = [
  ['before=third'],
  ['since=first'],
  ['since=first', 'before=third'],
  ['is-task=false'],
  ['is-task=true'],
  ['health=none'],
  ['health=healthy'],
  ['isolation=default'],
  ['exited=-1'],
  ['label=a', 'label=a=b'],
  ['name=first', 'name=third'],
  ['status=created'],
  ['ancestor=IMAGE:latest'],
  ['ancestor=absent'],
];

for (const some of filters) {
  for (const command of [['ps'], ['ps', '-a']]) {
    test(`the same: ${command.join(' ')} -f ${some.join(' -f ')}`, () => {
      const flags = some.flatMap((one) => ['-f', one.replace('IMAGE', both.image)]);
      both.same([...command, ...names, ...flags]);
    });
  }
}

const images = ['images', '--format', '{{.Repository}}:{{.Tag}}'];
const lines: string[][] = [
  ['ps', '-as', '--format', '{{.Names}} {{.Size}}'],
  ['ps', '--format', '{{.Names}} {{.Size}}'],
  ['ps', '-as', '--format', 'table {{.Names}}\t{{.Size}}'],
  ['inspect', '-s', '-f', '{{.SizeRw}} {{.SizeRootFs}}', 'first'],
  ['container', 'inspect', '--size', '-f', '{{.SizeRw}}', 'third'],
  [...images, '-f', 'before=other:1'],
  [...images, '-f', 'since=other:1'],
  [...images, '-f', 'dangling=true'],
  [...images, '-f', 'reference=other'],
];

for (const args of lines) test(`the same: ${args.join(' ')}`, () => both.same(args));

const refusals: [string[], RegExp][] = [
  [['ps', '-f', 'since=absent'], /no such container:? absent/i],
  [['ps', '-f', 'publish=x'], /error while looking up for publish x/],
  [['ps', '-f', 'is-task=x'], /invalid filter 'is-task=\[x\]'/i],
  [['ps', '-f', 'health=x'], /unrecognised filter value for health: x/i],
  [['ps', '-f', 'foo=bar'], /invalid filter 'foo'/i],
  [['ps', '-f', 'status=foo'], /invalid filter 'status=foo'/i],
  [['ps', '-f', 'status'], /bad format of filter \(expected name=value\)/],
  [['images', '-f', 'since=absent'], /No such image: absent:latest/],
  [['images', '-f', 'dangling=x'], /invalid filter 'dangling=\[x\]'/i],
  [['images', '-f', 'foo=bar'], /invalid filter 'foo'/i],
  [['images', '-f', 'before'], /bad format of filter \(expected name=value\)/],
];

for (const [args, words] of refusals) {
  test(`refused: ${args.join(' ')}`, () => both.sameRefusal(args, words));
}

comparison.run();
