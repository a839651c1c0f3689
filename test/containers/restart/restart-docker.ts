// Restart policies beside Docker's own: the same containers, and what both say of them afterwards.
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerDaemon, dockerMissing} from '../../support/docker-daemon.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, saySkipped} from '../../support/test-host.ts';

const test = suite('restart policies beside Docker');
const {image} = await serveBusybox(test);
if (dockerMissing) saySkipped(dockerMissing);
const compare = dockerMissing ? test.skip : test;

const policies = ['no', 'on-failure', 'on-failure:2', 'always', 'unless-stopped'];
const format = '{{json .HostConfig.RestartPolicy}} {{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}';

compare('policies, counts and exit codes are the same', async () => {
  await using docker = await DockerDaemon.start();
  docker.client('pull', '-q', '--platform', 'linux/arm64', image);
  const seen = async (run: (...args: string[]) => Promise<string>, policy: string, command: string) => {
    const line = ['run', '-d', '--name', 'web', '--network', 'none', '--restart', policy];
    await run(...line, image, 'sh', '-c', command);
    const deadline = Date.now() + 20_000;
    const settled = command === 'sleep 600' ? / 0 running / : policy === 'no' ? / 0 exited / : / 2 exited /;
    let text = '';
    do {
      await sleep(200);
      text = await run('inspect', '-f', format, 'web');
    } while (!settled.test(text) && Date.now() < deadline);
    await run('rm', '-f', 'web');
    return text.trim();
  };
  const ours = async (...args: string[]) => await crundleOk(args);
  const theirs = async (...args: string[]) => docker.try(...args).stdout;
  for (const policy of policies) {
    const command = policy.startsWith('on-failure:') || policy === 'no' ? 'exit 7' : 'sleep 600';
    assert.is(await seen(ours, policy, command), await seen(theirs, policy, command), policy);
  }
  for (const policy of policies.slice(1))
    assert.equal(await lifeUnder(ours, policy), await lifeUnder(theirs, policy), policy);
  const line = ['run', '--name', 'web', '--network', 'none', '--restart', 'always'];
  line.push(image, 'sh', '-c', 'exit 4');
  const first = await crundle(line);
  assert.is(first.status, docker.try(...line).status);
  await ours('rm', '-f', 'web');
  await theirs('rm', '-f', 'web');
});

// PID 1 is killed behind the engine's back, then a person stops, starts and kills: what is said of the container after each.
async function lifeUnder(run: (...args: string[]) => Promise<string>, policy: string): Promise<string[]> {
  const state = async () => (await run('inspect', '-f', format, 'web')).trim();
  const until = async (pattern: RegExp) => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const text = await state();
      if (pattern.test(text)) return text;
      assert.ok(Date.now() < deadline, `${policy}: still ${text}`);
      await sleep(100);
    }
  };
  const line = ['run', '-d', '--name', 'web', '--network', 'none', '--init', '--restart', policy];
  await run(...line, image, 'sleep', '600');
  const said = [await until(/ 0 running /)];
  for (const restarts of [1, 2]) {
    process.kill(Number(await run('inspect', '-f', '{{.State.Pid}}', 'web')), 'SIGKILL');
    said.push(await until(new RegExp(` ${restarts} running `)));
  }
  for (const [verb, pattern] of [
    ['stop', / exited /],
    ['start', / running /],
    ['kill', / exited /],
  ] as const) {
    await run(verb, 'web');
    await until(pattern);
    // Long enough for a restart that nobody wants.
    await sleep(1000);
    said.push(`${verb}: ${await state()}`);
  }
  await run('rm', '-f', 'web');
  return said;
}

test.after(async () => await assertHostClean());

test.run();
