// node-oidc-provider as the provider that people come from: everybody who arrives signs in as Ada, at once.
//
//   node provider.mjs --port PORT --redirect-uri URL --secret SECRET
//
// stdout: {issuer: URL} when it listens. It ends when stdin does. Whoever has its cookies is signed in and is not asked
// again, unless the request wants a fresh sign-in: then Ada signs in once more.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { flags, listen, say } from './lines.mjs';

const options = flags({ port: '0', 'redirect-uri': undefined, secret: undefined });
const server = createServer().listen(Number(options.port), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'gatewright',
      client_secret: options.secret,
      redirect_uris: [options['redirect-uri']],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'RS256',
    },
  ],
  cookies: { keys: ['only for this test'] },
  features: { devInteractions: { enabled: false } },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
  // An address in the ID token, as most providers have it.
  conformIdTokenClaims: false,
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: 'ada@example.test',
      email_verified: true,
      name: 'Ada Lovelace',
      preferred_username: 'ada',
    }),
  }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
});

server.on('request', async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
  const { prompt, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'person-1' } });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: 'person-1', clientId: params.client_id });
  grant.addOIDCScope('openid email profile');
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
});

say({ issuer });
await listen(() => {});
server.closeAllConnections();
server.close();
