import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hostnameFile, hostsFile, resolvConfFile} from '../../bundles/etc-files.ts';

test('hosts without a network is Docker’s, without the container’s name', () => {
  assert.is(
    hostsFile({hostname: 'web'}),
    [
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::\tip6-localnet',
      'ff00::\tip6-mcastprefix',
      'ff02::1\tip6-allnodes',
      'ff02::2\tip6-allrouters',
      '',
    ].join('\n'),
  );
});

test('an address brings the container’s name, and its first label when it has a domain', () => {
  const last = (hostname: string) =>
    hostsFile({hostname, addresses: ['10.88.0.2']})
      .trimEnd()
      .split('\n')
      .at(-1);
  assert.is(last('web'), '10.88.0.2\tweb');
  assert.is(last('web.example.org'), '10.88.0.2\tweb.example.org web');
});

test('hostname ends with a newline', () => {
  assert.is(hostnameFile('web'), 'web\n');
});

const host = '# made by something\nsearch lan\nnameserver 192.168.1.1\noptions edns0\n';

test('resolv.conf is the host’s when nothing else is asked for', () => {
  assert.is(resolvConfFile(host), host);
  assert.is(resolvConfFile(host, {servers: [], search: [], options: []}), host);
});

test('servers that were asked for replace the host’s, and the rest stays', () => {
  assert.is(
    resolvConfFile(host, {servers: ['9.9.9.9', '1.1.1.1']}),
    'nameserver 9.9.9.9\nnameserver 1.1.1.1\nsearch lan\noptions edns0\n',
  );
});

test('a search domain of a dot means none', () => {
  assert.is(resolvConfFile(host, {search: ['.']}), 'nameserver 192.168.1.1\noptions edns0\n');
});

test('search domains and options stand on one line each', () => {
  assert.is(
    resolvConfFile(host, {search: ['a', 'b'], options: ['ndots:2', 'rotate']}),
    'nameserver 192.168.1.1\nsearch a b\noptions ndots:2 rotate\n',
  );
});

test.run();
