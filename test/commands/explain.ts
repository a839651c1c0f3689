// explain run: the script does what run does, in a plain root shell, and leaves nothing.
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost, writeConfig} from '../support/test-host.ts';

const test = suite('explain run');
const {image} = await serveBusybox(test);
const shared = join(testHost.tmp, 'shared');

test.before(() => mkdirSync(shared));
test.after(async () => {
  await assertHostClean();
});

/** All that a run changes of a host. */
function hostState(): Record<string, string> {
  const told = (command: string) => spawnSync('sh', ['-c', command], {encoding: 'utf8'}).stdout;
  const {dataRoot, runRoot, cgroupParent} = testHost;
  return {
    links: told("ip -o link | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/<.*>//; s/ qdisc .*//' | sort"),
    addresses: told(
      "ip -o addr | grep -v 'scope link' | sed 's/^[0-9]*: //' | sort; ip route | sed 's/ linkdown//'",
    ),
    namespaces: told('ls /run/netns'),
    tables: told('nft list ruleset'),
    // Namespaces of other hosts on this machine lie there too; and whoever adds the first makes that folder a mount.
    mounts: told(
      "awk '$5 !~ /^\\/run\\/netns/ || $5 ~ /crundle-/ {print $5, $9}' /proc/self/mountinfo | sort",
    ),
    kernel: told('sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv6.conf.all.forwarding'),
    data: told(
      `find ${dataRoot} -path '*/layers/*/*' -prune -o ! -name 'crundle.db*' -printf '%p %m %l\n' | sort`,
    ),
    run: told(
      `find ${runRoot} ! -path '*/locks*' ! -path '*/network/*' ! -path '*/crun/.cache*' -printf '%p %m %l\n' | sort`,
    ),
    names: told(`cat ${runRoot}/aardvark/networks/[0-9a-f]* 2>/dev/null`),
    processes: told("ps -eo args | grep -E 'conmon|aardvark|[c]run ' | grep -v grep | sort"),
    cgroups: told(`find /sys/fs/cgroup -path '*${cgroupParent}/*' -type d | sort`),
  };
}

/** The lines that are in one state and not in the other. */
function changed(before: Record<string, string>): string[] {
  const lines = (state: Record<string, string>) =>
    Object.entries(state).flatMap(([part, text]) => text.split('\n').map((line) => `${part}: ${line}`));
  const [was, is] = [new Set(lines(before)), new Set(lines(hostState()))];
  return [...is.difference(was)]
    .map((line) => `+ ${line}`)
    .concat([...was.difference(is)].map((line) => `- ${line}`));
}

/** The script, after which nothing is other than before. */
async function explain(...args: string[]): Promise<string> {
  const before = hostState();
  const script = await crundleOk(['explain', 'run', ...args]);
  assert.equal(changed(before), [], 'explaining has changed something');
  return `${script}\n`;
}

/** Pasted into a shell: what the container wrote and its exit code. Nothing is other afterwards. */
function paste(script: string, shell = 'sh') {
  const before = hostState();
  const {status, stdout, stderr} = spawnSync(shell, {input: script, encoding: 'utf8'});
  assert.equal(changed(before), [], 'the script has left something');
  return {status, stdout, stderr};
}

/** What a server that is starting answers, within ten seconds and while `goesOn`. */
async function pageAt(address: string, goesOn: () => boolean): Promise<string> {
  let page = '';
  for (let tries = 0; page === '' && tries < 200 && goesOn(); tries++) {
    await sleep(50);
    page = await fetch(address, {signal: AbortSignal.timeout(1000)}).then(
      (answer) => answer.text(),
      () => '',
    );
  }
  return page;
}

