// What a person does every day, on a booted arm64 Debian with the package installed.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedForSuite} from '../support/machine/installed.ts';

const test = suite('daily use of an arm64 machine');
const {machine, registry, images} = await installedForSuite(test);
const image = `${images}/busybox`;

test('info names cgroup v2 under systemd and the architecture', async () => {
  const format = '{{.CgroupVersion}} {{.CgroupDriver}} {{.Architecture}}';
  assert.is(await machine.ok(`crundle info --format '${format}'`), '2 systemd arm64');
});

test('pulls from a registry outside the machine', async () => {
  await machine.ok(`crundle pull -q ${image}`);
  assert.is(await machine.ok('crundle images --format {{.Repository}}'), image);
  assert.match(registry.log(), /GET \/v2\/busybox\/manifests\/latest/);
});

test('runs a program, and ends with its exit code', async () => {
  const {stdout, stderr, status} = await machine.run(`crundle run --rm ${image} sh -c 'uname -m; exit 7'`);
  assert.equal({stdout, stderr, status}, {stdout: 'aarch64\n', stderr: '', status: 7});
});

test('gives a program a terminal', async () => {
  const {stdout, status} = await machine.run(
    `crundle run -it --rm ${image} sh -c 'tty; read line; echo "<$line>"'`,
    {
      tty: true,
      input: 'typed\n',
    },
  );
  assert.is(status, 0);
  assert.match(stdout.replaceAll('\r', ''), /^\/dev\/pts\/0\n(typed\n)?<typed>\n/m);
});

test('publishes a port that is reached from outside the machine', async () => {
  await machine.ok(
    `crundle run -d --name web -p 8080:80 ${image} sh -c 'mkdir /www; echo here >/www/index.html; exec httpd -f -h /www'`,
  );
  const response = await fetch(`http://127.0.0.1:${machine.port(8080)}/`, {headers: {connection: 'close'}});
  assert.is(await response.text(), 'here\n');
});

test('names containers to each other on a network', async () => {
  await machine.ok('crundle network create shop');
  await machine.ok(
    `crundle run -d --name front --network shop ${image} sh -c 'mkdir /www; echo front >/www/index.html; exec httpd -f -h /www'`,
  );
  assert.is(await machine.ok(`crundle run --rm --network shop ${image} wget -qO- http://front/`), 'front');
  await machine.ok('crundle rm -f front && crundle network rm shop');
  assert.is(await machine.ok('ip -o link show type bridge | grep -c . || true'), '1');
});

test('keeps what is written to a volume', async () => {
  await machine.ok(`crundle run --rm -v data:/data ${image} sh -c 'echo kept >/data/file'`);
  assert.is(await machine.ok(`crundle run --rm -v data:/data ${image} cat /data/file`), 'kept');
});

test('keeps what a container said', async () => {
  await machine.ok(`crundle run --name talks ${image} sh -c 'echo out; echo err >&2'`);
  const {stdout, stderr, status} = await machine.run('crundle logs talks');
  assert.equal({stdout, stderr, status}, {stdout: 'out\n', stderr: 'err\n', status: 0});
  await machine.ok('crundle rm talks');
});

test('tells the journal what became of a container', async () => {
  const events =
    'journalctl --output=json CRUNDLE_CONTAINER=web | sed -n \'s/.*"CRUNDLE_EVENT":"\\([a-z-]*\\)".*/\\1/p\'';
  assert.is(await machine.ok(`${events} | paste -sd' '`), 'create start');
  assert.match(await machine.ok('journalctl --output=cat -t crundle'), /web/);
});

test('puts a container and its conmon into scopes of systemd', async () => {
  const id = await machine.ok("crundle inspect --format '{{.Id}}' web");
  // A conmon's scope is named after its start, too: the one before may still be on its way out.
  const units = "systemctl list-units --no-legend --plain 'crundle-*.scope' | awk '{print $1, $3}' | sort";
  const listed = (await machine.ok(units)).replace(/(conmon-[a-f0-9]{12})-[a-z0-9]+/, '$1-START');
  assert.equal(listed.split('\n'), [
    `crundle-${id}.scope active`,
    `crundle-conmon-${id.slice(0, 12)}-START.scope active`,
  ]);
});

test('has no process of its own when no container runs', async () => {
  await machine.ok('crundle rm -f web');
  assert.is(await machine.ok("ps -eo args | grep -E 'crundle|conmon' | grep -v grep || true"), '');
});

test.run();
