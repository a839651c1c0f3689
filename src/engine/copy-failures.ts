// Words for what can go wrong with a copy, as Docker has them where it has some.
import {EngineError, errnoOf} from '../errors.ts';
import {withoutEnd} from '../storage/copy-path.ts';
import {LayerFault} from '../storage/layer-fault.ts';

/** For a path that leads nowhere. */
export function missingInContainer(cause: unknown, path: string, container: string): EngineError {
  if (errnoOf(cause) === 'ENOTDIR')
    return new EngineError('path-not-found', `${container}:${path}: not a directory`, {cause});
  return new EngineError('path-not-found', `could not find the file ${path} in container ${container}`, {
    cause,
  });
}

/** Of the source on the host; anything but a missing one as it is. */
export function sourceFailure(cause: unknown, sourcePath: string): unknown {
  const path = withoutEnd(sourcePath);
  switch (errnoOf(cause)) {
    case 'ENOENT':
      return new EngineError('path-not-found', `lstat ${path}: no such file or directory`, {cause});
    case 'ENOTDIR':
      return new EngineError('path-not-found', `${path}: not a directory`, {cause});
    case 'ELOOP':
      return new EngineError('path-not-found', `${path}: too many links`, {cause});
    default:
      return cause;
  }
}

export function readOnlyRefusal(part: 'rootfs' | 'volume'): EngineError {
  const what = part === 'rootfs' ? 'container rootfs' : 'mounted volume';
  return new EngineError('path-read-only', `${what} is marked read-only`);
}

/** While `target`, a folder or a container, was copied to or from; a bug as it is. */
export function copyFailure(error: unknown, target: string): unknown {
  if (error instanceof LayerFault)
    return new EngineError('archive-invalid', `cannot unpack into ${target}: ${error.message}`);
  const code = errnoOf(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const failed = `cannot copy, at ${target}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineError('disk-full', `${failed}: no space left on the device`, {
      hint: 'what was copied until then is there, the last file in part',
      cause: error,
    });
  }
  if (code === 'EROFS')
    return new EngineError('path-read-only', `${failed}: a part of it is read-only`, {cause: error});
  return new EngineError('system-call-failed', `${failed}: ${withoutDescriptors(error.message)}`, {
    cause: error,
  });
}

// Descriptors are our way to reach a file, and tell nobody anything.
function withoutDescriptors(message: string): string {
  return message.replace(/\/proc\/self\/fd\/\d+\//g, '');
}
