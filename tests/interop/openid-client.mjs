// openid-client, driven as a device (RFC 8628): discovery, device authorization, polling while a person answers
// elsewhere, tokens, refresh.
//
//   node openid-client.mjs --issuer URL --client-id ID --resource URI --scope SCOPES
//
// stdout: {open: URL} when a person has to follow the link; {step, ok, detail} after each step. Exit status 0 only when
// every step held.

import * as client from 'openid-client';
import { claim, flags, say, within } from './lines.mjs';

const options = flags({ issuer: undefined, 'client-id': undefined, resource: undefined, scope: 'mcp:read' });

async function step(name, work) {
  const detail = await within(60_000, name, work());
  say({ step: name, ok: true, detail });
  return detail;
}

try {
  const config = await client.discovery(new URL(options.issuer), options['client-id'], undefined, client.None(), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
  const asked = await step('ask', () =>
    client.initiateDeviceAuthorization(config, { scope: options.scope, resource: options.resource }),
  );
  claim(asked.interval === 5 && asked.expires_in === 600, JSON.stringify(asked));
  say({ open: asked.verification_uri_complete, code: asked.user_code });
  const tokens = await step('poll', () => client.pollDeviceAuthorizationGrant(config, { ...asked, interval: 1 }));
  claim(tokens.token_type === 'bearer' && tokens.refresh_token, JSON.stringify(tokens));
  await step('refresh', async () => {
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
    claim(fresh.access_token !== tokens.access_token && fresh.refresh_token !== tokens.refresh_token, 'new tokens');
    return { scope: fresh.scope, access_token: fresh.access_token };
  });
} catch (error) {
  say({ step: 'end', ok: false, detail: String(error), stack: error.stack });
  process.exitCode = 1;
}
