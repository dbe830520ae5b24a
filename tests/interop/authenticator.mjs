// Virtual authenticators (WebDriver's, by the browser's own protocol): somebody who is there, is known to it, and says
// yes. Their passkeys outlive the tab they were made in, under a name.

const passkeys = new Map();

/** Gives a tab the authenticator of a request. Answers how to put it away. */
export async function authenticator(page, { authenticator: name, autofill = true }) {
  // Somebody who does not look at what the browser would fill in.
  if (!autofill) await page.addInitScript(() => delete PublicKeyCredential.isConditionalMediationAvailable);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  for (const credential of passkeys.get(name) ?? []) {
    await devtools.send('WebAuthn.addCredential', { authenticatorId, credential });
  }
  return async () => {
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    passkeys.set(name, credentials);
  };
}
