// Pause, rename and top beside the real Docker.
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('containers as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  both.prepare('run', '-d', '--network', 'none', '--name', 'web', both.image, 'sleep', '1000');
  both.prepare('run', '-d', '--network', 'none', '--name', 'still', both.image, 'sleep', '1000');
  both.prepare('pause', 'still');
  both.prepare('create', '--name', 'new', both.image, 'true');
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', '-f', 'web', 'still', 'new']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

const states = ['ps', '-a', '--format', '{{.Names}} {{.State}} {{.Status}}'];
const times = (text: string) =>
  text.replace(/(Up|\)) (Less than )?(an?|\d+) (second|minute)s?( ago)?/g, '$1');
const pids = (text: string) => text.replace(/\b\d{2,}\b/g, 'PID').replace(/PID +/g, 'PID ');

const lines: [string[], ((text: string) => string)?][] = [
  [states, times],
  [['ps', '-f', 'status=paused', '--format', '{{.Names}}']],
  [['ps', '-f', 'status=running', '--format', '{{.Names}}']],
  [['ps', '--format', '{{.Names}}']],
  [['inspect', '-f', '{{.State.Status}} {{.State.Running}} {{.State.Paused}}', 'still']],
  [['top', 'web', '-o', 'pid,comm'], pids],
  [['top', 'still', '-o', 'user,pid,args'], pids],
  [['container', 'top', 'web', '-o', 'pid', '-o', 'user'], pids],
  [['pause', 'web']],
  [['unpause', 'web']],
  [['rename', 'web', 'shop']],
  [['container', 'rename', 'shop', '/web']],
  [['inspect', '-f', '{{.Name}}', 'web']],
  [['unpause', 'absent', 'new', 'still']],
  [['pause', 'still']],
  [['restart', '-t', '0', 'still']],
  [states, times],
  [['pause', 'still']],
  [['kill', 'still']],
  [['wait', 'still']],
  [['container', 'ls', '-a', '--format', '{{.Names}} {{.State}}']],
];

for (const [args, look] of lines) test(`the same: ${args.join(' ')}`, () => both.same(args, look));

test('a paused container again', () => {
  both.prepare('start', 'still');
  both.prepare('pause', 'still');
});

const refusals: [string[], RegExp][] = [
  [['pause', 'still'], /is already paused/],
  [['pause', 'new'], /is not running/],
  [['unpause', 'web'], /is not paused/],
  [['pause', 'absent'], /no such container: absent/i],
  [['pause'], /requires at least 1 argument/],
  [['exec', 'still', 'true'], /container still is paused, unpause the container before exec/i],
  [['attach', 'still'], /you cannot attach to a paused container, unpause it first/i],
  [['start', 'still'], /cannot start a paused container, try unpause instead/],
  [['rm', 'still'], /cannot remove (a paused )?container.*unpause/i],
  [['rename', 'web', 'new'], /the container name "\/new" is already in use by container/i],
  [['rename', 'web', 'web'], /renaming a container with the same name as its current name/i],
  [['rename', 'web', ''], /neither old nor new names may be empty/i],
  [
    ['rename', 'web', 'a b'],
    /invalid container name \(\/?a b\).* only \[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\] are allowed/i,
  ],
  [['rename', 'absent', 'there'], /no such container: absent/i],
  [['rename', 'web'], /requires (exactly )?2 arguments/],
  [['top', 'new'], /is not running/],
  [['top', 'web', '-o', 'comm'], /couldn't find PID field in ps output/i],
  [['top', 'web', '-o', 'ppid=PID'], /specifying "ppid=PID" is not allowed/],
  [['top', 'web', '-o', 'nonsense'], /ps: error: unknown user-defined format specifier "nonsense"/],
  [['top', '-x', 'web'], /unknown shorthand flag: 'x' in -x/],
  [['top'], /requires at least 1 argument/],
];

for (const [args, words] of refusals) {
  test(`refused: ${args.join(' ')}`, () => both.sameRefusal(args, words));
}

comparison.run();
