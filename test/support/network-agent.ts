// A process inside one network namespace that listens and connects there as its parent says, over the IPC channel. It
// ends with its parent. Servers answer each client with what they saw of it.
import {createSocket} from 'node:dgram';
import {connect, createServer} from 'node:net';

export type Protocol = 'tcp' | 'udp';

export interface ListenRequest {
  protocol: Protocol;
  /** Default: every address of both families. */
  address?: string;
  /** 0: any. */
  port: number;
}

export interface TalkRequest {
  protocol: Protocol;
  address: string;
  port: number;
  /** Source address. Default: what the route says. */
  from?: string;
  /** Default 1500. */
  timeoutMs?: number;
}

/** What a server saw of a client, in the server's words. IPv4 addresses are written as such, also on a socket of both. */
export interface Seen {
  /** The namespace that the server is in. */
  server: string;
  from: string;
  fromPort: number;
  /** The server's own address on this connection; empty for UDP. */
  to: string;
}

/** The answer, or why there was none: an errno name such as ECONNREFUSED, or 'timeout'. */
export type Talk = {seen: Seen; error?: undefined} | {seen?: undefined; error: string};

export type AgentRequest = {id: number} & (
  | {kind: 'listen'; request: ListenRequest}
  | {kind: 'close'; listener: number}
  | {kind: 'talk'; request: TalkRequest}
);
export type AgentAnswer = {id: number; value?: unknown; error?: string};

const closers = new Map<number, () => Promise<void>>();

function listen(label: string, id: number, request: ListenRequest): Promise<number> {
  return request.protocol === 'tcp' ? listenTcp(label, id, request) : listenUdp(label, id, request);
}

function listenTcp(server: string, id: number, {address, port}: ListenRequest): Promise<number> {
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    const seen: Seen = {
      server,
      from: plain(socket.remoteAddress),
      fromPort: socket.remotePort ?? 0,
      to: plain(socket.localAddress),
    };
    socket.end(JSON.stringify(seen));
  });
  closers.set(id, () => new Promise((done) => listener.close(() => done())));
  return new Promise((done, fail) => {
    listener.once('error', fail);
    listener.listen({port, ...(address === undefined ? {} : {host: address})}, () => {
      const bound = listener.address();
      done(bound !== null && typeof bound === 'object' ? bound.port : 0);
    });
  });
}

function listenUdp(server: string, id: number, {address, port}: ListenRequest): Promise<number> {
  const socket = createSocket({type: address === undefined || address.includes(':') ? 'udp6' : 'udp4'});
  socket.on('message', (_, {address: from, port: fromPort}) => {
    socket.send(JSON.stringify({server, from: plain(from), fromPort, to: ''} satisfies Seen), fromPort, from);
  });
  closers.set(id, () => new Promise((done) => socket.close(() => done())));
  return new Promise((done, fail) => {
    socket.once('error', fail);
    socket.bind({port, ...(address === undefined ? {} : {address})}, () => done(socket.address().port));
  });
}

const plain = (address: string | undefined) => (address ?? '').replace(/^::ffff:/, '');

function talk(request: TalkRequest): Promise<Talk> {
  return request.protocol === 'tcp' ? talkTcp(request) : talkUdp(request);
}

function talkTcp({address, port, from, timeoutMs = 1500}: TalkRequest): Promise<Talk> {
  return new Promise((done) => {
    let text = '';
    const socket = connect({host: address, port, ...(from === undefined ? {} : {localAddress: from})});
    const end = (result: Talk) => {
      clearTimeout(timer);
      socket.destroy();
      done(result);
    };
    const timer = setTimeout(() => end({error: 'timeout'}), timeoutMs);
    socket.on('data', (bytes) => (text += bytes));
    socket.once('error', (error: NodeJS.ErrnoException) => end({error: error.code ?? error.message}));
    socket.once('end', () => end(text === '' ? {error: 'no answer'} : {seen: JSON.parse(text)}));
  });
}

// Connected, so that the kernel says when nobody listens.
function talkUdp({address, port, from, timeoutMs = 1500}: TalkRequest): Promise<Talk> {
  return new Promise((done) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const end = (result: Talk) => {
      clearTimeout(timer);
      socket.close();
      done(result);
    };
    const timer = setTimeout(() => end({error: 'timeout'}), timeoutMs);
    socket.once('error', (error: NodeJS.ErrnoException) => end({error: error.code ?? error.message}));
    socket.once('message', (bytes) => end({seen: JSON.parse(String(bytes))}));
    socket.once('connect', () => socket.send('hello'));
    socket.bind({port: 0, ...(from === undefined ? {} : {address: from})}, () =>
      socket.connect(port, address),
    );
  });
}

async function answer(label: string, request: AgentRequest): Promise<unknown> {
  if (request.kind === 'listen') return await listen(label, request.id, request.request);
  if (request.kind === 'talk') return await talk(request.request);
  await closers.get(request.listener)?.();
  closers.delete(request.listener);
  return undefined;
}

if (import.meta.main) {
  const label = process.argv[2] ?? '';
  process.on('disconnect', () => process.exit());
  process.on('message', (request: AgentRequest) => {
    answer(label, request).then(
      (value) => process.send?.({id: request.id, value} satisfies AgentAnswer),
      (error: NodeJS.ErrnoException) =>
        process.send?.({id: request.id, error: error.code ?? error.message} satisfies AgentAnswer),
    );
  });
}
