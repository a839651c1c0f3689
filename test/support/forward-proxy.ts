// An HTTP proxy of this process: tunnels and plain requests, all to one server whatever name they are for.
import http, {type IncomingMessage} from 'node:http';
import net, {type AddressInfo} from 'node:net';
import type {Duplex} from 'node:stream';

export interface ForwardProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, with the user where one is asked for. */
  url: string;
  address: string;
  /** 'CONNECT registry.example:443', 'GET http://registry.example/v2/'. */
  asked: string[];
}

/** `target` is `host:port`; `user` is `name:password`, which the proxy then asks for. */
export async function startForwardProxy(target: string, user?: string): Promise<ForwardProxy> {
  const asked: string[] = [];
  const [host = '', port] = target.split(':');
  const wanted = user === undefined ? undefined : `Basic ${Buffer.from(user).toString('base64')}`;
  const mayPass = ({headers}: IncomingMessage) =>
    wanted === undefined || headers['proxy-authorization'] === wanted;
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!mayPass(request)) {
      response.writeHead(407).end();
      return;
    }
    const {pathname, search} = new URL(request.url ?? '', 'http://x');
    const onward = http.request(
      {host, port, method: request.method, path: pathname + search, headers: request.headers},
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(`CONNECT ${request.url}`);
    socket.on('error', () => undefined);
    if (!mayPass(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    url: `http://${user === undefined ? '' : `${user}@`}${address}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
