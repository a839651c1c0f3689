// What is known of damage to a layer, at a price that every start can pay: a mark in its folder, which says what a check has
// found. It goes with the folder when a sound layer takes its place.
import {lstatSync, readFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {syncFolder, writeDurableFile} from '../system/durable-file.ts';
import {filesFolder, layerFolderName} from './layer-folder.ts';

const markFile = 'damaged';

/** What a check has found, in words; undefined for a layer of which nothing bad is known. */
export function readDamage(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, markFile), 'utf8').trim();
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === 'ENOENT' || reason === 'ENOTDIR') return undefined;
    // Of a disk that fails, the mark need not be readable.
    return `its mark cannot be read: ${reason}`;
  }
}

/** Sets or takes away the mark, durably. Does nothing where there is no such folder, or on a disk that takes no more. */
export async function writeDamage(folder: string, reason: string | undefined): Promise<void> {
  if (!lstatSync(folder, {throwIfNoEntry: false})?.isDirectory()) return;
  try {
    await changeMark(folder, reason);
  } catch (error) {
    // The kernel makes a disk that fails read-only: then a check must go on.
    if (!['EROFS', 'EIO', 'ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')) throw error;
  }
}

async function changeMark(folder: string, reason: string | undefined): Promise<void> {
  if (reason !== undefined) {
    // It becomes part of messages, and names of files may hold anything.
    await writeDurableFile(join(folder, markFile), `${reason.replace(/\p{Cc}/gu, '\ufffd')}\n`);
  } else if (readDamage(folder) !== undefined) {
    await rm(join(folder, markFile), {force: true});
    await syncFolder(folder);
  }
}

/** Throws EngineError 'layer-damaged' when a layer of an image is known to be damaged, or is not there. Takes microseconds. */
export function refuseDamaged(layersRoot: string, image: string, chainIds: readonly string[]): void {
  for (const chainId of chainIds) {
    const reason = damageOf(join(layersRoot, layerFolderName(chainId)));
    if (reason === undefined) continue;
    throw new EngineError('layer-damaged', `layer ${chainId} of image ${image} is damaged: ${reason}`, {
      hint: "'crundle system check --repair' unpacks it again",
    });
  }
}

function damageOf(folder: string): string | undefined {
  for (const name of ['layer.json', filesFolder]) {
    if (!lstatSync(join(folder, name), {throwIfNoEntry: false})) return `${join(folder, name)} is missing`;
  }
  return readDamage(folder);
}

/** True while an overlay of this mount namespace has the layer of this folder name among its lower folders. */
export function isLayerMounted(name: string): boolean {
  const lower = new RegExp(`[=:]${name}/${filesFolder}[:, ]`);
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.includes(' - overlay ') && lower.test(`${line} `));
}
