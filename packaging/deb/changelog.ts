// /usr/share/doc/crundle/changelog.gz: CHANGELOG.md in Debian's form.

import {gzipSync} from 'node:zlib';
import {wrap} from '../../src/cli/help/two-columns.ts';
import {maintainer} from './control.ts';

interface Release {
  /** Undefined: not released yet. */
  version: string | undefined;
  date: string | undefined;
  items: string[];
}

/**
 * `version` is what an unreleased part is called, `seconds` its date and that of the newest entry. Throws when the
 * text has no release.
 */
export function debianChangelog(markdown: string, version: string, seconds: number): string {
  const releases = readReleases(markdown);
  if (releases.length === 0) throw new Error('CHANGELOG.md has no release');
  return releases
    .map((release) => {
      const changes = release.items.map((item) => wrap(item, 74).join('\n    '));
      const date = release.date === undefined ? new Date(seconds * 1000) : new Date(release.date);
      return `crundle (${release.version ?? version}) ${release.version ? 'stable' : 'unstable'}; urgency=medium

${changes.map((change) => `  * ${change}`).join('\n')}

 -- ${maintainer}  ${date.toUTCString().replace('GMT', '+0000')}
`;
    })
    .join('\n');
}

/** As gzip writes it with `-9n`: no name, no time. */
export function compressed(text: string): Buffer {
  return gzipSync(text, {level: 9});
}

// Keep a Changelog: `## [1.2.3] - 2026-01-31` or `## [Unreleased]`, and lists below `### Added` and its like.
function readReleases(markdown: string): Release[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [head = '', ...lines] = part.split('\n');
      const [, name, date] = /^\[(.+?)\](?: - (\d{4}-\d\d-\d\d))?/.exec(head) ?? [];
      return {version: name === 'Unreleased' ? undefined : name, date, items: readItems(lines)};
    })
    .filter(({items}) => items.length > 0);
}

function readItems(lines: string[]): string[] {
  const items: string[] = [];
  let heading = '';
  for (const line of lines) {
    if (line.startsWith('### ')) heading = line.slice('### '.length);
    else if (line.startsWith('- ')) items.push(`${heading}: ${line.slice(2)}`);
    else if (line.startsWith('  ') && items.length > 0) items.push(`${items.pop()} ${line.trim()}`);
  }
  return items.map((item) => item.replaceAll('`', ''));
}
