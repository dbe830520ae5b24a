// The client's loopback redirect URI: a server that receives authorization responses.

import { createServer } from 'node:http';
import { once } from 'node:events';

/** Listens on a free port; `next()` resolves with the query of the next request to /callback. */
export async function callbackServer(host = '127.0.0.1') {
  const waiting = [];
  const arrived = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://client.invalid');
    if (url.pathname !== '/callback') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/html', connection: 'close' });
    response.end('<!doctype html><title>Signed in</title><p>You can close this window.</p>', () => {
      const taker = waiting.shift();
      if (taker === undefined) arrived.push(url.searchParams);
      else taker(url.searchParams);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  server.unref();
  return {
    url: `http://${host}:${server.address().port}/callback`,
    next: () => (arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((take) => waiting.push(take))),
  };
}
