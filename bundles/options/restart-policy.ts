// `--restart`: what is to happen when a container has ended by itself.
import type {RestartPolicy} from '../container-options.ts';
import {optionError} from './option-error.ts';

const names = ['no', 'always', 'on-failure', 'unless-stopped'] as const;

/**
 * `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:RETRIES`; undefined for `no`. Throws EngineError
 * 'invalid-option' in Docker's words.
 */
export function parseRestartPolicy(text: string): RestartPolicy | undefined {
  if (text === '') return undefined;
  const colon = text.indexOf(':');
  const word = colon === -1 ? text : text.slice(0, colon);
  if (word === '') throw wrong('invalid restart policy format: no policy provided before colon');
  const maximumRetryCount = parseCount(colon === -1 ? '' : text.slice(colon + 1));
  const name = names.find((known) => known === word);
  if (name === undefined) {
    throw wrong(
      `invalid restart policy: unknown policy '${word}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (name === 'on-failure') {
    if (maximumRetryCount < 0) throw wrong('invalid restart policy: maximum retry count cannot be negative');
    return {name, maximumRetryCount};
  }
  if (maximumRetryCount !== 0) {
    const negative = maximumRetryCount < 0 ? ' and cannot be negative' : '';
    throw wrong(`invalid restart policy: maximum retry count can only be used with 'on-failure'${negative}`);
  }
  return name === 'no' ? undefined : {name, maximumRetryCount};
}

function parseCount(text: string): number {
  if (text === '') return 0;
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count))
    throw wrong('invalid restart policy format: maximum retry count must be an integer');
  return count;
}

function wrong(message: string) {
  return optionError(message, {hint: 'such as --restart always, or --restart on-failure:5'});
}
