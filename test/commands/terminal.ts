// `run -it` as a person sees it, through tmux: typing, window size, ctrl-C, detach, attach.
import {execFileSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, crundlePath, testHost} from '../support/test-host.ts';

const test = suite('terminal');
const {image} = await serveBusybox(test);

function tmux(...args: string[]): string {
  const env = {...testHost.env, TMUX: '', TMUX_TMPDIR: testHost.tmp};
  return execFileSync('tmux', ['-L', 't', '-f', '/dev/null', ...args], {encoding: 'utf8', env});
}

function type(...keys: string[]): void {
  tmux('send-keys', '-t', 'main', ...keys);
}

/** Waits until the screen matches; throws with the screen after 20 s. */
async function screenShows(pattern: RegExp): Promise<string> {
  for (let tries = 0; ; tries++) {
    const screen = tmux('capture-pane', '-p', '-t', 'main');
    if (pattern.test(screen)) return screen;
    if (tries > 200) throw new Error(`${pattern} does not appear on:\n${screen}`);
    await sleep(100);
  }
}

test.before(async () => {
  tmux('new-session', '-d', '-s', 'main', '-x', '80', '-y', '24', 'env PS1=HOST: sh');
});

test.before.each(async () => {
  tmux('resize-window', '-t', 'main', '-x', '80', '-y', '24');
  type('clear', 'Enter');
  await screenShows(/^HOST:\s*$/);
});

test.after(async () => {
  tmux('kill-server');
  await crundle(['rm', '-f', 'typed', 'left']);
  await assertHostClean();
});

test('a shell takes what is typed, knows the window and follows it, and its exit code comes back', async () => {
  type(
    `${crundlePath} run -it --rm --network none --name typed -e PS1=BOX: ${image} sh; echo status=$?`,
    'Enter',
  );
  await screenShows(/BOX:\s*$/);
  type('stty size', 'Enter');
  await screenShows(/^24 80$/m);
  tmux('resize-window', '-t', 'main', '-x', '100', '-y', '30');
  await sleep(300);
  type('stty size', 'Enter');
  await screenShows(/^30 100$/m);
  type('sleep 100', 'Enter');
  await sleep(500);
  type('C-c');
  type('echo after=$?', 'Enter');
  await screenShows(/^after=130$/m);
  type('exit 5', 'Enter');
  await screenShows(/^status=5$/m);
  type('stty -a | grep -o " echo "', 'Enter');
  await screenShows(/^ echo$/m);
});

test('detach keys leave it running; attach comes back to it', async () => {
  type(`${crundlePath} run -it --network none --name left -e PS1=BOX: ${image} sh; echo status=$?`, 'Enter');
  await screenShows(/BOX:\s*$/);
  type('C-p', 'C-q');
  await screenShows(/BOX:status=0$/m);
  assert.is(await crundleOk(['ps', '--format', '{{.Names}}']), 'left');
  type('clear', 'Enter');
  await screenShows(/^HOST:\s*$/);
  type(`${crundlePath} attach left; echo status=$?`, 'Enter');
  await sleep(1000);
  type('echo again', 'Enter');
  await screenShows(/^again$/m);
  type('exit 3', 'Enter');
  await screenShows(/^status=3$/m);
});

test('exec -it has a terminal of its own, and other detach keys work', async () => {
  await crundleOk(['rm', '-f', 'left']);
  await crundleOk(['run', '-d', '--network', 'none', '--name', 'left', image, 'sleep', '1000']);
  type(`${crundlePath} exec -it -e PS1=BOX: --detach-keys x,y left sh; echo status=$?`, 'Enter');
  await screenShows(/BOX:\s*$/);
  type('tty; stty size', 'Enter');
  await screenShows(/^\/dev\/pts\/\d+\n24 80$/m);
  type('x', 'y');
  await screenShows(/read escape sequence\nstatus=1$/m);
});

test('a killed crundle gives the terminal back', async () => {
  type(
    `${crundlePath} run -it --rm --network none --name typed -e PS1=BOX: ${image} sh; echo status=$?`,
    'Enter',
  );
  await screenShows(/BOX:\s*$/);
  const pid = execFileSync('pgrep', ['-f', '^crundle run'], {encoding: 'utf8'}).trim().split('\n')[0] ?? '';
  process.kill(Number(pid), 'SIGTERM');
  await screenShows(/^status=143$/m);
  type('stty -a | grep -o " echo "', 'Enter');
  await screenShows(/^ echo$/m);
  await crundleOk(['rm', '-f', 'typed']);
});

test.run();
