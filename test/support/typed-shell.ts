// An interactive shell in tmux, as a person sees it: keys go in, the screen comes out.
import {execFileSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {testHost} from './test-host.ts';

export class TypedShell {
  readonly #name = randomUUID().slice(0, 8);
  readonly #env: NodeJS.ProcessEnv;

  /** `command` starts the shell; it must prompt with `READY> `. */
  constructor(command: string, env: NodeJS.ProcessEnv = {}) {
    this.#env = {...testHost.env, ...env, TMUX: '', TMUX_TMPDIR: testHost.tmp};
    this.#tmux('new-session', '-d', '-s', 'main', '-x', '160', '-y', '50', command);
  }

  /** tmux's names of keys, such as `Tab`; other text is typed as it is. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', '-t', 'main', ...keys);
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p', '-t', 'main');
  }

  /** The screen once it matches. Throws with the screen after 20 s. */
  async shows(pattern: RegExp): Promise<string> {
    for (let tries = 0; ; tries++) {
      const screen = this.screen();
      if (pattern.test(screen)) return screen;
      if (tries > 400) throw new Error(`${pattern} does not appear on:\n${screen}`);
      await sleep(50);
    }
  }

  /** Throws away what is typed and empties the screen. */
  async clear(): Promise<void> {
    this.press('C-c');
    await sleep(50);
    this.press('clear', 'Enter');
    await this.shows(/^READY>\s*$/);
  }

  end(): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#name, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: this.#env,
    });
  }
}
