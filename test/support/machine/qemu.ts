// One qemu-system-aarch64: its command line, its monitor, its end. Knows nothing of what runs in the machine.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createConnection} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

export interface QemuOptions {
  /** Folder with `vmlinuz` and `initrd`. */
  boot: string;
  /** A qcow2 file that is written to. */
  disk: string;
  /** Folder for `serial.log` and `monitor.sock`. */
  folder: string;
  /** Ports of 127.0.0.1 and the machine's ports that they lead to. */
  forwards: {host: number; guest: number}[];
  /** A file that `saveState` wrote: the machine goes on from there instead of booting. */
  state?: string;
  memoryMiB?: number;
}

export interface Qemu {
  process: ChildProcess;
  /** Resolves when it has ended, for whatever reason. */
  ended: Promise<void>;
  /** A command of the human monitor (HMP); returns what it printed. */
  monitor(command: string): Promise<string>;
}

const memoryMiB = 2048;

export function startQemu(options: QemuOptions): Qemu {
  const process = spawn('qemu-system-aarch64', qemuArguments(options), {stdio: ['ignore', 'ignore', 'pipe']});
  let complaints = '';
  process.stderr.setEncoding('utf8').on('data', (text) => (complaints += text));
  const ended = new Promise<void>((resolve, reject) => {
    process.once('error', reject);
    process.once('close', (status) => {
      if (status === 0 || status === null) resolve();
      else reject(new Error(`qemu-system-aarch64 ended with ${status}: ${complaints}`));
    });
  });
  // Who waits for it sees the error; nobody has to.
  ended.catch(() => undefined);
  return {process, ended, monitor: (command) => askMonitor(join(options.folder, 'monitor.sock'), command)};
}

export function qemuArguments({boot, disk, folder, forwards, state, ...given}: QemuOptions): string[] {
  const hostForwards = forwards.map(({host, guest}) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`).join('');
  return [
    ...['-machine', 'virt', '-accel', 'tcg,thread=multi', '-smp', '2'],
    ...['-m', `${given.memoryMiB ?? memoryMiB}`],
    // That of a Raspberry Pi 5. With the pointer authentication of `max` kernels were seen to crash under QEMU 7.2.
    ...['-cpu', 'cortex-a76'],
    ...['-nodefaults', '-display', 'none', '-no-user-config'],
    ...['-kernel', join(boot, 'vmlinuz'), '-initrd', join(boot, 'initrd')],
    ...['-append', 'root=/dev/vda rw console=ttyAMA0 net.ifnames=0 quiet'],
    // writeback: what the machine has flushed is in the host's page cache, and survives SIGKILL of qemu; the rest is lost.
    ...['-drive', `file=${disk},format=qcow2,if=none,id=disk,cache=writeback,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=disk', '-device', 'virtio-rng-pci'],
    ...['-netdev', `user,id=net${hostForwards}`, '-device', 'virtio-net-pci,netdev=net,romfile='],
    ...['-serial', `file:${join(folder, 'serial.log')}`],
    ...['-monitor', `unix:${join(folder, 'monitor.sock')},server=on,wait=off`],
    ...(state === undefined ? [] : ['-incoming', `exec:cat ${state}`]),
  ];
}

/** What a saved state fits: with another version or other devices QEMU does not read it. */
export function qemuKind(): string {
  return (
    execFileSync('qemu-system-aarch64', ['--version'], {encoding: 'utf8'}) +
    readFileSync(import.meta.filename)
  );
}

/** Writes the running machine's memory and devices to a file and ends qemu; its disk is what goes with that file. */
export async function saveState(qemu: Qemu, state: string): Promise<void> {
  await qemu.monitor('migrate_set_parameter max-bandwidth 10g');
  await qemu.monitor(`migrate "exec:cat > ${state}"`);
  for (;;) {
    const said = await qemu.monitor('info migrate');
    if (/^Migration status: completed/m.test(said)) break;
    if (/^Migration status: failed/m.test(said))
      throw new Error(`the machine's state was not saved: ${said}`);
    await sleep(100);
  }
  await qemu.monitor('quit').catch(() => undefined);
  await qemu.ended;
}

async function askMonitor(path: string, command: string): Promise<string> {
  const socket = createConnection(path);
  socket.setEncoding('utf8');
  let said = '';
  const prompt = async () => {
    while (!said.endsWith('(qemu) ')) said += (await once(socket, 'data'))[0];
  };
  try {
    await once(socket, 'connect');
    await prompt();
    said = '';
    const closed = once(socket, 'close');
    socket.write(`${command}\n`);
    await Promise.race([prompt(), closed]);
    // The monitor echoes what it reads as a terminal would, with control sequences, in one line.
    return said
      .slice(said.indexOf('\n') + 1)
      .replace(/\(qemu\) $/, '')
      .replaceAll('\r', '');
  } finally {
    socket.destroy();
  }
}
