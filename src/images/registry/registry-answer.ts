// Reading a registry's answers: which digest they state, which part of a blob they hold, what their failures mean.
import {EngineError} from '../../errors.ts';
import {type Digest, isDigest} from '../digest.ts';
import type {HttpResponse} from './http-client.ts';
import {type Asked, answerError, type ErrorAnswer} from './registry-error.ts';
import {isPassingStatus, PassingFailure, retryAfterMs} from './retry.ts';

/** What is read of an answer that is no success. */
export const maxErrorBytes = 64 * 1024;

/** The digest that the registry states for a manifest. */
export function digestHeader(response: HttpResponse): Digest | undefined {
  const text = response.headers['docker-content-digest'];
  return typeof text === 'string' && isDigest(text) ? text : undefined;
}

/**
 * The error for an answer that is no success; a PassingFailure where another try may help. `word` says what such an answer
 * means for what was asked.
 */
export function failedAnswer(
  response: HttpResponse,
  asked: Asked,
  body: Buffer | undefined,
  word: (answer: ErrorAnswer, asked: Asked) => EngineError = answerError,
): Error {
  const text = body?.subarray(0, maxErrorBytes).toString('utf8') ?? '';
  const error = word(
    {status: response.status, contentType: response.headers['content-type'], body: text},
    asked,
  );
  return isPassingStatus(response.status) ? new PassingFailure(error, retryAfterMs(response)) : error;
}

/** Throws EngineError 'registry-failed' unless a 206 holds the rest of the blob from `offset` on. */
export function checkRange(response: HttpResponse, offset: number, sizeBytes: number, asked: Asked): void {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  const total = range?.[3] === '*' ? sizeBytes : Number(range?.[3]);
  if (Number(range?.[1]) === offset && total === sizeBytes) return;
  response.close();
  throw new EngineError(
    'registry-failed',
    `registry ${asked.registry} sent another part of a blob of ${asked.subject} than was asked for`,
  );
}

/** The error for a blob that is not as long as its manifest says. */
export function sizeMismatch(digest: Digest, sizeBytes: number, actual: string, asked: Asked): EngineError {
  return new EngineError(
    'size-mismatch',
    `blob ${digest} of ${asked.subject} has ${actual} bytes in registry ${asked.registry}, but its manifest says ${sizeBytes}`,
  );
}
