// Names of volumes: Docker's grammar and Docker's words about it (its local volume driver).
import {randomBytes} from 'node:crypto';
import {EngineError} from '../errors.ts';

/** The label by which Docker marks a volume that got its name from nobody. */
export const anonymousLabel = 'com.docker.volume.anonymous';

/** A name for an anonymous volume: 64 hexadecimal digits from the kernel's random source. */
export function newVolumeName(): string {
  return randomBytes(32).toString('hex');
}

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

export function isVolumeName(text: string): boolean {
  return namePattern.test(text) && text.length <= 255;
}

/** Returns the name when it is one, so that it can become a folder's name. Throws EngineError 'invalid-option'. */
export function checkVolumeName(name: string): string {
  if (name.length === 1) {
    throw new EngineError(
      'invalid-option',
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (!namePattern.test(name)) {
    throw new EngineError(
      'invalid-option',
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
      {hint: 'if you intended to pass a host directory, use absolute path'},
    );
  }
  if (name.length > 255)
    throw new EngineError('invalid-option', `create ${name}: volume name is longer than 255 characters`);
  return name;
}
