// What a bridge costs, and what goes through it. Containers are arm64 and emulated here, so that a program in them would
// measure the emulator: iperf3 is the machine's own, in the containers' network namespaces, alike for every engine.
import {execFileSync, spawn} from 'node:child_process';
import type {Contender} from './contenders.ts';
import {mustRun} from './contenders.ts';
import type {Entry, Images, Measurement} from './measurements.ts';

/** An address of the host that is not loopback, which dockerd serves by a process. */
const hostAddress = '198.51.100.1';
const containerPort = 5201;
const starts = 50;
const seconds = 1;

export function networkMeasurements(contenders: readonly Contender[], images: Images): Measurement[] {
  const ours = contenders.find(({name}) => name === 'crundle');
  const pair = contenders.filter(({name}) => name !== 'podman');
  const hostPorts = new Map(pair.map(({name}, index) => [name, 15201 + index]));
  const throughput = (title: string, measured: (contender: Contender) => number): Measurement => ({
    part: 'network',
    title,
    rounds: 3,
    unit: 'Gbit/s',
    entries: pair.map((contender) => ({name: contender.name, measured: () => measured(contender)})),
    budgets: {docker: 1},
    setUp: () => {
      addHostAddress();
      for (const contender of pair) {
        const port = `${hostPorts.get(contender.name)}:${containerPort}`;
        contender.run('run', '-d', '--name', 'server', '-p', port, images.small, 'sleep', '1000');
        contender.run('run', '-d', '--name', 'client', images.small, 'sleep', '1000');
      }
    },
    tearDown: () => {
      for (const contender of pair) contender.run('rm', '-f', 'server', 'client');
    },
  });
  const runRm = (contender: Contender, ...flags: string[]) =>
    contender.run('run', '--rm', ...flags, images.small, 'true');
  return [
    {
      part: 'network',
      title: 'run --rm … true, on the default bridge',
      rounds: 10,
      entries: [
        ...contenders.map((contender): Entry => ({name: contender.name, measured: () => runRm(contender)})),
        ...(ours ? [{name: 'crundle, no network', measured: () => runRm(ours, '--network', 'none')}] : []),
      ],
      budgets: {podman: 0.33, docker: 0.33},
      conclude: ({crundle = Number.NaN, 'crundle, no network': none = Number.NaN}) =>
        `the bridge costs crundle ${(crundle - none).toFixed(0)} ms (to reach: <= 40)`,
    },
    {
      part: 'network',
      title: `${starts} detached starts on the default bridge`,
      rounds: 1,
      warmUp: false,
      entries: pair.map((contender) => ({
        name: contender.name,
        measured: () => {
          for (const name of startNames())
            contender.run('run', '-d', '--name', name, images.small, 'sleep', '1000');
        },
      })),
      budgets: {docker: 0.4},
      tearDown: () => {
        for (const contender of pair) contender.run('rm', '-f', ...startNames());
      },
    },
    throughput('iperf3, container to container', (contender) => {
      const server = contender.pidOf('server');
      return iperf(server, addressOf(server), containerPort, contender.pidOf('client'));
    }),
    throughput("iperf3, host to container through a published port, by the host's address", (contender) =>
      iperf(contender.pidOf('server'), hostAddress, hostPorts.get(contender.name) ?? 0),
    ),
    throughput('iperf3, host to container through a published port, by 127.0.0.1', (contender) =>
      iperf(contender.pidOf('server'), '127.0.0.1', hostPorts.get(contender.name) ?? 0),
    ),
  ];
}

const startNames = () => Array.from({length: starts}, (_, index) => `start-${index}`);

const inNetworkOf = (pid: number | undefined, command: string[]) =>
  pid === undefined ? command : ['nsenter', `--net=/proc/${pid}/ns/net`, ...command];

// Of the interface itself, so that it does not depend on what an engine says.
function addressOf(pid: number): string {
  const [nsenter = '', ...args] = inNetworkOf(pid, ['ip', '-j', '-4', 'addr', 'show', 'eth0']);
  return JSON.parse(mustRun(nsenter, args))[0].addr_info[0].local;
}

function addHostAddress(): void {
  const addresses = mustRun('ip', ['-j', '-4', 'addr']);
  if (addresses.includes(hostAddress)) return;
  mustRun('ip', ['addr', 'add', `${hostAddress}/32`, 'dev', 'lo']);
}

/** Gbit/s that the server received. The client runs on the host without `clientPid`. */
function iperf(serverPid: number, address: string, port: number, clientPid?: number): number {
  const [command = '', ...args] = inNetworkOf(serverPid, ['iperf3', '-s', '-1', '-p', String(containerPort)]);
  const server = spawn(command, args, {stdio: 'ignore'});
  try {
    waitUntilListening(server.pid ?? 0);
    const talk = ['iperf3', '-c', address, '-p', String(port), '-t', String(seconds), '-J'];
    const [client = '', ...rest] = inNetworkOf(clientPid, talk);
    const {end} = JSON.parse(execFileSync(client, rest, {encoding: 'utf8'}));
    return end.sum_received.bits_per_second / 1e9;
  } finally {
    server.kill('SIGKILL');
  }
}

function waitUntilListening(pid: number): void {
  const port = containerPort.toString(16).toUpperCase();
  for (let tries = 0; tries < 200; tries++) {
    const sockets = mustRun('cat', [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`]);
    if (new RegExp(`:${port} 0+:0000 0A `).test(sockets)) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  throw new Error(`iperf3 does not listen on port ${containerPort}`);
}
