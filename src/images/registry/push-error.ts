// Words for a registry that does not take what is pushed to it.
import {EngineError} from '../../errors.ts';
import {type Asked, answerError, type ErrorAnswer, registryMessage} from './registry-error.ts';

/** The error for an answer to a part of a push. */
export function pushError(answer: ErrorAnswer, asked: Asked): EngineError {
  const {status} = answer;
  const {registry, repository, subject, hasCredentials} = asked;
  const [code, said] = registryMessage(answer);
  const words = said === '' ? '' : `: ${said}`;
  if ((status === 401 && !hasCredentials) || status === 403 || code === 'DENIED') {
    return new EngineError('registry-denied', `push access denied for ${repository}${words}`, {
      hint: `log in as somebody who may push there: 'crundle login ${registry}'`,
    });
  }
  if (status === 405 || code === 'UNSUPPORTED') {
    return new EngineError('registry-failed', `registry ${registry} takes no pushes${words}`, {
      hint: 'it is read-only, or a mirror of another one',
    });
  }
  if (status === 413) {
    return new EngineError(
      'registry-failed',
      `a part of ${subject} is too large for registry ${registry}${words}`,
      {
        hint: 'a proxy in front of it may limit what it passes on',
      },
    );
  }
  if (code === 'DIGEST_INVALID') {
    return new EngineError(
      'digest-mismatch',
      `a part of ${subject} arrived at registry ${registry} with other content${words}`,
    );
  }
  if (status === 400 || status === 404) {
    return new EngineError(
      'registry-failed',
      `registry ${registry} answered ${status} to the ${asked.what} of ${subject}${words}`,
    );
  }
  return answerError(answer, asked);
}