for (const shell of ['sh', 'bash']) {
  test(`a plain run, pasted into ${shell} on a host without networks: output, errors, exit code`, async () => {
    const command = [
      'sh',
      '-c',
      "echo it\\'s; printf whole; echo wrong >&2; ip -o -4 addr show eth0; exit 3",
    ];
    const {status, stdout, stderr} = paste(await explain('--rm', image, ...command), shell);
    assert.is(status, 3, stderr);
    assert.match(stdout, /^it's\nwhole2: eth0 .*inet 172\.\d+\.0\.2\/16 .*$/s);
    assert.is(stderr, 'wrong\n');
  });
}

test('-p: the port answers while it runs', async () => {
  const stop = join(shared, 'stop');
  const serve = `echo page >/index.html; httpd -p 80 -h /; until [ -e /shared/stop ]; do sleep 0.2; done`;
  const flags = ['-p', '8088:80', '-v', `${shared}:/shared`];
  const before = hostState();
  const shell = spawn('sh', {stdio: ['pipe', 'inherit', 'inherit']});
  const ended = new Promise((resolve) => shell.once('close', resolve));
  shell.stdin.end(await explain(...flags, image, 'sh', '-c', serve));
  assert.is(await pageAt('http://127.0.0.1:8088/', () => shell.exitCode === null), 'page\n');
  writeFileSync(stop, '');
  assert.is(await ended, 0);
  assert.equal(changed(before), []);
});

test('a network with names, beside a container of crundle’s: both find each other, and the other one goes on', async () => {
  await crundleOk(['network', 'create', 'mine']);
  const ask = (name: string) => ['sh', '-c', `nslookup ${name} | grep -A1 ${name} | tail -1`];
  const alone = paste(await explain('--network', 'mine', '--name', 'web', image, ...ask('web')));
  assert.match(alone.stdout, /^Address:? .*172\.\d+\.0\.2/, alone.stderr);
  await crundleOk([
    'run',
    '-d',
    '--network',
    'mine',
    '--name',
    'other',
    '-p',
    '8089:80',
    image,
    'sleep',
    '1000',
  ]);
  const beside = paste(await explain('--network', 'mine', '--name', 'web', image, ...ask('other')));
  assert.match(beside.stdout, /^Address:? .*172\.\d+\.0\.2/, beside.stderr);
  assert.match(await crundleOk(['exec', 'other', ...ask('other')]), /^Address:? .*172\.\d+\.0\.2/);
  const joined = paste(
    await explain('--network', 'container:other', image, 'sh', '-c', 'hostname; cat /etc/hosts'),
  );
  assert.match(joined.stdout, /other|172\.\d+\.0\.2/, joined.stderr);
  await crundleOk(['network', 'create', 'second']);
  assert.is(paste(await explain('--network', 'second', '-p', '8090:80', image, 'true')).status, 0);
  await crundleOk(['rm', '-f', 'other']);
  await crundleOk(['network', 'rm', 'mine', 'second']);
});

test('volumes: named, new and anonymous; a folder of -v that is not there', async () => {
  await crundleOk([
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    'kept:/data',
    image,
    'sh',
    '-c',
    'echo old >/data/file',
  ]);
  const absent = join(testHost.tmp, 'absent/two/three');
  const {status, stdout, stderr} = paste(
    await explain(
      ...[
        '--network',
        'none',
        '-v',
        'kept:/data',
        '-v',
        'new:/etc',
        '-v',
        '/anonymous',
        '-v',
        `${absent}:/b`,
      ],
      ...[
        image,
        'sh',
        '-c',
        'cat /data/file; echo more >>/data/file; grep -c root: /etc/passwd; touch /anonymous/x; ls -d /b',
      ],
    ),
  );
  assert.equal({status, stdout, stderr}, {status: 0, stdout: 'old\n1\n/b\n', stderr: ''});
  assert.is(readFileSync(join(testHost.dataRoot, 'volumes/kept/_data/file'), 'utf8'), 'old\nmore\n');
  assert.not.ok(existsSync(join(testHost.dataRoot, 'volumes/new')));
  await crundleOk(['volume', 'rm', 'kept']);
});

test('new volumes with the names of folders that a script has no use for', async () => {
  const names = ['work', 'network', 'crun', 'lock', 'scratch', 'shm', 'rootfs', 'seccomp', 'crundle.db'];
  const flags = names.flatMap((name) => ['-v', `${name}:/volumes/${name}`]);
  const look = 'cd /volumes; for name in *; do touch $name/x && echo $name; done';
  const {status, stdout, stderr} = paste(
    await explain(
      '--network',
      'none',
      ...flags,
      '-v',
      'locks:/etc',
      image,
      'sh',
      '-c',
      `${look}; grep -c root: /etc/passwd`,
    ),
  );
  assert.equal({status, stdout, stderr}, {status: 0, stdout: `${names.sort().join('\n')}\n1\n`, stderr: ''});
});

test('limits, user, read-only', async () => {
  const look =
    'id -u; id -g; ulimit -n; touch /x 2>&1; touch /tmp/x && echo made; grep -E "^(CapEff|Seccomp:)" /proc/self/status; ' +
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; hostname; echo "$A"';
  const flags = [
    ...[
      '--network',
      'none',
      '-m',
      '64m',
      '--pids-limit',
      '50',
      '--ulimit',
      'nofile=100:200',
      '-u',
      '1000:1001',
    ],
    ...['--read-only', '--tmpfs', '/tmp', '--hostname', 'box', '-e', "A=it's $HOME"],
  ];
  const {status, stdout, stderr} = paste(await explain(...flags, image, 'sh', '-c', look));
  const run = await crundle(['run', '--rm', ...flags, image, 'sh', '-c', look]);
  assert.equal({status, stdout, stderr}, run);
  assert.match(stdout, /^1000\n1001\n100\n.*Read-only file system\nmade\n.*\n67108864\nbox\nit's \$HOME\n$/s);
});

test('Ctrl-C ends the container and cleans up', async () => {
  const before = hostState();
  const shell = spawn('sh', {stdio: ['pipe', 'ignore', 'inherit'], detached: true});
  const ended = new Promise((resolve) => shell.once('close', resolve));
  shell.stdin.end(
    await explain('--init', '-v', `${shared}:/shared`, image, 'sh', '-c', 'touch /shared/up; sleep 1000'),
  );
  while (!existsSync(join(shared, 'up')) && shell.exitCode === null) await sleep(50);
  process.kill(-(shell.pid ?? 0), 'SIGINT');
  await ended;
  // A shell that is given a script does not wait for its subshell then.
  for (let tries = 0; changed(before).length > 0 && tries < 50; tries++) await sleep(100);
  assert.equal(changed(before), []);
});

test('what crun refuses is told, and leaves nothing', async () => {
  const {status, stderr} = paste(await explain('--network', 'none', image, '/no/such/program'));
  assert.is(status, 125);
  assert.match(stderr, /\/no\/such\/program/);
});

// Calls that change the host, with what is new each time masked.
const changes =
  /^(?:\(?cd \S+ && mount|umount|ip (?:-n \S+ )?-batch|nft -f|\/usr\/bin\/conmon|crun .* start)/;
function masked(call: string): string {
  return call
    .replace(/^\(cd (\S+) && (mount .*)\)$/, 'cd $1 && $2')
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/crundle-[0-9a-f]{12}/g, 'crundle-ID')
    .replace(/same-[0-9a-f]{6}/g, 'same-ID')
    .replace(/"crundle container same [0-9a-f]{12}"/, '"crundle container same ID"')
    .replace(/172\.(\d+)\.0\.\d+/g, '172.$1.0.N')
    .replace(/02:42:ac(?::[0-9a-f]{2}){3}/g, 'MAC');
}

/** Calls of a text that begins each with `start`, here documents with them. */
function callsIn(text: string, start: RegExp): string[] {
  const found: string[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? '').replace(start, '');
    if (line === lines[at] && start.source !== '(?:)') continue;
    let call = line;
    if (line.endsWith("<<'END'")) {
      do call += `\n${lines[++at]}`;
      while (lines[at] !== 'END');
    }
    if (changes.test(call)) found.push(masked(call));
  }
  return found;
}

const asRun: [string, string[]][] = [
  ['plain', []],
  ['ports and limits', ['-p', '8091:80', '-p', '8092:81/udp', '-m', '64m']],
  ['volumes', ['-v', '/var/www', '--network', 'none']],
  ['shared memory, no log', ['--ipc', 'shareable', '--log-driver', 'none']],
];

for (const [name, flags] of asRun) {
  test(`its calls are those that run makes: ${name}`, async () => {
    const args = ['--name', 'same', '--rm', ...flags, image, 'true'];
    const script = await explain(...args);
    const {status, stderr} = await crundle(['--debug', 'run', ...args]);
    assert.is(status, 0, stderr);
    const debug = stderr.slice(0, stderr.indexOf('\n', stderr.search(/crun --root \S+ start /)));
    const whole = script.replaceAll("'\\\n'", '').replaceAll('\\\n', '');
    const steps = whole.slice(whole.indexOf('trap clean_up EXIT'));
    // The environment and the files in place of pipes are the shell's.
    const conmon = /^\(cd \S+ && env -i .*? _OCI_SYNCPIPE=3 (.*) <\/dev\/null 3>\S+\)$/gm;
    const planned = callsIn(steps.replace(conmon, '$1'), /(?:)/);
    assert.ok(planned.length >= 3);
    assert.equal(
      planned.sort(),
      callsIn(debug, /^\[ *\d+\.\d ms \+ *\d+\.\d ms, (?!E[A-Z]+\])[^\]]*\] /).sort(),
    );
  });
}

