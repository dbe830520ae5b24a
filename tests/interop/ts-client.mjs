// The official TypeScript SDK, used as an application author uses it: connect, be refused,
// discover, register, send the person to the browser, exchange, list tools, call them; then
// refresh, step up, and live through a rotation of the server's signing keys.
//
//   node ts-client.mjs --sdk 1|2 --mcp-url URL --issuer URL [--client-metadata-url URL] [--decision deny] [--wire FILE]
//
// stdout: {open: URL} asks the harness to bring the person's browser there; {need: "rotate"} asks
// it to rotate signing keys and to answer with the line {"done":"rotate"}; {step, ok, detail}
// reports. `--decision deny` expects the person to refuse and ends there. `--wire` appends each
// HTTP exchange of the client as a JSON line. Exit status 0 only when every step held.

import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { callbackServer } from './callback.mjs';
import { claim, flags, listen, say, within } from './lines.mjs';

const options = flags({
  sdk: '2',
  'mcp-url': undefined,
  issuer: undefined,
  'client-metadata-url': undefined,
  decision: 'approve',
  wire: undefined,
});
const MCP_URL = new URL(options['mcp-url']);
const PATIENCE = 30_000;

const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await sdk(options.sdk);

/** What both generations of the SDK call the same things. */
async function sdk(generation) {
  if (generation === '2') return import('@modelcontextprotocol/client');
  const [client, transport, auth] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/client/auth.js'),
  ]);
  return { ...client, ...transport, ...auth };
}

const callback = await callbackServer();
const answers = [];
const rotated = new Promise((resolve) => {
  listen((line) => (line.done === 'rotate' ? resolve() : answers.push(line)));
});

/** The application's credential store and browser opener, in memory. */
const provider = {
  opened: 0,
  stepping: false,
  redirectUrl: callback.url,
  clientMetadataUrl: options['client-metadata-url'],
  clientMetadata: {
    client_name: `Interop TypeScript ${options.sdk}.x`,
    redirect_uris: [callback.url],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  },
  state() {
    this.expectedState = randomUUID();
    return this.expectedState;
  },
  clientInformation() {
    return this.client;
  },
  saveClientInformation(information) {
    this.client = information;
  },
  tokens() {
    // SDK 1.x answers 403 insufficient_scope by refreshing whenever it has a refresh token, which
    // can never widen a grant (typescript-sdk issue 2255). Applications hide it for the step-up.
    if (this.stepping && this.held !== undefined) return { ...this.held, refresh_token: undefined };
    return this.held;
  },
  saveTokens(tokens) {
    this.held = tokens;
    this.stepping = false;
  },
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  },
  codeVerifier() {
    return this.verifier;
  },
  saveDiscoveryState(state) {
    this.discovery = state;
  },
  discoveryState() {
    return this.discovery;
  },
  invalidateCredentials(what) {
    if (what === 'all' || what === 'client') this.client = undefined;
    if (what === 'all' || what === 'tokens') this.held = undefined;
    if (what === 'all' || what === 'discovery') this.discovery = undefined;
  },
  redirectToAuthorization(url) {
    this.opened += 1;
    say({ open: url.href });
  },
};

/** `fetch` that notes the exchange and, for SDK 1.x, that a step-up has begun. */
async function wire(input, init) {
  const request = new Request(input, init);
  const sent = { method: request.method, url: request.url, headers: Object.fromEntries(request.headers) };
  if (typeof init?.body === 'string' || init?.body instanceof URLSearchParams) sent.body = String(init.body);
  const response = await fetch(input, init);
  if (options.wire !== undefined) {
    const headers = Object.fromEntries(response.headers);
    const json = headers['content-type']?.startsWith('application/json');
    const received = { status: response.status, headers, body: json ? await response.clone().text() : undefined };
    appendFileSync(options.wire, `${JSON.stringify({ sent, received })}\n`);
  }
  if (response.status === 403) provider.stepping = true;
  return response;
}

