// An arm64 machine under emulation, as tests use it: it boots or goes on from a saved state, runs commands over ssh, and
// loses its power. What it is made of: docs/machine.md.
import {execFileSync, spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {type MachineFiles, makeOverlay} from './disk.ts';
import {type Qemu, saveState, startQemu} from './qemu.ts';

/** The address under which the machine sees the loopback of where it was started from. */
export const outside = '10.0.2.2';

/** Ports of the machine that are reached from outside; see `Machine.port`. */
const forwarded = [22, 8080, 8081];

/** A disk to start from and, if it was saved while it ran, the state that goes with it. */
export interface Image {
  disk: string;
  format: 'raw' | 'qcow2';
  state?: string;
}

export interface RunOptions {
  /** What standard input holds; default nothing. */
  input?: string | Buffer;
  /** Milliseconds until it counts as hung; default ten minutes, for emulation on a busy machine. */
  timeoutMs?: number;
  /** Gives the command a terminal. */
  tty?: boolean;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  /** As the shell there saw it; 255 also when ssh failed. */
  status: number;
}

export class Machine {
  readonly folder: string;
  readonly disk: string;
  #files: MachineFiles;
  #ports = new Map<number, number>();
  #qemu: Qemu | undefined;

  private constructor(files: MachineFiles, image: Image) {
    this.#files = files;
    this.folder = mkdtempSync(join(tmpdir(), 'machine-'));
    this.disk = join(this.folder, 'disk.qcow2');
    makeOverlay(image.disk, this.disk, image.format);
  }

  /** A machine that answers. `image` stays as it is: what the machine writes goes when it is removed. */
  static async start(files: MachineFiles, image: Image): Promise<Machine> {
    const machine = new Machine(files, image);
    try {
      for (const guest of forwarded) machine.#ports.set(guest, await freePort());
      await machine.powerOn(image.state);
      return machine;
    } catch (error) {
      await machine.remove();
      throw error;
    }
  }

  /** The port of 127.0.0.1, outside, that leads to this port of the machine. */
  port(guest: number): number {
    const port = this.#ports.get(guest);
    if (port === undefined) throw new Error(`port ${guest} of the machine is not forwarded`);
    return port;
  }

  get isOn(): boolean {
    return (
      this.#qemu !== undefined &&
      this.#qemu.process.exitCode === null &&
      this.#qemu.process.signalCode === null
    );
  }

  /** Switches it on and waits until it answers. */
  async powerOn(state?: string): Promise<void> {
    const forwards = [...this.#ports].map(([guest, host]) => ({host, guest}));
    const {folder, disk} = this;
    this.#qemu = startQemu({
      ...{boot: this.#files.folder, folder, disk, forwards},
      ...(state === undefined ? {} : {state}),
    });
    await this.#answers();
    // A saved machine believes that no time has passed.
    if (state !== undefined) await this.ok(`date --set=@${(Date.now() / 1000).toFixed(1)}`);
  }

  /** SIGKILL to the emulator, as if the power failed: what the machine has not flushed to its disk is lost. */
  async powerOff(): Promise<void> {
    this.#hangUp();
    this.#qemu?.process.kill('SIGKILL');
    await this.#qemu?.ended.catch(() => undefined);
    this.#qemu = undefined;
  }

  /** `reboot`, and waits for the machine that comes back. */
  async reboot(): Promise<void> {
    const before = await this.ok('cat /proc/sys/kernel/random/boot_id');
    await this.run('systemctl reboot');
    this.#hangUp();
    for (;;) {
      await this.#answers();
      const {stdout, status} = await this.run('cat /proc/sys/kernel/random/boot_id');
      if (status === 0 && stdout.trim() !== before) return;
      this.#hangUp();
      await sleep(500);
    }
  }

  /** Runs a line of shell as root. */
  run(line: string, options: RunOptions = {}): Promise<RunResult> {
    const child = spawn('ssh', [...this.#ssh(), ...(options.tty ? ['-tt'] : []), 'root@127.0.0.1', line], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 600_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    // Gone before it read all: its status says so.
    child.stdin.on('error', () => undefined).end(options.input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => {
        if (signal !== null) reject(new Error(`'${line}' did not end in time\n${stdout}${stderr}`));
        else resolve({stdout, stderr, status: status ?? -1});
      });
    });
  }

  /** Runs a line of shell that must succeed: its standard output without the last newline. */
  async ok(line: string, options: RunOptions = {}): Promise<string> {
    const {stdout, stderr, status} = await this.run(line, options);
    assert.is(status, 0, `'${line}' exited with ${status}: ${stderr}${stdout}`);
    return stdout.replace(/\n$/, '');
  }

  /** Copies a file of here to a path of there. */
  async put(from: string, to: string): Promise<void> {
    await this.ok(`cat >'${to}'`, {input: readFileSync(from)});
  }

  /** What a person types to get a shell. */
  sshCommand(): string[] {
    return ['ssh', ...this.#ssh(), 'root@127.0.0.1'];
  }

  /** Saves it as it runs into a folder, and ends it. */
  async save(folder: string): Promise<Image> {
    if (this.#qemu === undefined) throw new Error('the machine is off');
    await this.ok('sync');
    this.#hangUp();
    const image = savedImage(folder);
    await saveState(this.#qemu, image.state);
    this.#qemu = undefined;
    execFileSync('cp', ['--sparse=always', this.disk, image.disk]);
    return image;
  }

  /** Ends it and removes its disk. */
  async remove(): Promise<void> {
    await this.powerOff();
    rmSync(this.folder, {recursive: true, force: true});
  }

  #ssh(): string[] {
    const quiet = ['-q', '-oStrictHostKeyChecking=no', '-oUserKnownHostsFile=/dev/null', '-F/dev/null'];
    // One connection for all commands: its handshake takes seconds under emulation.
    const shared = [
      '-oControlMaster=auto',
      `-oControlPath=${join(this.folder, 'ssh')}`,
      '-oControlPersist=yes',
    ];
    return [...quiet, ...shared, '-i', join(this.#files.folder, 'key'), '-p', `${this.port(22)}`];
  }

  // The connection's keeper is a process of its own that would stay.
  #hangUp(): void {
    try {
      execFileSync('ssh', [...this.#ssh(), '-O', 'exit', 'root@127.0.0.1'], {stdio: 'ignore'});
    } catch {
      // There was no connection.
    }
  }

  async #answers(): Promise<void> {
    const qemu = this.#qemu;
    const deadline = Date.now() + 900_000;
    let isOver = false;
    void qemu?.ended.catch(() => undefined).then(() => (isOver = true));
    for (;;) {
      const isUp = await this.run('true', {timeoutMs: 60_000}).then(
        ({status}) => status === 0,
        () => false,
      );
      if (isUp) return;
      if (isOver) await qemu?.ended;
      if (isOver || Date.now() > deadline) {
        const serial = readFileSync(join(this.folder, 'serial.log'), 'utf8');
        throw new Error(`the machine does not answer; it said:\n${serial.slice(-4000)}`);
      }
      await sleep(300);
    }
  }
}

/** Where `Machine.save` puts what it saves. */
export function savedImage(folder: string): Required<Image> {
  mkdirSync(folder, {recursive: true});
  return {disk: join(folder, 'disk.qcow2'), format: 'qcow2', state: join(folder, 'state')};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
