// What `history` shows of the steps of an image, in Docker's columns.
import type {ImageHistoryStep} from '../engine.ts';
import type {Row} from './output/format-rows.ts';
import {ago, ellipsis, humanSize, rfc3339, shortId} from './output/human-units.ts';
import {oneLine} from './output/others-words.ts';

export const historyHeaders: Row = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
};

export function historyTable({human}: {human: boolean}): string[] {
  return ['ID', human ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment'];
}

export function historyRows(
  steps: readonly ImageHistoryStep[],
  {truncate, human, isTerminal}: {truncate: boolean; human: boolean; isTerminal: boolean},
  now = new Date(),
): Row[] {
  return steps.map(({id, createdAt, createdBy, sizeBytes, comment}) => {
    // Lines of a command stay lines where no terminal shows them, as under Docker.
    const shown = (text: string) => (isTerminal ? oneLine(text, true) : text);
    const command = shown(createdBy.replaceAll('\t', ' '));
    const time = createdAt ? rfc3339(createdAt) : 'N/A';
    return {
      ID: id === undefined ? '<missing>' : truncate ? shortId(id) : id,
      CreatedSince: createdAt && human ? ago(createdAt, now) : time,
      CreatedAt: time,
      CreatedBy: truncate ? ellipsis(command, 45) : command,
      Size: human ? humanSize(sizeBytes, 3) : String(sizeBytes),
      Comment: shown(comment),
    };
  });
}
