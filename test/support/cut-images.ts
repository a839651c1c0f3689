// Images for stores that are cut off in the middle: layers that are shared, many small files and a large one, links, whiteouts
// and attributes.
import {makeImage, type TestImage} from './image.ts';
import {type LayerEntry, makeLayer, type TestLayer} from './layer.ts';

export function cutImages(): TestImage[] {
  const base = filesLayer('base', {files: 120, bytes: 3000});
  const whiteouts = makeLayer([
    {name: 'base/7', content: 'other\n'},
    {name: 'base/.wh.8', content: ''},
  ]);
  return [
    makeImage({layers: [base, filesLayer('a', {files: 60, bytes: 500})]}),
    makeImage({layers: [base, whiteouts, filesLayer('b', {files: 3, bytes: 400_000})]}),
    makeImage({layers: [filesLayer('c', {files: 1, bytes: 2_000_000}), base]}),
  ];
}

// What cannot be compressed takes as long as it is.
function filesLayer(folder: string, {files, bytes}: {files: number; bytes: number}): TestLayer {
  const entries: LayerEntry[] = [{name: `${folder}/`}];
  for (let index = 0; index < files; index++) {
    const name = `${folder}/${index}`;
    entries.push(
      index % 10 === 9
        ? {name, type: 'hard-link', linkName: `${folder}/${index - 1}`}
        : {name, content: noise(bytes, index), mode: 0o644 + (index % 8), xattrs: {'user.index': `${index}`}},
    );
  }
  return makeLayer(entries);
}

function noise(bytes: number, seed: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let state = seed * 2654435761 + 1;
  for (let at = 0; at < bytes; at++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    buffer[at] = state >> 16;
  }
  return buffer;
}
