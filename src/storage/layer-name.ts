// Names of a layer's entries, as a path below its folder: 'usr/bin/sh', or '' for the folder itself.
import type {ByteString} from './byte-string.ts';
import {hostile, invalid, quote} from './layer-fault.ts';

/**
 * The path that an archived name means: relative, without '.', '..' and repeated slashes. Throws LayerFault: hostile
 * when '..' leads above the layer.
 */
export function normaliseName(name: ByteString): ByteString {
  if (name.includes('\0')) throw invalid(`${quote(name)}: a name cannot hold a NUL byte`);
  let start = 0;
  let end = name.length;
  while (name.startsWith('./', start)) start += 2;
  while (end > start && name.endsWith('/', end)) end--;
  const path = name.slice(start, end);
  return isPlain(path) ? path : walk(path, name);
}

// Nearly every name of a real layer passes here.
function isPlain(path: string): boolean {
  return !path.startsWith('/') && !path.startsWith('.') && !path.includes('//') && !path.includes('/.');
}

function walk(path: ByteString, name: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw hostile(`${quote(name)} leads out of the layer`);
  }
  return parts.join('/');
}

/** Splits a path at its last slash. The folder of a name without one is ''. */
export function splitPath(path: ByteString): {folder: ByteString; base: ByteString} {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? {folder: '', base: path} : {folder: path.slice(0, slash), base: path.slice(slash + 1)};
}

export function joinPath(folder: ByteString, base: ByteString): ByteString {
  return folder === '' ? base : `${folder}/${base}`;
}
