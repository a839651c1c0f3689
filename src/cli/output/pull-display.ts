// Shows a pull or a push as Docker does: on a terminal one line a layer, redrawn; elsewhere a line for each change.

import type {ProgressListener} from '../../engine.ts';
import {humanSize} from './human-units.ts';
import {isTerminal, writeError, writeOut} from './standard-streams.ts';

type Progress = Parameters<ProgressListener>[0];
type LayerProgress = Extract<Progress, {kind: 'layer'}>;

export interface PullTarget {
  write(text: string): unknown;
  /** Columns of the terminal; absent when it is none. */
  columns?: number;
}

/** Shows a pull on standard output or standard error. */
export function pullDisplay(fd: 1 | 2): ProgressListener {
  const write = fd === 1 ? writeOut : writeError;
  if (!isTerminal(fd)) return pullDisplayOn({write});
  return pullDisplayOn({write, columns: (fd === 1 ? process.stdout : process.stderr).columns});
}

/** A listener that writes to `target`. */
export function pullDisplayOn(target: PullTarget): ProgressListener {
  return target.columns === undefined ? plainDisplay(target) : terminalDisplay(target, target.columns);
}

function plainDisplay(target: PullTarget): ProgressListener {
  const shown = new Map<string, string>();
  return (progress) => {
    if (progress.kind === 'status') {
      target.write(`${progress.text}\n`);
    } else if (!isByteCount(progress.status) && shown.get(progress.id) !== progress.status) {
      shown.set(progress.id, progress.status);
      target.write(`${progress.id}: ${progress.status}\n`);
    }
  };
}

// Statuses that only carry how far it is: bars on a terminal, nothing in a pipe.
function isByteCount(status: LayerProgress['status']): boolean {
  return ['Downloading', 'Extracting', 'Loading layer', 'Pushing'].includes(status);
}

function terminalDisplay(target: PullTarget, columns: number): ProgressListener {
  const lines = new Map<string, string>();
  return (progress) => {
    if (progress.kind === 'status') {
      target.write(`${progress.text}\n`);
      lines.clear(); // what comes later starts below
      return;
    }
    const text = `${progress.id}: ${layerText(progress, columns)}`;
    if (lines.get(progress.id) === text) return;
    if (!lines.has(progress.id)) {
      lines.set(progress.id, text);
      target.write(`${text}\n`);
      return;
    }
    lines.set(progress.id, text);
    const up = lines.size - [...lines.keys()].indexOf(progress.id);
    target.write(`\u001b[${up}A\r\u001b[2K${text}\r\u001b[${up}B`);
  };
}

/** `Downloading [=====>      ]  1.2MB/3.4MB`; the bar only where the line has room for it. Pure. */
export function layerText({status, current, total}: LayerProgress, columns: number): string {
  if (current === undefined || !isByteCount(status)) return status;
  if (total === undefined || total <= 0) return `${status}  ${humanSize(current)}`;
  const done = Math.min(50, Math.floor((current / total) * 50));
  const bar = `[${'='.repeat(done)}>${' '.repeat(50 - done)}] `;
  const numbers = `${humanSize(current).padStart(8)}/${humanSize(total)}`;
  return `${status} ${columns > 110 ? bar : ''}${numbers}`;
}
