import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {choosePlatform, formatPlatform, parsePlatform, rankPlatform} from '../../src/images/platform.ts';
import type {Descriptor, Platform} from '../../src/oci/image-spec.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('platform');

for (const [text, expected] of [
  ['linux/arm64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['Linux/AArch64', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v9', 'linux/arm64/v9'],
  ['arm64', 'linux/arm64'],
  ['aarch64', 'linux/arm64'],
  ['linux', 'linux/arm64'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/arm/6', 'linux/arm/v6'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['windows/amd64', 'windows/amd64'],
] as const) {
  test(`${text} is ${expected}`, () => is(formatPlatform(parsePlatform(text)), expected));
}

for (const [text, why] of [
  ['', "'' is an invalid component"],
  ['linux/', "'' is an invalid component"],
  ['linux/arm64/v8/x', 'it has too many parts'],
  ['linux/arm 64', "'arm 64' is an invalid component"],
  ['raspberry', 'unknown operating system or architecture'],
] as const) {
  test(`'${text}' is refused as a platform`, async () => {
    const error = await engineErrorOf(() => parsePlatform(text));
    is(error.code, 'invalid-platform');
    is(error.message, `invalid platform '${text}': ${why}`);
  });
}

function entry(platform: string | undefined, name: string, extra: Partial<Descriptor> = {}): Descriptor {
  const [os = '', architecture = '', variant] = platform?.split('/') ?? [];
  const shown: Platform = {os, architecture, ...(variant === undefined ? {} : {variant})};
  return {
    mediaType: 'm',
    digest: name,
    size: 1,
    ...(platform === undefined ? {} : {platform: shown}),
    ...extra,
  };
}

function choose(wanted: string, ...entries: Descriptor[]): string {
  return choosePlatform(entries, parsePlatform(wanted), 'app:1').digest;
}

test('arm64 is chosen with the variant v8 or none', () => {
  is(choose('linux/arm64', entry('linux/amd64', 'a'), entry('linux/arm64', 'b')), 'b');
  is(choose('linux/arm64', entry('linux/arm/v7', 'a'), entry('linux/arm64/v8', 'b')), 'b');
  is(choose('linux/arm64/v8', entry('linux/arm64', 'b')), 'b');
  is(choose('linux/arm64', entry('windows/arm64', 'a'), entry('linux/arm64', 'b')), 'b');
});

test('the first of equal manifests is chosen, an older variant only when there is no better', () => {
  is(choose('linux/arm64', entry('linux/arm64/v8', 'a'), entry('linux/arm64', 'b')), 'a');
  is(choose('linux/arm/v7', entry('linux/arm/v5', 'a'), entry('linux/arm/v6', 'b')), 'b');
  is(choose('linux/arm/v7', entry('linux/arm/v6', 'a'), entry('linux/arm', 'b')), 'b');
  is(
    choose(
      'linux/amd64/v3',
      entry('linux/amd64', 'a'),
      entry('linux/amd64/v2', 'b'),
      entry('linux/amd64/v4', 'c'),
    ),
    'b',
  );
});

test('a newer variant does not run', () => {
  is(rankPlatform(parsePlatform('linux/arm64/v9'), parsePlatform('linux/arm64')), undefined);
  is(rankPlatform(parsePlatform('linux/arm/v7'), parsePlatform('linux/arm/v6')), undefined);
  is(rankPlatform(parsePlatform('linux/arm/v7'), parsePlatform('linux/arm64')), undefined);
});

test('attestations are not images, and a manifest without a platform is the last resort', () => {
  const attestation = entry('unknown/unknown', 'x');
  is(choose('linux/arm64', attestation, entry(undefined, 'a'), entry('linux/arm64', 'b')), 'b');
  is(choose('linux/arm64', attestation, entry('linux/amd64', 'b'), entry(undefined, 'a')), 'a');
});

test('the error lists what the image does have', async () => {
  const annotations = {'vnd.docker.reference.type': 'attestation-manifest'};
  const error = await engineErrorOf(() =>
    choose(
      'linux/arm64',
      entry('linux/amd64', 'a'),
      entry('linux/arm/v7', 'b'),
      entry('linux/amd64', 'c'),
      entry(undefined, 'd', {annotations}),
      entry('unknown/unknown', 'e'),
    ),
  );
  is(error.code, 'platform-mismatch');
  is(error.message, 'no linux/arm64 image in app:1: it has linux/amd64, linux/arm/v7');
  is(error.hint, '--platform linux/amd64 takes that one');
});

test('an index with nothing in it has no image at all', async () => {
  const error = await engineErrorOf(() => choose('linux/arm64'));
  is(error.message, 'no linux/arm64 image in app:1: it has no image at all');
  equal(error.hint, undefined);
});

test.run();
