// All man pages of the package.

import type {CommandEntry} from '../cli/command-list.ts';
import {commandPage, pageName} from './command-page.ts';
import {configPage} from './config-page.ts';
import {mainPage} from './main-page.ts';

/** File names such as `crundle-run.1`, and their text. `seconds` since 1970 is the date they carry. */
export function manPages(entries: readonly CommandEntry[], seconds: number): Map<string, string> {
  return new Map([
    ['crundle.1', mainPage(entries, seconds)],
    ['crundle-config.5', configPage(seconds)],
    ...entries.map((entry): [string, string] => [`${pageName(entry)}.1`, commandPage(entry, seconds)]),
  ]);
}
