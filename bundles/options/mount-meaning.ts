// What the fields of a `--mount` ask for: the checks that Docker's daemon makes, in its words.
import {EngineError} from '../../src/errors.ts';
import type {
  BindMount,
  BindRecursion,
  MountOption,
  MountPropagation,
  TmpfsMount,
  VolumeMount,
} from '../mount-options.ts';
import {cleanPath, parseMountTarget} from './container-path.ts';
import type {MountFields} from './mount.ts';
import {optionError} from './option-error.ts';
import {checkVolumeName} from './volume.ts';
import {checkVolumeDriver} from './volume-driver.ts';

/**
 * A source that begins with `./` is below `cwd`. Whether a source is there is for the engine to see. Throws EngineError
 * 'invalid-option', or 'not-supported' for what is not built.
 */
export function mountOption(fields: MountFields, cwd: string): MountOption {
  const target = within(fields.type, () => parseMountTarget(fields.target));
  switch (fields.type) {
    case 'bind':
      return bindMount(fields, target, cwd);
    case 'volume':
      return volumeMount(fields, target);
    case 'tmpfs':
      return tmpfsMount(fields, target);
    case 'image':
      throw new EngineError('not-supported', 'cannot mount an image into a container: that is not built', {
        hint: 'copy what is needed into a volume, by a container of that image with the volume mounted',
        exit: 125,
      });
    default:
      throw invalid(fields.type, 'mount type unknown', {hint: 'the types are bind, volume and tmpfs'});
  }
}

const propagations: readonly string[] = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

function bindMount({source = '', readOnly, bind}: MountFields, target: string, cwd: string): BindMount {
  const {propagation = '', recursion} = bind;
  if (source === '') throw invalid('bind', 'field Source must not be empty', {hint: 'add source=PATH'});
  if (propagation !== '' && !propagations.includes(propagation)) {
    throw invalid('bind', `invalid propagation mode: ${propagation}`, {
      hint: `the modes are ${propagations.join(', ')}`,
    });
  }
  const path = source === '.' || source.startsWith('./') ? `${cwd}/${source}` : source;
  if (!path.startsWith('/'))
    throw invalid('bind', `invalid mount path: '${path}' mount path must be absolute`);
  return {
    type: 'bind',
    source: cleanPath(path),
    target,
    readOnly,
    propagation: (propagation || 'rprivate') as MountPropagation,
    ...(recursion !== undefined && {recursion: recursion as BindRecursion}),
    origin: 'mount',
  };
}

function volumeMount({source = '', readOnly, volume}: MountFields, target: string): VolumeMount {
  const {labels, options, driver = '', subpath = ''} = volume;
  if (source === '' && readOnly) {
    throw invalid('volume', 'must not set ReadOnly mode when using anonymous volumes');
  }
  if (source !== '') checkVolumeName(source);
  checkVolumeDriver(driver);
  const [option] = Object.keys(options);
  if (option !== undefined) {
    throw new EngineError(
      'not-supported',
      `volume-opt=${option} is not supported: volumes are plain folders`,
      {
        hint: 'mount the device or the share on the host, and bind its folder with type=bind',
        exit: 125,
      },
    );
  }
  if (subpath.startsWith('/') || subpath.split('/').includes('..')) {
    throw invalid('volume', 'subpath must be a relative path within the volume');
  }
  return {
    type: 'volume',
    ...(source !== '' && {name: source}),
    target,
    readOnly,
    noCopy: volume.noCopy ?? false,
    ...(subpath !== '' && {subpath: cleanPath(subpath).slice(1)}),
    ...(Object.keys(labels).length > 0 && {labels}),
    origin: 'mount',
  };
}

function tmpfsMount({source = '', readOnly, tmpfs}: MountFields, target: string): TmpfsMount {
  const {sizeBytes = 0, mode} = tmpfs;
  if (source !== '') throw invalid('tmpfs', 'field Source must not be specified');
  return {
    type: 'tmpfs',
    target,
    options: [
      ...(readOnly ? ['ro'] : []),
      ...(sizeBytes > 0 ? [`size=${sizeBytes}`] : []),
      ...(mode ? [`mode=${mode.toString(8)}`] : []),
    ],
    origin: 'mount',
  };
}

function within<T>(type: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof Error ? invalid(type, error.message, {cause: error}) : error;
  }
}

function invalid(type: string, reason: string, options: {hint?: string; cause?: unknown} = {}): EngineError {
  return optionError(`invalid mount config for type "${type}": ${reason}`, options);
}
