// layer.json: what a finished layer is. Written before the layer gets its name, so a layer with a name has it. Its last
// member is the digest of the others: a record that is not what was written counts as none.
import {hash} from 'node:crypto';
import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isDiskFault} from '../errors.ts';

const fileName = 'layer.json';
/** Records of version 1, from before there were manifests, have no digest of their own. */
const version = 2;

export interface LayerInfo {
  /** Identifies the layer together with all below it (OCI image-spec, config.md). */
  chainId: string;
  /** Digest of the uncompressed archive. */
  diffId: string;
  /** chainID of the layer below. */
  parent?: string;
  /** Sum of the sizes of its regular files; one with several names counts once. */
  sizeBytes: number;
  /** Digest of its manifest; absent for a layer that a version without manifests made. */
  manifest?: string;
}

export async function writeLayerRecord(folder: string, info: LayerInfo): Promise<void> {
  await writeFile(join(folder, fileName), format(info), {mode: 0o600});
}

function format(info: LayerInfo): string {
  const record = {version, ...info};
  return `${JSON.stringify({...record, digest: digestOf(record)}, undefined, 2)}\n`;
}

function digestOf(record: object): string {
  return `sha256:${hash('sha256', JSON.stringify(record))}`;
}

/** The record in a layer's folder; undefined when it is missing, unreadable or not a record: the layer then counts as absent. */
export async function readLayerRecord(folder: string): Promise<LayerInfo | undefined> {
  try {
    return parse(await readFile(join(folder, fileName), 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || isDiskFault(error)) return undefined;
    throw error;
  }
}

/** True when the record is byte for byte what was written; one of version 1 only has to be a record. */
export async function isWholeRecord(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => '');
  const info = await readLayerRecord(folder);
  return info !== undefined && (text === format(info) || !text.includes('"digest"'));
}

function parse(text: string): LayerInfo | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const {digest, ...record} = value as Record<string, unknown>;
  if ((record.version !== 1 || digest !== undefined) && digest !== digestOf(record)) return undefined;
  const {chainId, diffId, parent, sizeBytes, manifest} = record;
  if (typeof chainId !== 'string' || typeof diffId !== 'string' || typeof sizeBytes !== 'number')
    return undefined;
  return {
    chainId,
    diffId,
    ...(typeof parent === 'string' ? {parent} : {}),
    sizeBytes,
    ...(typeof manifest === 'string' ? {manifest} : {}),
  };
}

/** When a layer was made, in milliseconds since 1970; 0 when there is no record. */
export async function recordTime(folder: string): Promise<number> {
  return (await stat(join(folder, fileName)).catch(() => undefined))?.mtimeMs ?? 0;
}