test('its config.json is that of run', async () => {
  const flags = [
    '--network',
    'none',
    '-m',
    '64m',
    '--cap-drop',
    'ALL',
    '-v',
    `${shared}:/shared:ro`,
    '-e',
    'A=b',
  ];
  const args = ['--name', 'same', ...flags, image, 'sleep', '100'];
  const script = await explain(...args);
  const id = await crundleOk(['run', '-d', ...args]);
  const config = readFileSync(join(testHost.dataRoot, 'containers', id, 'config.json'), 'utf8');
  const writing = /^\(umask 077; printf %s '(\{"ociVersion".*?\})' >(\S+)\)\nchmod 0600 (\S+)$/ms.exec(
    script,
  );
  assert.is(writing?.[2], writing?.[3]);
  assert.match(writing?.[2] ?? '', /\/config\.json$/);
  const planned = writing?.[1]?.replaceAll("'\\\n'", '').replaceAll("'\\''", "'") ?? '';
  const plain = (text: string) => text.replace(/\b[0-9a-f]{64}\b/g, 'ID').replace(/\b[0-9a-f]{12}\b/g, 'ID');
  assert.equal(JSON.parse(plain(planned)), JSON.parse(plain(config)));
  await crundleOk(['rm', '-f', id]);
});

test('no line is longer than a terminal takes, whatever is in it', async () => {
  const long = "it's \\ a $word ".repeat(600);
  const script = await explain('--network', 'none', '-e', `A=${long}`, image, 'sh', '-c', 'printf %s "$A"');
  assert.equal(
    script.split('\n').filter((line) => Buffer.byteLength(line) > 4095),
    [],
  );
  for (const shell of ['sh', 'bash'])
    assert.equal(paste(script, shell), {status: 0, stdout: long, stderr: ''}, shell);
});

