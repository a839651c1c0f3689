// index.json, changed by somebody else before an update of it: by the disk, or by another program on purpose.
import {rename} from 'node:fs/promises';
import {errnoOf} from '../../errors.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {formatIndex, indexDamaged, isAsWritten, parseIndex} from './layout-index.ts';

const digestLine = /^ {4}"dev\.crundle\.index\.digest": .*$/m;

/**
 * Throws EngineError 'state-damaged' for an index whose entries the disk has changed: it is laid out as formatIndex does it, so that no
 * program that adds entries has had it, and yet it is not what was written. An update would give it a new digest, and make it believed.
 */
export function refuseChangedEntries(path: string): void {
  const text = readOptionalFile(path);
  if (text === undefined || isAsWritten(text, path)) return;
  const withoutDigest = (index: string) => index.replace(digestLine, '');
  if (withoutDigest(text) === withoutDigest(formatIndex(parseIndex(text, path))))
    throw indexDamaged(path, 'is not what was written');
}

/** What another program has made of the index is taken for what it wanted: the copy of what was before is kept as COPY.old. */
export async function keepCopyOfForeign(path: string, copyPath: string): Promise<void> {
  const text = readOptionalFile(path);
  if (text === undefined || isAsWritten(text, path)) return;
  await rename(copyPath, `${copyPath}.old`).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}
