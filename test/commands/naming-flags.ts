// What a container is called, and the names that it finds others by.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('names');
const {image} = await serveBusybox(test);

test.after(async () => await assertHostClean());

async function sh(flags: string[], script: string): Promise<string> {
  return await crundleOk(['run', '--rm', '--network', 'none', ...flags, image, 'sh', '-c', script]);
}

async function refused(flags: string[], message: RegExp): Promise<void> {
  const {status, stderr} = await crundle(['run', '--rm', '--network', 'none', ...flags, image, 'true']);
  assert.is(status, 125, stderr);
  assert.match(stderr, message);
}

test('--add-host and --domainname are in the container’s files', async () => {
  const flags = [
    '--add-host',
    'db:10.9.8.7',
    '--add-host',
    'six=[2001:db8::1]',
    '--domainname',
    'example.org',
    '-h',
    'web',
  ];
  const [db, six, domain, ...rest] = (
    await sh(flags, 'grep -E "db|six" /etc/hosts; cat /proc/sys/kernel/domainname; cat /etc/hostname')
  ).split('\n');
  assert.is(db, '10.9.8.7\tdb');
  assert.is(six, '2001:db8::1\tsix');
  assert.is(domain, 'example.org');
  assert.equal(rest, ['web']);
  await refused(
    ['--add-host', 'me:host-gateway'],
    /^Error: unable to derive the IP value for host-gateway\n/,
  );
});

test('on a network: host-gateway is this machine, --dns is asked, and the domain is in /etc/hosts', async () => {
  const flags = [
    '--add-host',
    'me:host-gateway',
    '--dns',
    '192.0.2.53',
    '--dns-search',
    'example.org',
    '--dns-option',
    'ndots:3',
    '--domainname',
    'example.org',
    '-h',
    'web',
  ];
  const script =
    'ip route | sed -n "s/default via \\([^ ]*\\).*/\\1/p"; sed -n "s/\\tme$//p" /etc/hosts; grep -c "web.example.org web" /etc/hosts; cat /etc/resolv.conf';
  const [gateway, me, named, ...resolver] = (
    await crundleOk(['run', '--rm', ...flags, image, 'sh', '-c', script])
  ).split('\n');
  assert.is(me, gateway);
  assert.is(named, '1');
  assert.equal(resolver, ['nameserver 192.0.2.53', 'search example.org', 'options ndots:3']);
});

test('labels of files under those of the line, annotations for the runtime', async () => {
  const file = join(testHost.tmp, 'labels');
  writeFileSync(file, '# a comment\na=file\n\nb=file\nbare\n');
  const id = await crundleOk([
    'create',
    '--label-file',
    file,
    '-l',
    'b=line',
    '--annotation',
    'org.example.x=y',
    image,
  ]);
  const [{Config, HostConfig}] = JSON.parse(await crundleOk(['inspect', id]));
  assert.equal(Config.Labels, {a: 'file', b: 'line', bare: ''});
  assert.equal(HostConfig.Annotations, {'org.example.x': 'y'});
  await crundleOk(['rm', id]);
  const missing = await crundle(['create', '--label-file', `${file}-absent`, image]);
  assert.is(missing.status, 125);
  assert.match(
    missing.stderr,
    /^Error: invalid argument ".*-absent" for "--label-file" flag: cannot read the labels: ENOENT/,
  );
});

test.run();
