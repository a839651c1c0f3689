// The completions of the package.

import type {CommandEntry} from '../cli/command-list.ts';
import {bashCompletion} from './bash.ts';
import {completedCommand} from './command-line.ts';
import {fishCompletion} from './fish.ts';
import {zshCompletion} from './zsh.ts';

/** Where Debian's shells look for them, and their text. */
export function completions(entries: readonly CommandEntry[]): Map<string, string> {
  const commands = entries.map(completedCommand);
  return new Map([
    ['usr/share/bash-completion/completions/crundle', bashCompletion(commands)],
    ['usr/share/zsh/vendor-completions/_crundle', zshCompletion(commands)],
    ['usr/share/fish/vendor_completions.d/crundle.fish', fishCompletion(commands)],
  ]);
}
