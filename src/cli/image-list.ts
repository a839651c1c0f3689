// What `images` shows of an image, in Docker's columns: one row a name.

import type {ImageSummary} from '../engine.ts';
import {splitName} from './image-name.ts';
import type {Row} from './output/format-rows.ts';
import {ago, goTime, humanSize, shortId} from './output/human-units.ts';

export const imageHeaders: Row = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  ID: 'IMAGE ID',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
  VirtualSize: 'SIZE',
};

export function imageTable({digests}: {digests: boolean}): string[] {
  return ['Repository', 'Tag', ...(digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'];
}

/** Rows of all images, in the order given; an image without a name has one row of `<none>`. */
export function imageRows(
  images: readonly ImageSummary[],
  {truncate, digests}: {truncate: boolean; digests: boolean},
  now = new Date(),
): Row[] {
  return images.flatMap((image) => {
    const common = {
      ID: truncate ? shortId(image.id) : image.id,
      CreatedSince: image.createdAt ? ago(image.createdAt, now) : 'N/A',
      CreatedAt: image.createdAt ? goTime(image.createdAt) : 'N/A',
      Size: humanSize(image.sizeBytes, 3),
      Containers: 'N/A',
      SharedSize: 'N/A',
      UniqueSize: 'N/A',
      VirtualSize: humanSize(image.sizeBytes),
    };
    return namesOf(image, digests).map((name) => ({...name, ...common}));
  });
}

function namesOf({references, repoDigests}: ImageSummary, digests: boolean): Row[] {
  const names = references.map(splitName);
  const digestOf = (repository: string) => {
    const digest = repoDigests.map(splitName).find((name) => name.repository === repository)?.digest;
    return digest ?? '<none>';
  };
  if (names.length > 0) {
    return names.map(({repository, tag}) => ({
      Repository: repository,
      Tag: tag ?? '<none>',
      Digest: digests ? digestOf(repository) : '<none>',
    }));
  }
  const [first] = repoDigests.map(splitName);
  return [{Repository: first?.repository ?? '<none>', Tag: '<none>', Digest: first?.digest ?? '<none>'}];
}
