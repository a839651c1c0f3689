// Shows how far a check is, on standard error: one line that is redrawn on a terminal, elsewhere a line for each object.
import type {CheckProgress} from '../../engine/check/report.ts';
import {humanSize} from './human-units.ts';
import {isTerminal, writeError} from './standard-streams.ts';

export interface CheckDisplay {
  onProgress(progress: CheckProgress): void;
  /** Takes the line away. */
  end(): void;
}

const minIntervalMs = 100;
const barWidth = 30;

export function checkDisplay(): CheckDisplay {
  return isTerminal(2) ? terminalDisplay() : plainDisplay();
}

function plainDisplay(): CheckDisplay {
  let last = '';
  return {
    onProgress({task, object}) {
      const line = `${task === 'checking' ? 'Checking' : 'Mending'} ${object}\n`;
      if (line !== last) writeError(line);
      last = line;
    },
    end: () => undefined,
  };
}

function terminalDisplay(): CheckDisplay {
  let nextAt = 0;
  return {
    onProgress(progress) {
      const now = performance.now();
      if (now < nextAt) return;
      nextAt = now + minIntervalMs;
      writeError(`\r\u001b[2K${progressText(progress, process.stderr.columns)}`);
    },
    end: () => writeError('\r\u001b[2K'),
  };
}

/** `Checking layer sha256:0123456789ab [=====>   ] 1.2MB/3.4MB`, cut to the terminal. Pure. */
export function progressText({task, object, done, total}: CheckProgress, columns = 80): string {
  const name = object.replace(/(:[0-9a-f]{12})[0-9a-f]+/, '$1');
  const verb = task === 'checking' ? 'Checking' : 'Mending';
  if (done === undefined || total === undefined || total <= 0) return `${verb} ${name}`.slice(0, columns - 1);
  const filled = Math.min(barWidth, Math.floor((done / total) * barWidth));
  const bar = `[${'='.repeat(filled)}>${' '.repeat(barWidth - filled)}] `;
  return `${verb} ${name} ${columns > 100 ? bar : ''}${humanSize(done)}/${humanSize(total)}`.slice(
    0,
    columns - 1,
  );
}
