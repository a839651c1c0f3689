// Where the files of a container are that is not looked at through its mount: what it has written, and its image's layers.
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {EngineError} from '../errors.ts';
import {filesFolder, layerFolderName} from './layer-folder.ts';
import type {WrittenFiles} from './upper-folder.ts';

export interface ContainerFilesRequest {
  containerFolder: string;
  layersRoot: string;
  /** chainIDs of the image's layers, lowest first. */
  chainIds: readonly string[];
  /** Where the engine mounts something in every container: absolute paths. */
  mountPoints: readonly string[];
}

/** Throws EngineError 'image-damaged' when a layer is missing. */
export function containerFiles({
  containerFolder,
  layersRoot,
  chainIds,
  mountPoints,
}: ContainerFilesRequest): WrittenFiles {
  const layers = chainIds.map((id) => join(layersRoot, layerFolderName(id), filesFolder));
  const missing = layers.findIndex((folder) => !statSync(folder, {throwIfNoEntry: false}));
  if (missing >= 0) {
    throw new EngineError('image-damaged', `layer ${chainIds[missing]} is missing from ${layersRoot}`, {
      hint: "pull the container's image again: only what is missing is fetched",
    });
  }
  return {
    upper: join(containerFolder, 'upper'),
    layers,
    places: new Set(mountPoints.map((path) => path.slice(1))),
  };
}
