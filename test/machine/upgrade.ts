// What an upgrade, a downgrade, a removal and a purge of the package do to what runs and to what is kept.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installPackage} from '../support/machine/install.ts';
import {installedForSuite} from '../support/machine/installed.ts';
import {packagePath} from '../support/machine/package.ts';
import {testHost} from '../support/test-host.ts';

const root = join(import.meta.dirname, '../..');
const nextVersion = '9.0.0';

const test = suite('upgrade on arm64');
const {machine, images} = await installedForSuite(test);
const image = `${images}/busybox`;
const folder = mkdtempSync(join(testHost.tmp, 'next-'));
test.after(() => rmSync(folder, {recursive: true}));
const next = nextPackage();

// One that answers requests, one that keeps a connection, one that a policy brings back.
await machine.ok(
  `crundle run -d -q --name web -p 8080:80 ${image} sh -c 'mkdir /www; echo here >/www/index.html; exec httpd -f -h /www'`,
);
await machine.ok(`crundle run -d -q --name echo -p 8081:7 ${image} nc -ll -p 7 -e cat`);
await machine.ok(`crundle run -d -q --name back --restart always ${image} sleep 100000`);

// The same program under another version: what dpkg does with it is what it would do with a newer one.
function nextPackage(): string {
  const args = ['packaging/deb/build.ts', 'arm64', '--version', nextVersion, '--output', folder, '--quick'];
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: 'pipe',
  });
  return join(folder, `crundle_${nextVersion}_arm64.deb`);
}

const installedVersion = "dpkg-query -s crundle | sed -n 's/^Version: //p'";

/** Every process of a container and beside one, by PID and start time. */
async function processes(): Promise<string> {
  const line = "ps -eo pid,lstart,comm | awk '$NF ~ /^(conmon|httpd|nc|cat|sleep)$/' | sort -n";
  return await machine.ok(line);
}

async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {headers: {connection: 'close'}});
  return (await response.text()) === 'here\n';
}

/** Asks again and again until `done`: how many requests were answered and how many failed. */
async function requests(port: number, done: Promise<unknown>): Promise<{answered: number; failed: string[]}> {
  let over = false;
  void done.finally(() => (over = true)).catch(() => undefined);
  const result = {answered: 0, failed: [] as string[]};
  for (let count = 0; count < 20_000 && !over; count++) {
    try {
      if (await answers(port)) result.answered++;
      else result.failed.push('another answer');
    } catch (error) {
      result.failed.push(String(error instanceof Error ? (error.cause ?? error) : error));
    }
    await sleep(50);
  }
  return result;
}

/** Sends a line and reads it back. */
async function echoed(socket: Socket, line: string): Promise<string> {
  const tooLate = setTimeout(() => socket.destroy(new Error(`no echo of '${line}'`)), 120_000);
  try {
    socket.write(`${line}\n`);
    for await (const chunk of socket.iterator({destroyOnReturn: false})) return String(chunk).trim();
    return 'the end of the connection';
  } finally {
    clearTimeout(tooLate);
  }
}

test('an upgrade under load changes no process and fails no request', async () => {
  const before = await processes();
  assert.match(before, /conmon\n.*conmon/s);
  const socket = connect(machine.port(8081), '127.0.0.1');
  assert.is(await echoed(socket, 'before'), 'before');
  const connected = await processes();
  const upgrade = installPackage(machine, next);
  const {answered, failed} = await requests(machine.port(8080), upgrade);
  await upgrade;
  assert.equal(failed, []);
  assert.ok(answered > 0);
  assert.is(await machine.ok(installedVersion), nextVersion);
  assert.is(await processes(), connected);
  assert.is(await echoed(socket, 'after'), 'after');
  socket.destroy();
});

test("the new version ends and restarts the old one's containers", async () => {
  await machine.ok("kill -9 $(crundle inspect -f '{{.State.Pid}}' back)");
  const line = "crundle inspect -f '{{.State.Status}} {{.RestartCount}}' back";
  await machine.ok(
    `for i in $(seq 60); do [ "$(${line})" = 'running 1' ] && exit; sleep 1; done; ${line}; exit 1`,
  );
  await machine.ok('crundle stop -t 1 echo');
  assert.is(await machine.ok("crundle inspect -f '{{.State.Status}}' echo"), 'exited');
});

test('a downgrade is refused, and nothing of it happens', async () => {
  const before = await processes();
  await machine.put(packagePath(), '/root/old.deb');
  const {status, stderr, stdout} = await machine.run(
    'apt-get install --yes --allow-downgrades /root/old.deb',
  );
  assert.is(status, 100);
  assert.match(
    `${stdout}${stderr}`,
    /crundle: version 9\.0\.0 is installed, and this is the older \d+\.\d+\.\d+/,
  );
  assert.is(await machine.ok(installedVersion), nextVersion);
  assert.is(await processes(), before);
  assert.ok(await answers(machine.port(8080)));
});

// The kernel's, systemd's and the file system's view, each empty when nothing is left.
const traces = {
  processes: "ps -eo comm,args | grep -E '^(conmon|aardvark-dns|crun|node|crundle)' || true",
  interfaces: 'ip -br link | grep -vE "^(lo|eth0|enp?[0-9s]+)" || true',
  namespaces: 'ls /run/netns 2>/dev/null || true',
  rules: 'nft list ruleset',
  mounts: 'grep crundle /proc/self/mountinfo || true',
  cgroups: "find /sys/fs/cgroup -name '*crundle*'",
  profiles: 'grep -h crundle /sys/kernel/security/apparmor/profiles || true',
};

async function assertNoTrace(): Promise<void> {
  const found: Record<string, string> = {};
  for (const [what, line] of Object.entries(traces)) {
    const text = await machine.ok(line);
    if (text !== '') found[what] = text;
  }
  assert.equal(found, {});
}

test('a removal ends all and keeps the data, which the next installation finds', async () => {
  await machine.ok('apt-get remove --yes crundle');
  await assertNoTrace();
  assert.is(await machine.ok('ls /var/lib/crundle/crundle.db /etc/crundle/config.json | wc -l'), '2');
  await installPackage(machine, next);
  assert.is(await machine.ok("crundle ps -a --format '{{.Names}}' | sort | xargs"), 'back echo web');
  await machine.ok('crundle start web');
  assert.ok(await answers(machine.port(8080)));
});

test('a purge leaves nothing', async () => {
  await machine.ok('apt-get purge --yes crundle');
  await assertNoTrace();
  const left = await machine.ok(
    "find / -xdev -iname '*crundle*' -not -path '/var/log/*' -not -path '/proc/*' -not -path '/sys/*'",
  );
  assert.is(left, '');
  assert.is(await machine.ok("systemctl list-units --all --no-legend 'crundle*'"), '');
});

test.run();
