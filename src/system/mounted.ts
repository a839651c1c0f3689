// What is mounted where, as this process sees it.
import {readFileSync} from 'node:fs';

/** Mount points at this path and below; the last one that was mounted first, which may lie on another. `path` holds no link. */
export function mountPointsIn(path: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))),
    )
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}
