// Debian's own systemd-journald for one test file, in the mount namespace of its test host: its socket, its files and its
// configuration lie over the machine's there, and nothing else of systemd runs.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {journalSocket} from '../../src/system/journal.ts';
import {testHost} from './test-host.ts';

export type JournalEntry = Record<string, string>;

export interface Journald extends AsyncDisposable {
  /** The entries that journalctl finds by these matches, oldest first; waits until there are `count`. */
  entries(count: number, ...matches: string[]): Promise<JournalEntry[]>;
  /** What a person sees with these arguments. */
  shown(...args: string[]): string;
  /** While `action` runs it reads nothing. */
  whileHanging<T>(action: () => Promise<T>): Promise<T>;
}

// Not the kernel's messages, which are the machine's.
const configuration = '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\n';

// Debian's tmpfiles.d makes these on a machine that runs systemd; on others they are empty.
const folders = ['/run/systemd', '/run/log'];

export async function startJournald(): Promise<Journald> {
  for (const folder of folders) {
    mkdirSync(folder, {recursive: true});
    execFileSync('mount', ['-t', 'tmpfs', 'journal', folder]);
  }
  for (const folder of folders) mkdirSync(join(folder, 'journal'));
  const config = join(mkdtempSync(join(testHost.tmp, 'journald-')), 'journald.conf');
  writeFileSync(config, configuration);
  execFileSync('mount', ['--bind', config, '/etc/systemd/journald.conf']);
  const daemon = spawn('/lib/systemd/systemd-journald', [], {stdio: 'ignore'});
  const ended = new Promise((resolve) => daemon.once('close', resolve));
  while (!existsSync(journalSocket)) await sleep(10);
  const journalctl = (...args: string[]) =>
    execFileSync('journalctl', ['--no-pager', '--quiet', ...args], {encoding: 'utf8'});
  return {
    async entries(count, ...matches) {
      for (;;) {
        const lines = journalctl('--output=json', ...matches)
          .split('\n')
          .filter(Boolean);
        if (lines.length >= count) return lines.map((line) => JSON.parse(line) as JournalEntry);
        await sleep(20);
      }
    },
    shown: journalctl,
    async whileHanging(action) {
      daemon.kill('SIGSTOP');
      try {
        return await action();
      } finally {
        daemon.kill('SIGCONT');
      }
    },
    async [Symbol.asyncDispose]() {
      daemon.kill('SIGTERM');
      await ended;
      for (const path of ['/etc/systemd/journald.conf', ...folders]) execFileSync('umount', [path]);
    },
  };
}
