// Volumes beside the real Docker.
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('volumes as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  both.prepare('create', '--name', 'user', '-v', 'used:/used', both.image, 'true');
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', 'user']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

const folders = (text: string) => text.replace(/"?\/[^\s"]*\/volumes\//g, 'VOLUMES/');
// Clients before 23 send empty maps where later ones send none.
const empty = (text: string) => text.replaceAll('{}', 'null');
// Docker has labels in the order of chance.
const ordered = (text: string) => text.replace('c=,a=b', 'a=b,c=');
const times = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME');

const lines: [string[], ((text: string) => string)?][] = [
  [['volume', 'create', 'v10']],
  [['volume', 'create', 'v10']],
  [['volume', 'create', '--label', 'a=b', '--label', 'c', 'v2']],
  [['volume', 'create', '--name', 'v3']],
  [['volume', 'ls']],
  [['volume', 'ls', '-q']],
  [['volume', 'ls', '-f', 'dangling=true']],
  [['volume', 'ls', '-qf', 'dangling=0']],
  [['volume', 'ls', '-qf', 'name=^v']],
  [['volume', 'ls', '-qf', 'label=a=b', '-f', 'label=c']],
  [['volume', 'ls', '-qf', 'driver=local', '-f', 'driver=x']],
  [
    ['volume', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Labels}}'],
    (text) => ordered(folders(text)),
  ],
  [['volume', 'ls', '--format', 'table {{.Name}}\t{{.Label "a"}}']],
  [['volume', 'inspect', 'v2', 'v3'], (text) => empty(times(folders(text)))],
  [['volume', 'inspect', '-f', '{{.Name}} {{json .Options}}', 'v2', 'used'], empty],
  [['inspect', '--type', 'volume', '-f', '{{json .Labels}}', 'v2']],
  [['volume', 'rm', '-f', 'absent']],
  [['volume', 'rm', 'v10', 'v2', 'v3']],
];

for (const [args, look] of lines) test(`the same: ${args.join(' ')}`, () => both.same(args, look));

const refusals: [string[], RegExp][] = [
  [['volume', 'create', 'x'], /create x: volume name is too short, names should be at least two/],
  [['volume', 'create', 'a b'], /create a b: "a b" includes invalid characters for a local volume name/],
  [['volume', 'create', 'a', 'b'], /requires at most 1 argument/],
  [['volume', 'create', '--name', 'aa', 'bb'], /conflicting options: .* --name/],
  [
    ['volume', 'create', '-d', 'nope', 'vv'],
    /create vv: error looking up volume plugin nope: plugin "nope" not found/,
  ],
  [['volume', 'create', '--label', '=x', 'vv'], /invalid argument "=x" for "--label" flag/],
  [['volume', 'ls', '-f', 'foo=bar'], /invalid filter 'foo'/i],
  [['volume', 'ls', '-f', 'dangling=x'], /invalid filter 'dangling=\[x\]'/i],
  [['volume', 'ls', 'x'], /accepts no arguments/],
  [['volume', 'inspect', 'absent'], /no such volume/i],
  [['volume', 'inspect', 'absent', '-f', '{{.Name}}'], /no such volume/i],
  [['volume', 'inspect'], /requires at least 1 argument/],
  [['volume', 'rm', 'absent'], /no such volume/i],
  [['volume', 'rm', 'used'], /remove used: volume is in use - \[[0-9a-f]{64}\]/],
  [['volume', 'rm', '-f', 'used'], /remove used: volume is in use - \[[0-9a-f]{64}\]/],
  [['volume', 'rm'], /requires at least 1 argument/],
  [['volume', 'prune', '-f', '--filter', 'until=1h'], /invalid filter 'until'/i],
];

for (const [args, words] of refusals) {
  test(`refused: ${args.join(' ')}`, () => both.sameRefusal(args, words));
}

comparison.run();
