// layer.json: what a finished layer is. Written before the layer gets its name, so a layer with a name has it.
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';

const fileName = 'layer.json';
const version = 1;

export interface LayerInfo {
  /** Identifies the layer together with all below it (OCI image-spec, config.md). */
  chainId: string;
  /** Digest of the uncompressed archive. */
  diffId: string;
  /** chainID of the layer below. */
  parent?: string;
  /** Sum of the sizes of its regular files; one with several names counts once. */
  sizeBytes: number;
}

export async function writeLayerRecord(folder: string, info: LayerInfo): Promise<void> {
  await writeFile(join(folder, fileName), `${JSON.stringify({version, ...info}, undefined, 2)}\n`, {
    mode: 0o600,
  });
}

/** The record in a layer's folder; undefined when it is missing or not a record: the layer then counts as absent. */
export async function readLayerRecord(folder: string): Promise<LayerInfo | undefined> {
  try {
    return parse(await readFile(join(folder, fileName), 'utf8'));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
}

function parse(text: string): LayerInfo | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const {chainId, diffId, parent, sizeBytes} = value as Record<string, unknown>;
  if (typeof chainId !== 'string' || typeof diffId !== 'string' || typeof sizeBytes !== 'number')
    return undefined;
  return {chainId, diffId, sizeBytes, ...(typeof parent === 'string' ? {parent} : {})};
}