test('what a script does not do is refused', async () => {
  const tell = async (...flags: string[]) => (await crundle(['explain', 'run', ...flags, image])).stderr;
  assert.is(
    await tell('-d'),
    'Error: explain run cannot take --detach\nHint: the script waits for the container, and then takes everything away\n',
  );
  assert.is(
    await tell('--cidfile', join(testHost.tmp, 'cid')),
    'Error: explain run cannot take --cidfile\nHint: the script writes no file but those of the container, whose id is in it\n',
  );
});

test('tables, ports and forwarding stay for whoever has come meanwhile, on whatever network', async () => {
  await crundleOk(['network', 'prune', '--force']);
  await crundleOk(['system', 'stop', '--networks']);
  const script = await explain(
    '-v',
    `${shared}:/shared`,
    image,
    'sh',
    '-c',
    'touch /shared/here; until [ -e /shared/go ]; do sleep 0.1; done',
  );
  const shell = spawn('sh', {stdio: ['pipe', 'inherit', 'inherit']});
  const ended = new Promise((resolve) => shell.once('close', resolve));
  shell.stdin.end(script);
  while (!existsSync(join(shared, 'here')) && shell.exitCode === null) await sleep(50);
  await crundleOk(['network', 'create', 'later']);
  const serve = 'echo other >/index.html; exec httpd -f -h /';
  await crundleOk([
    'run',
    '-d',
    '--name',
    'other',
    '--network',
    'later',
    '-p',
    '8093:80',
    image,
    'sh',
    '-c',
    serve,
  ]);
  writeFileSync(join(shared, 'go'), '');
  assert.is(await ended, 0);
  const told = (command: string) => spawnSync('sh', ['-c', command], {encoding: 'utf8'}).stdout;
  assert.match(told('nft list map inet crundle publish4_any'), / 8093 : /);
  assert.is(told('cat /proc/sys/net/ipv4/ip_forward'), '1\n');
  assert.is(await pageAt('http://127.0.0.1:8093/', () => true), 'other\n');
  await crundleOk(['rm', '-f', 'other']);
  await crundleOk(['network', 'rm', 'later']);
});

test('it says what it is, and holds what the line held', async () => {
  const script = await explain('--name', 'web', '-e', 'KEY=sesame-8841', image, 'echo', 'a b');
  assert.match(
    script,
    new RegExp(`^#!/bin/sh\n# .*\n#   crundle run --name web -e KEY=sesame-8841 ${image} echo 'a b'\n`),
  );
  assert.ok(script.includes('"KEY=sesame-8841"'));
  assert.match(await explain('-it', image, 'sh'), /^# 'crundle run' attaches to conmon's socket/m);
  assert.is(await crundleOk(['ps', '-aq']), '');
});

test('refused as run refuses, and where the host’s own rules would change', async () => {
  assert.equal(await crundle(['explain', 'run', '--memory', 'much', image]), {
    status: 125,
    stdout: '',
    stderr: (await crundle(['run', '--memory', 'much', image])).stderr.replace(
      "'crundle run --help'",
      "'crundle explain run --help'",
    ),
  });
  assert.is(
    (await crundle(['explain', 'run', '--network', 'nowhere', image])).stderr,
    (await crundle(['run', '--network', 'nowhere', image])).stderr,
  );
  writeConfig({'publish-policy': 'open'});
  assert.equal(await crundle(['explain', 'run', image]), {
    status: 125,
    stdout: '',
    stderr:
      'Error: cannot explain a run under "publish-policy": "open"\n' +
      "Hint: it changes the host's own rules; 'crundle --debug run …' shows what it does\n",
  });
  writeConfig({});
  assert.equal(
    readdirSync(testHost.dataRoot).filter((name) => name.startsWith('explain-')),
    [],
  );
});

test.run();
