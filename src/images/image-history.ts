// How an image was made, step by step, as its config tells it. Pure.
import type {Digest} from './digest.ts';
import type {StoredImage} from './stored-image.ts';

export interface HistoryStep {
  /** Of the whole image: only the last step has it. */
  id?: Digest;
  createdAt?: Date;
  createdBy: string;
  comment: string;
  /** The layer that it made; absent for a step that changed no file. */
  chainId?: Digest;
}

/** The last step first. A layer that no step speaks of is not among them, as under Docker. */
export function historyOf({id, config, chainIds}: StoredImage): HistoryStep[] {
  let layers = 0;
  const steps = (config.history ?? []).map((entry): HistoryStep => {
    const chainId = entry.empty_layer ? undefined : chainIds[layers++];
    const createdAt = new Date(entry.created ?? '');
    return {
      ...(Number.isNaN(createdAt.getTime()) ? {} : {createdAt}),
      createdBy: entry.created_by ?? '',
      comment: entry.comment ?? '',
      ...(chainId && {chainId}),
    };
  });
  return steps.toReversed().map((step, index) => (index === 0 ? {id, ...step} : step));
}
