// Names of images, and prunes, beside the real Docker.
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('images as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing === undefined) both = await DockerComparison.start();
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

test('tag gives one more name, again and over', () => {
  both.same(['tag', both.image, 'one:1']);
  both.same(['image', 'tag', 'one:1', 'registry.example:5000/two']);
  both.same(['tag', 'one:1', 'one:1']);
  const names = ['images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'];
  both.same(names, (text) => text.split('\n').sort().join('\n'));
  both.same(['image', 'inspect', '-f', '{{json .RepoDigests}}', 'one:1']);
  both.same(['rmi', 'one:1', 'registry.example:5000/two']);
});

const refusals: [string[], RegExp][] = [
  [['tag', 'absent', 'x'], /No such image: absent:latest/],
  [
    ['tag', 'IMAGE', 'X:y'],
    /"X:y" is not a valid repository\/tag: invalid reference format.* must be lowercase/,
  ],
  [['tag', 'IMAGE', ''], /"" is not a valid repository\/tag: invalid reference format/],
  [['tag', 'IMAGE', 'x:'], /"x:" is not a valid repository\/tag: invalid reference format/],
  [['tag', 'IMAGE', `x@sha256:${'a'.repeat(64)}`], /refusing to create a tag with a digest reference/],
  [['tag', 'IMAGE', 'sha256:x'], /refusing to create an ambiguous tag using digest algorithm as name/],
  [['tag', 'IMAGE', 'f'.repeat(64)], /cannot specify 64-byte hexadecimal strings/],
  [['tag', 'IMAGE'], /requires (exactly )?2 arguments/],
  [['image', 'inspect', 'absent'], /No such image: absent/],
  [['container', 'inspect', 'absent'], /no such container: absent/i],
  [['inspect', '--type', 'image', 'absent'], /No such image: absent/],
  [['container', 'prune', '-f', '--filter', 'foo=bar'], /invalid filter 'foo'/i],
  [
    ['container', 'prune', '-f', '--filter', 'until=xx'],
    /failed to parse value as time or duration: "xx"|'xx'/,
  ],
  [['container', 'prune', 'x'], /accepts no arguments/],
  [['image', 'prune', '-f', '--filter', 'foo=bar'], /invalid filter 'foo'/i],
];

for (const [words, message] of refusals) {
  test(`refused: ${words.join(' ')}`, () =>
    both.sameRefusal(
      words.map((word) => (word === 'IMAGE' ? both.image : word)),
      message,
    ));
}

test('container prune takes what does not run', () => {
  both.prepare('container', 'create', '--name', 'old', '--label', 'a=b', both.image, 'true');
  both.same(['container', 'prune', '-f', '--filter', 'label!=a']);
  both.same(['container', 'prune', '-f', '--filter', 'until=1h']);
  both.same(['container', 'prune', '-f', '--filter', 'label=a=b']);
  both.same(['container', 'prune', '-f']);
});

test('image prune leaves what a container is made of', () => {
  both.prepare('create', '--name', 'user', both.image, 'true');
  both.same(['image', 'prune', '-f']);
  both.same(['image', 'prune', '-af']);
  both.prepare('container', 'rm', 'user');
  both.same(['image', 'prune', '-af', '--filter', 'label=x']);
  // Docker tells of layers too, and counts only those that are unpacked.
  const own = (text: string) => text.replace(/^(deleted: sha256:ID\n)+/gm, '$1').replace(/[\d.]+MB/, 'SIZE');
  both.same(['image', 'prune', '-af'], own);
  both.same(['images', '-q']);
});

comparison.run();