/** Runs `act`; when it ends in "go to the browser", finishes there and runs it again. */
async function signedIn(transport, act) {
  try {
    return await act(transport());
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
  }
  const answer = await within(PATIENCE, 'the authorization response', callback.next());
  claim(answer.get('state') === provider.expectedState, 'state came back changed');
  claim(answer.get('iss') === options.issuer, `iss is ${answer.get('iss')}, not ${options.issuer}`);
  if (answer.has('error')) throw Object.assign(new Error(`refused: ${answer.get('error')}`), { answer });
  const pending = transport();
  await (options.sdk === '2' ? pending.finishAuth(answer) : pending.finishAuth(answer.get('code')));
  return act(transport(true));
}

/** Spoils the access token as its expiry would: the server answers 401 and the SDK must refresh. */
function expire() {
  const [header, payload] = provider.held.access_token.split('.');
  provider.held = { ...provider.held, access_token: `${header}.${payload}.${'A'.repeat(86)}` };
}

function keyOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
}

const text = (result) => {
  claim(!result.isError, `the tool failed: ${JSON.stringify(result.content)}`);
  return result.content.map((part) => part.text).join('\n');
};

let client;
let current;
const connect = (fresh) => {
  if (fresh || current === undefined) {
    current = new StreamableHTTPClientTransport(MCP_URL, { authProvider: provider, fetch: wire });
    client = new Client({ name: 'interop', version: '1.0.0' });
  }
  return current;
};

const steps = {
  async connect() {
    await signedIn(connect, (transport) => client.connect(transport));
    claim(provider.opened === 1, `the browser was opened ${provider.opened} times`);
    claim(provider.held.refresh_token !== undefined, 'no refresh token');
    return { client_id: provider.client.client_id, scope: provider.held.scope, expires_in: provider.held.expires_in };
  },
  async list() {
    const names = (await client.listTools()).tools.map((tool) => tool.name).sort();
    for (const name of ['add_note', 'list_notes', 'whoami']) claim(names.includes(name), `no tool ${name}`);
    return names;
  },
  async call() {
    return text(await client.callTool({ name: 'whoami', arguments: {} }));
  },
  async refresh() {
    const before = provider.held;
    expire();
    const answer = text(await client.callTool({ name: 'whoami', arguments: {} }));
    claim(provider.opened === 1, 'refreshing went to the browser');
    claim(provider.held.access_token !== before.access_token, 'the access token is the same');
    claim(provider.held.refresh_token !== before.refresh_token, 'the refresh token was not rotated');
    return answer;
  },
  async step_up() {
    const call = () => client.callTool({ name: 'add_note', arguments: { text: 'written by interop' } });
    const answer = text(await signedIn(() => current, call));
    claim(provider.opened === 2, `the browser was opened ${provider.opened} times`);
    text(await client.callTool({ name: 'whoami', arguments: {} }));
    text(await client.callTool({ name: 'list_notes', arguments: {} }));
    return { answer, scope: provider.held.scope };
  },
  async rotation() {
    const before = keyOf(provider.held.access_token);
    say({ need: 'rotate' });
    await within(PATIENCE, 'the key rotation', rotated);
    text(await client.callTool({ name: 'whoami', arguments: {} }));
    expire();
    text(await client.callTool({ name: 'add_note', arguments: { text: 'after the rotation' } }));
    const after = keyOf(provider.held.access_token);
    claim(after !== before, 'the new token is signed by the old key');
    claim(provider.opened === 2, 'the rotation sent the person to the browser');
    return { before, after };
  },
};

async function denied() {
  try {
    await signedIn(connect, (transport) => client.connect(transport));
  } catch (error) {
    claim(error.answer?.get('error') === 'access_denied', error.message);
    claim(!error.answer.has('code'), 'a refusal carries a code');
    return Object.fromEntries(error.answer);
  }
  throw new Error('connected although the person refused');
}

const script = options.decision === 'deny' ? { denied } : steps;
for (const [step, act] of Object.entries(script)) {
  const begun = performance.now();
  try {
    const detail = await within(2 * PATIENCE, step, act());
    say({ step, ok: true, ms: Math.round(performance.now() - begun), detail });
  } catch (error) {
    const cause = error.cause === undefined ? '' : `; cause: ${error.cause.message}`;
    say({ step, ok: false, ms: Math.round(performance.now() - begun), detail: `${error.message}${cause}`, stack: error.stack });
    process.exit(1);
  }
}
await client.close();
process.exit(0);
