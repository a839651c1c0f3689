// Lists of images, their filters and formats, and every rule of `rmi`, beside the real Docker: the same archive is loaded into both.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {makeImage} from '../support/image.ts';
import {dockerArchive, tarOf} from '../support/image-archive.ts';
import {makeLayer} from '../support/layer.ts';
import {assertHostClean, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('lists of images as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

const layers = [makeLayer([{name: 'base', content: 'x'.repeat(5000)}])];
const made = (created: string, Labels?: Record<string, string>) =>
  makeImage({created, layers, config: {Cmd: [created], ...(Labels && {Labels})}});
const several = made('2021-01-02T03:04:05.123456789Z');
const labelled = made('2022-01-02T03:04:05Z', {a: 'b', 'org.example.name': 'x'});
const nameless = made('2023-01-02T03:04:05Z', {c: ''});
const archive = tarOf(
  dockerArchive([
    {image: several, names: ['app:1', 'app:2', 'other/app:1', 'reg.example:5000/app:1']},
    {image: labelled, names: ['app:3']},
    {image: nameless},
  ]),
);
const file = join(testHost.tmp, 'archive.tar');
const load = () => both.ask(['load', '-q', '-i', file]);

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  writeFileSync(file, archive);
  load();
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

// Docker has the names of one image in the order of chance.
const sorted = (text: string) => text.split('\n').sort().join('\n');
const rows = (text: string) => sorted(text.replace(/ {2,}/g, '  '));

const list = ['images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'];
const lists: string[][] = [
  ['images'],
  ['images', '-q', '--no-trunc'],
  ['images', '--no-trunc'],
  ['images', '--digests'],
  ['images', '--digests', 'app'],
  ['image', 'ls'],
  ['image', 'list', 'app'],
  ['images', 'app:2'],
  ['images', 'app:*'],
  ['images', 'reg.example:5000/app'],
  ['images', '--format', '{{json .}}'],
  ['images', '--format', '{{.Repository}} {{.Tag}} {{.Digest}} {{.Size}} {{.CreatedAt}}'],
  ['images', '--format', 'table {{.ID}}\t{{.Repository}}\t{{.CreatedSince}}'],
  ['images', '--format', '{{.Containers}} {{.SharedSize}} {{.UniqueSize}} {{.VirtualSize}}'],
  [...list, '-f', 'dangling=true'],
  [...list, '-f', 'label=a=b'],
  [...list, '-f', 'label=a=c'],
  [...list, '-f', 'label=a', '-f', 'label=c'],
  [...list, '-f', 'label=c'],
  [...list, '-f', 'before=app:3'],
  [...list, '-f', 'since=app:1'],
  [...list, '-f', 'since=app:1', '-f', 'before=app:3'],
  [...list, '-f', 'reference=app:1', '-f', 'reference=other/*'],
  [...list, '-f', 'reference=*/*'],
  [...list, '-f', 'reference=app*', '-f', 'label=a'],
  [...list, '-f', 'reference=app', '-f', 'dangling=true'],
];

for (const words of lists) {
  test(`the same list: ${words.join(' ')}`, () => both.same(words, rows));
}

const format = '{{.Id}} {{.Created}} {{.Size}} {{.Author}} {{json .Config.Labels}} {{json .RootFS.Layers}}';
const removals: [title: string, lines: string[][]][] = [
  ['one of several tags', [['rmi', 'app:2'], list]],
  ['several at once', [['rmi', 'app:2', 'other/app:1'], list]],
  ['the last of a repository, while another has the image', [['rmi', 'reg.example:5000/app:1'], list]],
  [
    'all tags, one after the other',
    [['rmi', 'app:1', 'app:2', 'other/app:1', 'reg.example:5000/app:1'], list],
  ],
  ['by id, with one name', [['rmi', labelled.config.digest], list]],
  ['by id, without a name', [['rmi', nameless.config.digest.slice(7, 19)], list]],
  ['by id, with several names and force', [['rmi', '-f', several.config.digest], list]],
  ['what is there and what is not', [['rmi', '-f', 'app:3', 'absent'], list]],
  [
    'the name of what a container is made of, with force',
    [
      ['create', '--name', 'made', 'app:3', '/x'],
      ['rmi', '-f', 'app:3'],
      list,
      ['ps', '-a', '--format', '{{.Names}}'],
      ['rm', 'made'],
      ['image', 'prune', '-f'],
    ],
  ],
  [
    'one of several names of what a container is made of',
    [['create', '--name', 'made', 'app:1', '/x'], ['rmi', 'app:1'], list, ['rm', 'made']],
  ],
  [
    'by id what a stopped container is made of, with force',
    [
      ['create', '--name', 'made', 'app:3', '/x'],
      ['rmi', '-f', labelled.config.digest],
      list,
      ['rm', 'made'],
    ],
  ],
  ['long forms', [['image', 'rm', 'app:1'], ['image', 'remove', 'app:2'], list]],
  [
    'twice the same',
    [
      ['tag', 'app:3', 'app:4'],
      ['rmi', 'app:4'],
      ['image', 'inspect', '-f', format, 'app:3', nameless.config.digest],
    ],
  ],
];

// Docker tells of layers too, and which parent goes with an image.
const own = (text: string) =>
  sorted(text.replace(/^((D|d)eleted: sha256:ID\n)+/gm, '$1').replace(/[\d.]+[kM]?B$/m, 'SIZE'));

for (const [title, lines] of removals) {
  test(`removed: ${title}`, () => {
    for (const line of lines) {
      if (line[0] === 'create' || line[0] === 'tag') both.prepare(...line);
      else if (line[0] === 'rmi' && line.includes('absent')) both.ask(line);
      else both.same(line, own);
    }
    load();
  });
}

const refusals: [string[], RegExp][] = [
  [['rmi', 'absent'], /No such image: absent/],
  [['rmi', 'absent:1', 'absent:2'], /No such image: absent:2/],
  [
    ['rmi', several.config.digest],
    /conflict: unable to delete [0-9a-f]{12} \(must be forced\) - image is referenced in multiple repositories/,
  ],
  [['rmi', several.config.digest.slice(7, 17)], /image is referenced in multiple repositories/],
  [['rmi', 'X:y'], /invalid reference format: repository name.* must be lowercase/],
  [['rmi'], /requires at least 1 argument/],
  [['images', '-f', 'foo=bar'], /invalid filter 'foo'/i],
  [['images', '-f', 'foo'], /(bad format of filter|invalid argument "foo")/],
  [['images', '-f', 'dangling=maybe'], /invalid filter 'dangling=/i],
  [['images', '-f', 'before=absent'], /No such image: absent/],
  [['images', 'a', 'b'], /requires at most 1 argument/],
  [['images', '--format', '{{.Foo}}'], /can't evaluate field Foo|Foo/],
  [['image', 'inspect'], /requires at least 1 argument/],
  [['image', 'inspect', '-f', '{{.Id}} {{.Created}}', 'app:1', 'absent'], /No such image: absent/],
];

for (const [words, message] of refusals) {
  test(`refused: ${words.join(' ')}`, () => {
    both.sameRefusal(words, message);
  });
}

test('refused while a container is made of it', () => {
  both.prepare('create', '--name', 'made', 'app:3', '/x');
  both.sameRefusal(
    ['rmi', 'app:3'],
    /conflict: unable to remove repository reference "app:3" \(must force\) - container [0-9a-f]{12} is using its referenced image [0-9a-f]{12}/,
  );
  both.sameRefusal(
    ['rmi', labelled.config.digest],
    /conflict: unable to delete [0-9a-f]{12} \(must be forced\) - image is being used by stopped container [0-9a-f]{12}/,
  );
  both.prepare('rm', 'made');
});

test('refused while a container runs of it, also by force', () => {
  both.prepare('run', '-d', '--name', 'runs', '--network', 'none', both.image, 'sleep', '60');
  const [docker] = both.ask(['images', '-q', both.image]);
  const id = docker.stdout.trim();
  for (const words of [
    ['rmi', id],
    ['rmi', '-f', id],
  ])
    both.sameRefusal(words, /\(cannot be forced\) - image is being used by running container [0-9a-f]{12}/);
  both.prepare('rm', '-f', 'runs');
});

test('prune by label and age', () => {
  for (const filter of ['label=absent', 'label!=c', 'until=2020-01-01', 'label=c', 'until=2022-06-01']) {
    both.same(['image', 'prune', '-f', '--filter', filter], own);
    both.same(['image', 'prune', '-af', '--filter', filter], own);
    both.same(list, sorted);
  }
});

comparison.run();
