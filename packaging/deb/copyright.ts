// /usr/share/doc/crundle/copyright in Debian's machine-readable form (DEP-5): crundle, and what the package holds beside it.

import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

interface Part {
  /** Patterns for `Files`. */
  files: string[];
  license: string;
  /** The licence's text, in which its holders name themselves. */
  text: string;
}

/** `packages` are folders below the root, `nodeLicense` is the text that came with Node. */
export function copyrightText(root: string, packages: readonly string[], nodeLicense: string): string {
  const parts: Part[] = [
    {files: ['usr/lib/crundle/dist/node'], license: 'Node.js', text: nodeLicense},
    ...packageParts(root, packages),
  ];
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: crundle
Comment:
 dist/crundle.packs holds crundle and the npm packages named here, dist/node is
 Node.js.

Files: *
Copyright: the authors of crundle
License: Apache-2.0

${parts.map(partText).join('\n')}
License: Apache-2.0
${apacheText}`;
}

const apacheText = ` On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
`;

// One for packages that have the very same text.
function packageParts(root: string, packages: readonly string[]): Part[] {
  const parts = new Map<string, Part>();
  for (const folder of packages) {
    const {license} = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      license: string;
    };
    const text = licenseText(join(root, folder));
    const known = parts.get(text);
    if (known) known.files.push(`${folder}/*`);
    else parts.set(text, {files: [`${folder}/*`], license, text});
  }
  return [...parts.values()];
}

function licenseText(folder: string): string {
  const name = readdirSync(folder).find((one) => /^licen[sc]e/i.test(one));
  if (name === undefined) throw new Error(`${folder} has no licence`);
  return readFileSync(join(folder, name), 'utf8');
}

function partText({files, license, text}: Part): string {
  const body = license === 'Apache-2.0' ? '' : `${indented(text)}\n`;
  return `Files: ${files.join('\n ')}
Copyright: ${holders(text).join('\n ')}
License: ${license}
${body}`;
}

function holders(text: string): string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim().replace(/^(copyright\s+)?(\(c\)|©)?\s*/i, (sign) => (sign === '' ? '\0' : '')))
    .filter((line) => !line.startsWith('\0') && /^(\d{4}|[A-Z])/.test(line) && line.length < 100);
  return lines.length === 0 || lines.length > 5 ? ['as its text says'] : lines;
}

// A blank line would end the paragraph.
function indented(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line.replace(/\s+$/, '')}`))
    .join('\n');
}
