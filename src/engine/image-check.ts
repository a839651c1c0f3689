// A look at what an image runs, when it has just been pulled: whether it is whole, and for what the image says that it is for.
import {resolveCommand} from '../../bundles/container-command.ts';
import {defaultPath} from '../../bundles/container-env.ts';
import {isEngineError} from '../errors.ts';
import {isKnownArchitecture, normalisePlatform} from '../images/platform.ts';
import type {ImageConfig} from '../oci/image-spec.ts';
import {withMergedLayers} from '../storage/layers-view.ts';
import {reportForPull} from '../storage/preflight-words.ts';
import {findingsIn, thisMachine} from '../storage/program-check.ts';

/**
 * Returns what keeps the image from running here. Throws EngineError 'image-damaged' or 'platform-mismatch' for an image that
 * runs nowhere. One that names no command, or none that is there, is taken as it is.
 */
export function checkImage({
  image,
  layersRoot,
  chainIds,
  config: {config = {}, ...platform},
}: {
  image: string;
  layersRoot: string;
  chainIds: readonly string[];
  config: ImageConfig;
}): string[] {
  const [command] = commandOf(config);
  const {os, architecture: declared} = normalisePlatform(platform);
  if (command === undefined || os !== 'linux') return [];
  const request = {
    command,
    env: [`PATH=${defaultPath}`, ...(config.Env ?? [])],
    workingDir: config.WorkingDir ?? '/',
    ...(isKnownArchitecture(declared) && {declared}),
  };
  const host = thisMachine();
  const findings = withMergedLayers(layersRoot, chainIds, (root) => findingsIn(root, request, host));
  const {refusal, warnings} = reportForPull(findings ?? [], {image, architecture: host.architecture});
  if (refusal) throw refusal;
  return warnings;
}

function commandOf(config: NonNullable<ImageConfig['config']>): string[] {
  try {
    return resolveCommand(config, {command: []});
  } catch (error) {
    if (isEngineError(error, 'invalid-option')) return [];
    throw error;
  }
}
