import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseAnnotation} from '../../../bundles/options/annotation.ts';
import {parseExtraHost} from '../../../bundles/options/extra-host.ts';
import {parseDnsOption, parseDnsSearch, parseDnsServer} from '../../../bundles/options/resolver.ts';
import {parseSysctl} from '../../../bundles/options/sysctl.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

for (const [text, name, address] of [
  ['db:10.0.0.1', 'db', '10.0.0.1'],
  ['db=10.0.0.1', 'db', '10.0.0.1'],
  ['db:::1', 'db', '::1'],
  ['db=[2001:DB8::1]', 'db', '2001:db8::1'],
  ['db:host-gateway', 'db', 'host-gateway'],
] as const) {
  test(`--add-host ${text}`, () => assert.equal(parseExtraHost(text), {name, address}));
}

test('kernel parameters of namespaces, whose values may have an equals sign', () => {
  assert.equal(parseSysctl('net.ipv4.ip_forward=1'), ['net.ipv4.ip_forward', '1']);
  assert.equal(parseSysctl('kernel.sem=1 2=3'), ['kernel.sem', '1 2=3']);
  assert.equal(parseSysctl('fs.mqueue.msg_max='), ['fs.mqueue.msg_max', '']);
});

test('annotations', () => {
  assert.equal(parseAnnotation('a=b=c'), ['a', 'b=c']);
  assert.equal(parseAnnotation('a'), ['a', '']);
});

test('resolvers', () => {
  assert.is(parseDnsServer(' 192.0.2.1 '), '192.0.2.1');
  assert.is(parseDnsSearch('example.org.'), 'example.org.');
  assert.is(parseDnsSearch('.'), '.');
  assert.is(parseDnsOption('ndots:2'), 'ndots:2');
});

for (const [parse, text, message] of [
  [parseExtraHost, 'db', 'bad format for add-host: "db"'],
  [parseExtraHost, ':10.0.0.1', 'bad format for add-host: ":10.0.0.1"'],
  [parseExtraHost, 'a b:10.0.0.1', 'bad format for add-host: "a b:10.0.0.1"'],
  [parseExtraHost, 'db:nowhere', 'invalid IP address in add-host: "nowhere"'],
  [parseSysctl, 'kernel.hostname=x', "sysctl 'kernel.hostname=x' is not allowed"],
  [parseSysctl, 'net.ipv4.ip_forward', "sysctl 'net.ipv4.ip_forward' is not allowed"],
  [parseAnnotation, '=x', "invalid annotation '=x': empty name"],
  [
    parseAnnotation,
    'dev.crundle.default-home=1',
    "invalid annotation 'dev.crundle.default-home=1': names that begin with dev.crundle. are crundle's own",
  ],
  [parseDnsServer, 'x', 'IP address is not correctly formatted: x'],
  [parseDnsSearch, 'a b', 'a b is not a valid domain'],
  [parseDnsSearch, '-a', '-a is not a valid domain'],
  [parseDnsOption, 'a b', '"a b" is no option of resolv.conf'],
] as const) {
  test(`${parse.name} refuses ${text}`, async () => {
    const error = await engineErrorOf(() => parse(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
