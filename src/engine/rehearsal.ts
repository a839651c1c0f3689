// The folders of a rehearsed run: beside the real ones, under a name that is taken out of every path that is told. What the code
// of a run writes there becomes steps, each before the call that needs it. See src/system/rehearsal.ts.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import {cp} from 'node:fs/promises';
import {join, relative} from 'node:path';
import type {EngineRoots} from '../containers/container-paths.ts';
import {nameOwned, removeOwned, sweepOwned} from '../system/owned-folder.ts';
import type {Rehearsal, RehearsedCall} from '../system/rehearsal.ts';

/** One step of a plan, with real paths. */
export type PlannedStep =
  | ({kind: 'call'} & RehearsedCall)
  | {kind: 'folder'; path: string; mode: number}
  | {kind: 'file'; path: string; mode: number; text: string}
  | {kind: 'link'; path: string; target: string}
  /** With all that is in it. */
  | {kind: 'removal'; path: string}
  /** Of a folder that others may have put something in since: then it stays. */
  | {kind: 'leaving'; path: string};

type Entry = Extract<PlannedStep, {kind: 'folder' | 'file' | 'link'}>;

// Paths below their root, since a volume may have any name.
/** What a shell that does the steps has no use for: locks, caches, what the kernel or a program makes itself. */
const unseen =
  /^(?:crundle\.db[^/]*|locks|network|seccomp|crun|aardvark\/(?:lock|scratch|networks\/aardvark\.pid))$/;
/** Mounted, or the kernel's. */
const closed = /^containers\/[^/]+\/(?:rootfs|shm|work)$/;

export class RunRehearsal implements Rehearsal {
  /** Of the stand-ins. */
  readonly roots: EngineRoots;
  readonly #real: EngineRoots;
  readonly #mark = nameOwned('explain');
  #steps: PlannedStep[] = [];
  readonly #undos: string[] = [];
  readonly #made = new Set<string>();
  #seen: Map<string, Entry>;

  private constructor(real: EngineRoots) {
    this.#real = real;
    this.roots = {dataRoot: join(real.dataRoot, this.#mark), runRoot: join(real.runRoot, this.#mark)};
    for (const root of Object.values(this.roots)) mkdirSync(root, {mode: 0o700});
    this.#seen = new Map();
  }

  /** Makes the stand-ins, with what a run reads of the real ones. Takes away what a killed rehearsal has left. */
  static async begin(real: EngineRoots): Promise<RunRehearsal> {
    for (const root of Object.values(real)) sweepOwned(root);
    const rehearsal = new RunRehearsal(real);
    const {dataRoot, runRoot} = rehearsal.roots;
    const containers = join(real.dataRoot, 'containers');
    // Other containers may be joined: their files are read by way of links.
    if (existsSync(containers)) {
      mkdirSync(join(dataRoot, 'containers'));
      for (const id of readdirSync(containers))
        symlinkSync(join(containers, id), join(dataRoot, 'containers', id));
    }
    for (const name of ['network', 'aardvark']) {
      if (existsSync(join(real.runRoot, name)))
        await cp(join(real.runRoot, name), join(runRoot, name), {recursive: true});
    }
    if (existsSync(join(real.runRoot, 'containers'))) mkdirSync(join(runRoot, 'containers'), {mode: 0o700});
    rehearsal.#seen = rehearsal.#look();
    return rehearsal;
  }

  note(call: RehearsedCall): void {
    this.#see();
    const {undo, folders = []} = call;
    for (const folder of folders) this.#made.add(folder);
    if (undo !== undefined) this.#undos.unshift(this.standsFor(undo));
    const step: PlannedStep = {kind: 'call', ...call, call: this.standsFor(call.call)};
    const last = this.#steps.at(-1);
    if (last?.kind !== 'call' || last.call !== step.call) this.#steps.push(step);
  }

  standsFor(path: string): string {
    return path.replaceAll(`/${this.#mark}`, '').replaceAll(`${this.#mark}/`, '');
  }

  /** The steps since the last call of this. */
  take(): PlannedStep[] {
    this.#see();
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  /** What takes back the calls that nothing else does: the last one first. */
  undos(): string[] {
    return [...this.#undos];
  }

  /** Takes away what the steps make and never remove: the deepest first. */
  leftovers(before: ReadonlySet<string>): PlannedStep[] {
    const made = [...this.#made].sort((a, b) => b.length - a.length);
    const leaving = made.map((path): PlannedStep => ({kind: 'leaving', path}));
    const own = [...this.#look().values()]
      .filter(({path}) => !before.has(path))
      .map(({kind, path}): PlannedStep => ({kind: kind === 'folder' ? 'leaving' : 'removal', path}))
      .reverse();
    return [...own, ...leaving];
  }

  /** The real paths of what is there now. */
  paths(): Set<string> {
    return new Set([...this.#look().values()].map(({path}) => path));
  }

  end(): void {
    for (const root of Object.values(this.roots)) removeOwned(root);
  }

  #see(): void {
    const now = this.#look();
    const gone = [...this.#seen].filter(([path]) => !now.has(path)).map(([, {path}]) => path);
    const tops = gone.filter((path) => !gone.some((other) => path.startsWith(`${other}/`)));
    this.#steps.push(...tops.map((path): PlannedStep => ({kind: 'removal', path})));
    for (const [path, entry] of now) {
      if (JSON.stringify(this.#seen.get(path)) !== JSON.stringify(entry)) this.#steps.push(entry);
    }
    this.#seen = now;
  }

  #look(): Map<string, Entry> {
    const found = new Map<string, Entry>();
    const visit = (root: string, folder: string) => {
      for (const name of readdirSync(folder).sort()) {
        const path = join(folder, name);
        const stat = lstatSync(path);
        const below = relative(root, path);
        if (unseen.test(below) || this.#isOther(path, stat.isSymbolicLink())) continue;
        const isClosed = closed.test(below);
        // What is mounted there shows its own mode.
        const mode = isClosed ? 0o700 : stat.mode & 0o7777;
        const real = this.standsFor(path);
        if (stat.isSymbolicLink())
          found.set(path, {kind: 'link', path: real, target: this.standsFor(readlinkSync(path))});
        else if (stat.isDirectory()) found.set(path, {kind: 'folder', path: real, mode});
        else
          found.set(path, {kind: 'file', path: real, mode, text: this.standsFor(readFileSync(path, 'utf8'))});
        if (stat.isDirectory() && !isClosed) visit(root, path);
      }
    };
    for (const root of Object.values(this.roots)) visit(root, root);
    return found;
  }

  #isOther(path: string, isLink: boolean): boolean {
    return isLink && readlinkSync(path).startsWith(`${this.#real.dataRoot}/containers/`);
  }
}
