// What `search` shows of a repository, in Docker's columns, and its filters.
import type {FoundRepository} from '../engine.ts';
import {EngineError} from '../errors.ts';
import type {Row} from './output/format-rows.ts';

export const repositoryHeaders: Row = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  StarCount: 'STARS',
  IsOfficial: 'OFFICIAL',
  IsAutomated: 'AUTOMATED',
};

export const repositoryTable = ['Name', 'Description', 'StarCount', 'IsOfficial'] as const;

const descriptionLength = 45;

export function repositoryRow(found: FoundRepository, isWhole: boolean): Row {
  const yes = (is: boolean) => (is ? '[OK]' : '');
  const description = found.description.replace(/[\r\n]/g, ' ').replace(/\p{Cc}/gu, '\ufffd');
  const characters = [...description];
  const isCut = !isWhole && characters.length > descriptionLength;
  return {
    Name: found.name.replace(/\p{Cc}/gu, '\ufffd'),
    Description: isCut ? `${characters.slice(0, descriptionLength - 1).join('')}…` : description,
    StarCount: `${found.stars}`,
    IsOfficial: yes(found.isOfficial),
    IsAutomated: yes(found.isAutomated),
  };
}

/** Throws EngineError 'invalid-option' in Docker's words. */
export function filterRepositories(filters: readonly string[]): (found: FoundRepository) => boolean {
  const tests = filters.map((filter) => {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(filter) ?? [];
    if (key === '') throw invalid('bad format of filter (expected name=value)');
    if (key === 'stars') {
      if (!/^\d+$/.test(value)) throw invalid(`invalid filter 'stars=${value}'`);
      return ({stars}: FoundRepository) => stars >= Number(value);
    }
    if (key !== 'is-official' && key !== 'is-automated') {
      throw invalid(`invalid filter '${key}'`, 'there are is-automated, is-official and stars');
    }
    if (!['true', '1', 'false', '0'].includes(value)) throw invalid(`invalid filter '${key}=${value}'`);
    const wanted = value === 'true' || value === '1';
    return (found: FoundRepository) =>
      (key === 'is-official' ? found.isOfficial : found.isAutomated) === wanted;
  });
  return (found) => tests.every((matches) => matches(found));
}

function invalid(message: string, hint?: string): EngineError {
  return new EngineError('invalid-option', message, hint === undefined ? {} : {hint});
}
