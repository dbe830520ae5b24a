// The MCP conformance suite, run against Gatewright.
//
//   node conformance.mjs --suite authorization --issuer URL --client-id ID --resource URI
//   node conformance.mjs --suite server --mcp-url URL --token ACCESS_TOKEN [--scenarios a,b]
//
// `authorization` plays a client with the redirect URI http://127.0.0.1:PORT/callback, so the
// registered client needs http://127.0.0.1/callback (any port). It prints its authorization URL and
// waits; that line becomes {open: URL} on stdout for the harness, as with the other clients.
// `server` reaches the MCP server through a small proxy that adds the access token, because the
// suite cannot send one. Both report {step, ok, detail} per check: a check fails the run when its
// status is FAILURE, or WARNING with --strict. Exit status 0 only when every step held.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { claim, flags, say, within } from './lines.mjs';

// What a server of tools behind OAuth has to get right; the others want prompts, resources or
// tools made for the suite.
const SERVER_SCENARIOS = [
  'server-initialize',
  'server-session-lifecycle',
  'ping',
  'tools-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
  'http-header-validation',
  'caching',
];

const options = flags({
  suite: 'authorization',
  issuer: undefined,
  'client-id': undefined,
  resource: undefined,
  'mcp-url': undefined,
  token: undefined,
  scenarios: SERVER_SCENARIOS.join(','),
  strict: false,
});
const CLI = fileURLToPath(new URL('node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url));
const results = await mkdtemp(join(tmpdir(), 'gatewright-conformance-'));

/** A port nobody uses right now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs the suite; calls `line` with each line it prints; resolves with what it printed. */
async function conformance(args, line = () => {}) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      printed.push(text);
      line(text);
    });
  }
  try {
    await within(60_000, 'the conformance suite', once(child, 'close'));
  } finally {
    child.kill();
  }
  return printed.join('\n');
}

/** Every check the suite recorded, in the order of its result folders. */
async function checks() {
  const found = [];
  for (const folder of (await readdir(results)).sort()) {
    const recorded = JSON.parse(await readFile(join(results, folder, 'checks.json'), 'utf8'));
    found.push(...recorded.map((check) => ({ ...check, scenario: folder.replace(/-\d{4}-\d\d-\d\dT.*$/, '') })));
  }
  return found;
}

/** Reports every check and whether all of them held. */
async function report(printed) {
  const found = await checks();
  claim(found.length > 0, `the suite recorded nothing:\n${printed}`);
  let held = true;
  for (const check of found) {
    const ok = check.status === 'SUCCESS' || check.status === 'INFO' || (check.status !== 'FAILURE' && !options.strict);
    held &&= ok;
    const detail = [check.status, check.errorMessage].filter(Boolean).join(': ');
    say({ step: `${check.scenario}/${check.id}`, ok, status: check.status, detail });
  }
  return held;
}

async function authorization() {
  const port = await freePort();
  const args = ['authorization', '--url', options.issuer, '-p', String(port), '-o', results];
  for (const flag of ['client-id', 'resource']) if (options[flag] !== undefined) args.push(`--${flag}`, options[flag]);
  const printed = await conformance(args, (line) => {
    if (/^https?:\/\/\S+[?&]response_type=code/.test(line)) say({ open: line.trim() });
  });
  return report(printed);
}

/**
 * Passes requests on to the MCP server with the access token; answers stream back unchanged. The proxy's own
 * host (and origin) become the server's, every other one is passed on: the suite sends foreign ones on purpose.
 */
async function proxy() {
  const target = new URL(options['mcp-url']);
  const server = createServer((incoming, outgoing) => {
    const own = `127.0.0.1:${server.address().port}`;
    const headers = { ...incoming.headers, authorization: `Bearer ${options.token}` };
    if (headers.host === own) headers.host = target.host;
    if (headers.origin === `http://${own}`) headers.origin = target.origin;
    const passed = httpRequest(target, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', (error) => outgoing.writeHead(502).end(error.message));
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}${target.pathname}`, close: () => server.close() };
}

async function server() {
  const front = await proxy();
  const run = (scenario) => conformance(['server', '--url', front.url, '--scenario', scenario, '-o', results]);
  const printed = await Promise.all(options.scenarios.split(',').map(run));
  front.close();
  return report(printed.join('\n'));
}

let held = false;
try {
  held = await { authorization, server }[options.suite]();
} catch (error) {
  say({ step: options.suite, ok: false, detail: error.message, stack: error.stack });
} finally {
  await rm(results, { recursive: true, force: true });
}
process.exit(held ? 0 : 1);
