// Asks the browser for a passkey and sends its answer with the form. The form stays hidden without JavaScript, and in
// browsers without passkeys.
(() => {
  if (!window.PublicKeyCredential) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const listed = (credentials) => credentials.map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = {
    get: async (options, more) => {
      const challenge = bytes(options.challenge);
      const publicKey = { ...options, challenge, allowCredentials: listed(options.allowCredentials) };
      const { rawId, response } = await navigator.credentials.get({ publicKey, ...more });
      return {
        id: text(rawId),
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : undefined,
      };
    },
    create: async (options) => {
      const challenge = bytes(options.challenge);
      const user = { ...options.user, id: bytes(options.user.id) };
      const publicKey = { ...options, challenge, user, excludeCredentials: listed(options.excludeCredentials) };
      const { response } = await navigator.credentials.create({ publicKey });
      return {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
      };
    },
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const options = JSON.parse(form.dataset.options);
    const problem = form.querySelector('[data-problem]');
    const offering = new AbortController();
    const send = (answer) => {
      form.elements.passkey.value = JSON.stringify(answer);
      form.submit();
    };

    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      problem.hidden = true;
      offering.abort();
      try {
        send(await ask[form.dataset.passkey](options, {}));
      } catch {
        problem.hidden = false;
      }
    });
    form.hidden = false;
    for (const without of document.querySelectorAll('[data-without-passkeys]')) without.hidden = true;

    // The passkeys of this device among what the browser fills in by itself.
    const offer = async () => {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      send(await ask.get(options, { mediation: 'conditional', signal: offering.signal }));
    };
    if ('autofill' in form.dataset) offer().catch(() => {});
  }
})();
