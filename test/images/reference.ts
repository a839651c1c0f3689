import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {
  familiarName,
  familiarReference,
  formatReference,
  nameOf,
  parseImageName,
  parseReference,
} from '../../src/images/reference.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('reference');
const hex = 'a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4';
const digest = `sha256:${hex}` as const;

// Typed, canonical, familiar. Cases of github.com/distribution/reference's own tests among them.
for (const [typed, canonical, familiar] of [
  ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
  ['library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['docker.io/library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['index.docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['index.docker.io/library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
  ['dnephin/keyboard', 'docker.io/dnephin/keyboard:latest', 'dnephin/keyboard:latest'],
  ['index.docker.io/dnephin/keyboard:1', 'docker.io/dnephin/keyboard:1', 'dnephin/keyboard:1'],
  ['localhost', 'docker.io/library/localhost:latest', 'localhost:latest'],
  ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
  ['localhost/name', 'localhost/name:latest', 'localhost/name:latest'],
  ['localhost:5000/library/alpine:1', 'localhost:5000/library/alpine:1', 'localhost:5000/library/alpine:1'],
  ['127.0.0.1:5000/docker/docker:v1', '127.0.0.1:5000/docker/docker:v1', '127.0.0.1:5000/docker/docker:v1'],
  ['[::1]:5000/a/b', '[::1]:5000/a/b:latest', '[::1]:5000/a/b:latest'],
  ['[2001:db8::1]/a', '[2001:db8::1]/a:latest', '[2001:db8::1]/a:latest'],
  ['ghcr.io/owner/name:tag', 'ghcr.io/owner/name:tag', 'ghcr.io/owner/name:tag'],
  ['UPPER/name', 'UPPER/name:latest', 'UPPER/name:latest'],
  ['xn--n3h.com/myimage', 'xn--n3h.com/myimage:latest', 'xn--n3h.com/myimage:latest'],
  ['a__b/c-----d', 'docker.io/a__b/c-----d:latest', 'a__b/c-----d:latest'],
  ['docker.io/a/b/c/d:e', 'docker.io/a/b/c/d:e', 'a/b/c/d:e'],
  ['library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
  ['foo/bar:A_.-9', 'docker.io/foo/bar:A_.-9', 'foo/bar:A_.-9'],
  [`busybox@${digest}`, `docker.io/library/busybox@${digest}`, `busybox@${digest}`],
  [`busybox:1.36@${digest}`, `docker.io/library/busybox:1.36@${digest}`, `busybox:1.36@${digest}`],
  [`x:${'t'.repeat(128)}`, `docker.io/library/x:${'t'.repeat(128)}`, `x:${'t'.repeat(128)}`],
  [hex.slice(1), `docker.io/library/${hex.slice(1)}:latest`, `${hex.slice(1)}:latest`],
] as const) {
  test(`${typed.slice(0, 60)} is ${canonical.slice(0, 60)}`, () => {
    const reference = parseReference(typed);
    is(formatReference(reference), canonical);
    is(familiarReference(reference), familiar);
    equal(parseReference(canonical), reference, 'the canonical form reads back');
    equal(parseReference(familiar), reference, 'the familiar form reads back');
  });
}

test('a reference has its parts, and names without tag and digest', () => {
  const reference = parseReference(`ghcr.io:444/a/b:c@${digest}`);
  equal(reference, {registry: 'ghcr.io:444', repository: 'a/b', tag: 'c', digest});
  is(nameOf(reference), 'ghcr.io:444/a/b');
  is(familiarName(reference), 'ghcr.io:444/a/b');
  is(familiarName(parseReference('alpine')), 'alpine');
});

const format = (text: string) => `invalid reference format: '${text}'`;
const lower = (name: string) => `invalid reference format: repository name (${name}) must be lowercase`;
for (const [typed, message] of [
  ['', 'invalid reference format: it is empty'],
  ['Alpine', lower('library/Alpine')],
  ['docker.io/Foo/bar:Tag', lower('Foo/bar')],
  ['ghcr.io/Owner/name', lower('Owner/name')],
  [' alpine', format(' alpine')],
  ['alpine\n', format('alpine\n')],
  ['alpine:', format('alpine:')],
  ['alpine:-x', format('alpine:-x')],
  ['alpine:a b', format('alpine:a b')],
  [`x:${'t'.repeat(129)}`, format(`x:${'t'.repeat(129)}`)],
  ['-foo', format('-foo')],
  ['foo-', format('foo-')],
  ['foo//bar', format('foo//bar')],
  ['/foo', format('/foo')],
  ['foo/', format('foo/')],
  ['a/../b', format('a/../b')],
  ['../etc/passwd', format('../etc/passwd')],
  ['foo_bar.com/repo', format('foo_bar.com/repo')],
  ['a___b/c', format('a___b/c')],
  ['foo..bar/x', format('foo..bar/x')],
  ['http://docker.io/alpine', format('http://docker.io/alpine')],
  ['alpine@sha256:abc', format('alpine@sha256:abc')],
  ['alpine@', format('alpine@')],
  ['ümlaut', format('ümlaut')],
  ['alpine:3\u001b[31m', format('alpine:3\ufffd[31m')],
  [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
  [
    `ghcr.io/${'a'.repeat(256)}`,
    `invalid reference format: repository name must not be more than 255 characters: 'ghcr.io/${'a'.repeat(256)}'`,
  ],
  ['a'.repeat(100_000), 'invalid reference format: 100000 characters are too many'],
  [`${'a.'.repeat(500)}!`, format(`${'a.'.repeat(500)}!`)],
] as const) {
  test(`${JSON.stringify(typed.slice(0, 40))} is refused`, async () => {
    const error = await engineErrorOf(() => parseReference(typed));
    is(error.code, 'invalid-reference');
    is(error.message, message);
  });
}

test('a digest that is too short for its algorithm or of another one is an invalid digest', async () => {
  for (const bad of [`sha256:${'a'.repeat(40)}`, `md5:${'a'.repeat(32)}`, `sha256:${'A'.repeat(64)}`]) {
    is((await engineErrorOf(() => parseReference(`alpine@${bad}`))).code, 'invalid-digest');
  }
});

test('what a person types for a stored image is an ID, a prefix or a reference', () => {
  equal(parseImageName(digest), {kind: 'id', id: digest});
  equal(parseImageName(hex), {kind: 'id', id: digest});
  is(parseImageName('abc123').kind, 'prefix');
  is(parseImageName('sha256:abc123').kind, 'prefix');
  is(parseImageName('alpine').kind, 'reference');
  is(parseImageName('abc:1').kind, 'reference');
});

test.run();
