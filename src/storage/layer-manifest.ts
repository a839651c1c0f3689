// manifest.mtree in a layer's folder: every entry of the layer as it was made, in the format of mtree(5). What is on disk
// is compared with it (layer-check.ts). Its own digest is in layer.json.
import {createHash} from 'node:crypto';
import {closeSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import type {ByteString} from './byte-string.ts';
import {digestOfFile} from './content-digest.ts';
import {entryLine} from './entry-line.ts';
import {filesFolder} from './layer-folder.ts';
import {walkLayer} from './layer-walk.ts';
import {mtreeHeader, mtreeUp} from './mtree.ts';

/** The file's name in the layer's folder. */
export const manifestFile = 'manifest.mtree';

/** What is known of a layer's files from when they were written. */
export interface WrittenContent {
  /** sha256 by name, in hexadecimal; undefined for a file that has too much of a hole. Absent: the file is read. */
  readonly digests: ReadonlyMap<ByteString, string | undefined>;
  /** Names with extended attributes. */
  readonly attributed: ReadonlySet<ByteString>;
}

const pieceBytes = 256 * 1024;

/**
 * Writes the manifest of the files below `folder`, and returns its digest. They are looked at, not remembered: it says what is
 * on disk. Throws the errors of system calls.
 */
export function writeManifest(folder: string, {digests, attributed}: WrittenContent): string {
  const running = createHash('sha256');
  const fd = openSync(join(folder, manifestFile), 'w', 0o600);
  try {
    let text = `${mtreeHeader}\n`;
    const flush = () => {
      const bytes = Buffer.from(text, 'latin1');
      running.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      text = '';
    };
    for (const entry of walkLayer(join(folder, filesFolder))) {
      if (entry === undefined) text += `${mtreeUp}\n`;
      else {
        const {name, path, stat} = entry;
        // Attributes are the file's, under each of its names.
        const withXattrs = attributed.has(name) || (stat.isFile() && stat.nlink > 1n);
        text += entryLine(entry, {withXattrs});
        if (stat.isFile()) {
          const digest = digests.has(name) ? digests.get(name) : digestOfFile(path);
          if (digest !== undefined) text += ` sha256digest=${digest}`;
        }
        text += '\n';
      }
      if (text.length >= pieceBytes) flush();
    }
    flush();
  } finally {
    closeSync(fd);
  }
  return `sha256:${running.digest('hex')}`;
}
