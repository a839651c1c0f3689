import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {chainIdsOf, digestOf, hexOf, parseDigest, shortId, startDigest} from '../../src/images/digest.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('digest');
const hello = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

test('the digest of bytes is algorithm and hexadecimal', () => {
  is(digestOf('hello'), hello);
  is(digestOf(Buffer.from('hello'), 'sha512').length, 'sha512:'.length + 128);
  is(hexOf(parseDigest(hello)), hello.slice(7));
  is(shortId(parseDigest(hello)), '2cf24dba5fb0');
});

test('a running digest equals the digest of the whole, with the algorithm of what is expected', () => {
  for (const expected of [digestOf('hello'), digestOf('hello', 'sha512')]) {
    const digest = startDigest(expected);
    digest.update(Buffer.from('hel'));
    digest.update(Buffer.from('lo'));
    is(digest.end(), expected);
  }
});

for (const [text, why] of [
  ['hello', 'it has no algorithm, such as sha256:'],
  ['', 'it has no algorithm, such as sha256:'],
  ['md5:d41d8cd98f00b204e9800998ecf8427e', 'only sha256 and sha512 are supported'],
  ['SHA256:2cf24dba', 'only sha256 and sha512 are supported'],
  ['sha256:2cf24dba', 'sha256 needs 64 lower-case hexadecimal digits'],
  [`sha256:${'A'.repeat(64)}`, 'sha256 needs 64 lower-case hexadecimal digits'],
  [`sha512:${'a'.repeat(64)}`, 'sha512 needs 128 lower-case hexadecimal digits'],
  [`sha256:../../../../etc/passwd${'a'.repeat(42)}`, 'sha256 needs 64 lower-case hexadecimal digits'],
] as const) {
  test(`'${text.slice(0, 30)}' is refused as a digest`, async () => {
    const error = await engineErrorOf(() => parseDigest(text));
    is(error.code, 'invalid-digest');
    is(error.message, `'${text}' is not a digest: ${why}`);
  });
}

test('chain IDs start with the first diffID and hash each layer onto its parent', () => {
  const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')];
  const second = digestOf(`${a} ${b}`);
  equal(chainIdsOf([a, b, c]), [a, second, digestOf(`${second} ${c}`)]);
  equal(chainIdsOf([]), []);
});

test.run();
