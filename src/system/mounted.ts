// What is mounted where, as a process sees it: proc(5), mountinfo.
import {readFileSync} from 'node:fs';

export interface Mount {
  id: string;
  /** The id of the mount that it is on. */
  parent: string;
  point: string;
}

/** In the order of mounting. `pid`: default, this process. Throws ENOENT for a process that there is not. */
export function readMounts(pid: number | 'self' = 'self'): Mount[] {
  return parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
}

export function parseMountinfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', parent = '', , , point = ''] = line.split(' ');
      return {id, parent, point: unescapePoint(point)};
    });
}

// Blanks and backslashes, as three octal digits.
function unescapePoint(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
}

/** Mount points at this path and below; the last one that was mounted first, which may lie on another. `path` holds no link. */
export function mountPointsIn(path: string): string[] {
  return readMounts()
    .map(({point}) => point)
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}
