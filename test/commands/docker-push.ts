// Pushes beside the real Docker's, into one registry.
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('pushes as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;
let registry: Registry;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  registry = await startRegistry({writable: true});
  for (const tag of ['1', '2']) both.prepare('tag', both.image, `${registry.address}/app:${tag}`);
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await registry.stop();
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

// The daemon writes another manifest: an old Docker one.
const look = (text: string) => text.replace(/size: \d+$/gm, 'size: N');

test('what is there already', () => {
  const name = `${registry.address}/app:1`;
  both.prepare('push', name);
  both.same(['push', name], look);
  both.same(['push', '-q', name]);
  both.same(['image', 'push', name], look);
});

test('every tag', () => {
  both.same(['push', '-a', `${registry.address}/app`], look);
  both.same(['push', '-aq', `${registry.address}/app`]);
});

const refusals: [string[], RegExp][] = [
  [['push', 'absent'], /An image does not exist locally with the tag: absent/],
  [['push', '-a', 'absent'], /An image does not exist locally with the tag: absent/],
  [['push', 'REGISTRY/app:3'], /tag does not exist: 127.0.0.1:\d+\/app:3/],
  [['push', '-a', 'REGISTRY/app:1'], /tag can't be used with --all-tags\/-a/],
  [['push', `REGISTRY/app@sha256:${'a'.repeat(64)}`], /cannot push a digest reference/],
  [['push', 'X'], /invalid reference format: repository name .*must be lowercase/],
  [['push'], /requires (exactly )?1 argument/],
];

for (const [words, message] of refusals) {
  test(`refused: ${words.join(' ')}`, () =>
    both.sameRefusal(
      words.map((word) => word.replace('REGISTRY', registry.address)),
      message,
    ));
}

comparison.run();
