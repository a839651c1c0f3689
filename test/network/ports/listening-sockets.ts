import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  holderOf,
  parseSctpEndpoints,
  parseSockets,
  readListeningSockets,
} from '../../../src/network/ports/listening-sockets.ts';

// As `ps` and `ss` call this process.
const ownName = readFileSync('/proc/self/comm', 'utf8').trim();
const test = suite('listening sockets');

test('finds a socket that listens, and the process that holds it', async () => {
  const server = createServer();
  await once(server.listen(8089, '127.0.0.1'), 'listening');
  try {
    const [found, ...more] = readListeningSockets().filter(({port}) => port === 8089);
    assert.equal(more, []);
    assert.is(found?.address, '127.0.0.1');
    assert.is(found?.protocol, 'tcp');
    assert.equal(holderOf(found?.inode ?? ''), {pid: process.pid, name: ownName});
    assert.equal(readListeningSockets(process.pid), readListeningSockets());
  } finally {
    server.close();
  }
  assert.is(holderOf('0'), undefined);
});

const tcpHead =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const rest = '00000000:00000000 00:00000000 00000000     0        0';

test('leaves out connections', () => {
  const text = `${tcpHead}   0: 0100007F:1F90 00000000:0000 0A ${rest} 111 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 ${rest} 112 1 0 100 0 0 10 0\n`;
  assert.equal(parseSockets(text, 'tcp', '0A'), [
    {protocol: 'tcp', address: '127.0.0.1', port: 8080, inode: '111'},
  ]);
});

test('reads IPv6 addresses, and IPv4 ones mapped into them', () => {
  const line = (address: string) =>
    `   0: ${address}:0050 ${'0'.repeat(32)}:0000 0A ${rest} 7 1 0 100 0 0 10 0\n`;
  const hosts = [
    '0'.repeat(32),
    '00000000000000000000000001000000',
    '0000000000000000FFFF00000100007F',
    'B80D0120000000000000000001000000',
  ];
  assert.equal(
    parseSockets(tcpHead + hosts.map(line).join(''), 'tcp', '0A').map(({address}) => address),
    ['::', '::1', '127.0.0.1', '2001:db8::1'],
  );
});

test('reads SCTP endpoints with all their addresses', () => {
  const text = ` ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
 000000001 000000002 2   10  5    3868      0 4711 10.0.0.1 fd00:0000:0000:0000:0000:0000:0000:0001 
 000000001 000000002 2   7   5    3869      0 4712 10.0.0.1 \n`;
  assert.equal(parseSctpEndpoints(text), [
    {protocol: 'sctp', address: '10.0.0.1', port: 3868, inode: '4711'},
    {protocol: 'sctp', address: 'fd00::1', port: 3868, inode: '4711'},
  ]);
  assert.equal(parseSctpEndpoints(''), []);
});

test.run();
