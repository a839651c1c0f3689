// Names and ids of containers: Docker's grammar, and names that are made up when nobody gave one.
import {randomBytes, randomInt} from 'node:crypto';
import {EngineError} from '../errors.ts';

/** A new id: 64 hexadecimal digits from the kernel's random source. */
export function newContainerId(): string {
  // An id whose first 12 digits are all decimal could be mistaken for a number by a program that reads it.
  for (;;) {
    const id = randomBytes(32).toString('hex');
    if (!/^\d{12}/.test(id)) return id;
  }
}

/** Checks a name that a person chose; a leading slash is dropped, as Docker does. Throws EngineError 'invalid-option'. */
export function parseContainerName(text: string): string {
  const name = text.startsWith('/') ? text.slice(1) : text;
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return name;
  throw new EngineError(
    'invalid-option',
    `invalid container name (${text}): only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, two characters at least`,
    {exit: 125},
  );
}

/** A name such as `calm_heron`; from the third attempt on with a number, because the short ones may be used up. */
export function inventContainerName(attempt: number): string {
  const name = `${pick(adjectives)}_${pick(animals)}`;
  return attempt < 2 ? name : `${name}${randomInt(10 ** Math.min(attempt, 6))}`;
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'crundle';
}

const adjectives =
  'able agile amber ample apt bold brave brief bright brisk calm clear clever cosy crisp daring deft eager early fair fast fine firm fond free fresh gentle glad golden grand green happy hardy honest humble jolly keen kind lively lucky mellow merry mild modest neat nimble noble patient plain polite proud quick quiet rapid ready robust rosy sharp silent smart snug solid steady still sunny swift tidy trusty upbeat vivid warm wise witty young zesty'.split(
    ' ',
  );

const animals =
  'adder badger beaver bison bittern boar bream buzzard carp chough cod coot crane crow cuckoo curlew dace deer dormouse dove dunlin eagle eel egret falcon ferret finch fox frog gannet goat goose goshawk grebe grouse gull hare hawk hedgehog heron hobby ibex ibis jackdaw jay kestrel kite lapwing lark linnet lynx magpie marten merlin mole moose moth mouse newt nightjar osprey otter owl oyster perch petrel pike pipit plaice plover puffin quail raven redstart robin roe rook ruff salmon seal shrew shrike skua snipe sparrow stoat stork swan swift tern thrush toad trout turbot vole wagtail warbler weasel whale whelk wren'.split(
    ' ',
  );
