// The person in front of the browser: headless Chromium that opens an authorization URL, signs
// in, reads the consent page, decides, and follows the answer to the client.
//
// Long-running: one JSON request per line on stdin, one JSON answer per line on stdout, in any
// order (answers carry the request's `id`). Requests run concurrently; each named `session` is a
// browser profile of its own, so a second request in the same session is already signed in.
//
//   {"id":1,"open":URL,"username":"ada","password":"…","decision":"approve"}
//       follow URL until it reaches the client's redirect_uri, or a page without a way on
//   {"id":2,"do":[["goto",URL],["fill",SELECTOR,TEXT],["click",SELECTOR],["press",KEY]]}
//       plain steps for tests of single pages; answers with the page it ends on. `press` waits for
//       nothing, `enter` presses a key and waits for the page it leads to; `focus` moves the focus;
//       `tell` fetches a URL beside the page, so that the harness can act between two steps; `hear`
//       waits for a complaint of the browser (an entry of `problems`) that contains a text.
//   {"id":3,"forget":"SESSION"}   drop a session with its cookies
//   {"id":4,"cookies":"SESSION"}  the cookies of a session
//   {"samples":[…]}            many pages at a glance, see samples.mjs
//   {"quit":true}                 (or end of input) close the browser
//
// Options of `open` and `do`: session ("default"), decision ("approve" | "deny" | "stop": stop
// looks at the consent page and leaves), redirect_uri (default: the one in URL), javascript
// (true), viewport ({width,height}), color_scheme ("light" | "dark"), locale, ignore_tls (false),
// authenticator (a name: the tab has a virtual authenticator with the passkeys that were made under this name; it
// answers by itself where a page offers passkeys for autofill, unless autofill is false),
// screenshots (a path prefix; writes PREFIX-login.png, PREFIX-consent.png, …), timeout (ms, 15000),
// gallery (`do` only; a path prefix: the last page is looked at in every size and colour scheme, see
// `exhibit`).
//
// An answer: {id, ok:true, end, url, pages, hops, problems}
//   end       "callback" | the kind of the last page | "stopped"
//   url       the final URL (for "callback" the redirect the client received, with its parameters)
//   post      the form the browser posted to the client (response_mode=form_post)
//   pages     what was shown: {kind, status, title, text, html, focused, headers, screenshot, gallery}
//   hops      every document request: {method, url, status, location}
//   problems  console errors, CSP violations, requests to other origins: a clean flow has none
// On failure {id, ok:false, error, url, pages, hops, problems, html}: html is an excerpt.

import { chromium } from 'playwright-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'parse5';
import { authenticator } from './authenticator.mjs';
import { flags, listen, say } from './lines.mjs';
import { AXE, axe, look } from './samples.mjs';

const { chromium: executablePath } = flags({ chromium: '/usr/bin/chromium' });

// The hooks every Gatewright page promises, and the kind of page each one marks.
const HOOKS = {
  '#login-form': 'login',
  '#second-factor': 'second-factor',
  '#passkey-refused': 'passkey-refused',
  '#recovery-used': 'recovery-used',
  '#enrol': 'enrol',
  '#security': 'security',
  '#totp-form': 'add-totp',
  '#add-passkey': 'add-passkey',
  '#recovery-codes': 'recovery-codes',
  '#password-form': 'password',
  '#password-chosen': 'password-chosen',
  '#consent-form': 'consent',
  '#device-form': 'device',
  '#device-confirm-form': 'device-confirm',
  '#device-done': 'device-done',
  '#oauth-error': 'error',
  '#logout-confirm': 'logout-confirm',
  '#logout-done': 'logout-done',
  '#open-app': 'open-app',
  '#account': 'account',
  '#account-ended': 'account-ended',
};
const ANY_HOOK = Object.keys(HOOKS).join(', ');

// The sizes a page is exhibited in; 320 px is what WCAG 2.2 (1.4.10) asks for.
const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
  { width: 320, height: 640 },
];

const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

const profile = await mkdtemp(join(tmpdir(), 'gatewright-browser-'));
const browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS, env: { ...process.env, HOME: profile } });
const sessions = new Map();
let quitting = false;

/** The browser context of a session, made on first use: options are fixed from then on. */
function session(request) {
  const name = request.session ?? 'default';
  if (!sessions.has(name)) {
    sessions.set(
      name,
      browser.newContext({
        javaScriptEnabled: request.javascript ?? true,
        viewport: request.viewport ?? { width: 1280, height: 800 },
        colorScheme: request.color_scheme ?? 'light',
        locale: request.locale ?? 'en-US',
        ignoreHTTPSErrors: request.ignore_tls ?? false,
      }),
    );
  }
  return sessions.get(name);
}

/** One tab and all that was seen in it. */
class Visit {
  constructor(page, request) {
    this.page = page;
    this.request = request;
    this.deadline = Date.now() + (request.timeout ?? 15_000);
    this.pages = [];
    this.hops = [];
    this.problems = [];
    this.redirectUri = request.redirect_uri ?? redirectUriOf(request.open);
    this.origins = new Set(request.open ? [new URL(request.open).origin] : []);
    // Resolves with the request the client received, as soon as its answer is complete or failed.
    this.callback = new Promise((resolve) => {
      this.arrived = resolve;
    });
    // Rejects when the browser refuses to go on, so that nobody waits for a deadline.
    this.blocked = new Promise((_, reject) => {
      this.block = reject;
    });
    this.blocked.catch(() => {});
    this.watch();
  }

  watch() {
    const { page } = this;
    page.on('request', (r) => {
      if (r.isNavigationRequest() && r.frame() === page.mainFrame()) {
        this.hops.push({ method: r.method(), url: r.url() });
      } else if (!this.isCallback(r.url()) && !this.origins.has(origin(r.url())) && !r.url().startsWith('data:')) {
        if (!this.callbackSeen) this.problems.push(`request to another origin: ${r.url()}`);
      }
      if (r.isNavigationRequest() && this.isCallback(r.url())) this.callbackSeen = r;
    });
    page.on('response', (response) => {
      const hop = this.hops.findLast((h) => h.url === response.url() && h.status === undefined);
      if (hop !== undefined && response.request().isNavigationRequest()) {
        hop.status = response.status();
        const location = response.headers().location;
        if (location !== undefined) hop.location = location;
        this.document = response;
      }
    });
    page.on('requestfinished', (r) => r === this.callbackSeen && this.arrived(r));
    page.on('requestfailed', (r) => {
      if (r === this.callbackSeen) return this.arrived(r);
      // An icon is loaded after everything else; leaving its page calls that off, which is no failure.
      const error = r.failure()?.errorText;
      if (!this.callbackSeen && error !== 'net::ERR_ABORTED') this.problems.push(`request failed: ${r.url()}: ${error}`);
    });
    page.on('console', (message) => {
      if (this.callbackSeen || !['error', 'warning'].includes(message.type())) return;
      const text = message.text();
      // Chromium prints one of these for every answer of 400 and above; the status is in `hops`.
      if (/^Failed to load resource: the server responded with a status of/.test(text)) return;
      this.problems.push(`console: ${text}`);
      if (/form-action/.test(text)) this.block(new Error(`blocked by CSP: ${text}`));
    });
    page.on('pageerror', (error) => this.callbackSeen || this.problems.push(`script error: ${error.message}`));
    page.on('dialog', (dialog) => dialog.dismiss());
  }

  /** Whether the URL is the client's redirect URI, with whatever was added to its query. */
  isCallback(url) {
    if (this.redirectUri === undefined) return false;
    const rest = url.startsWith(this.redirectUri) ? url.slice(this.redirectUri.length) : undefined;
    return rest !== undefined && (rest === '' || /^[?&#/]/.test(rest));
  }

  get left() {
    return Math.max(1, this.deadline - Date.now());
  }

  /** Starts a navigation by `act` and waits until it got somewhere: a document, or the client. */
  async navigate(act) {
    const committed = this.page.waitForEvent('framenavigated', {
      predicate: (frame) => frame === this.page.mainFrame(),
      timeout: this.left,
    });
    committed.catch(() => {});
    await Promise.race([Promise.all([act(), Promise.race([committed, this.callback])]), this.blocked, this.callback]);
  }

  /** The kind of page shown now; undefined means the client has been reached. */
  async settle() {
    for (;;) {
      if (this.callbackSeen) return void (await Promise.race([this.callback, this.late('the client to answer')]));
      const hooked = this.page.locator(ANY_HOOK).first().waitFor({ state: 'attached', timeout: this.left });
      hooked.catch(() => {});
      try {
        await Promise.race([hooked, this.callback, this.blocked]);
        if (this.callbackSeen) continue;
        await this.page.waitForLoadState('domcontentloaded', { timeout: this.left });
        for (const [hook, kind] of Object.entries(HOOKS)) {
          if ((await this.page.locator(hook).count()) > 0) return kind;
        }
      } catch (error) {
        // A page that went away while it was looked at: look at the next one.
        if (!/Execution context was destroyed|navigat/.test(error.message) || Date.now() >= this.deadline) throw error;
      }
    }
  }

  /** Waits until all of the page is there, as people do. */
  async loaded() {
    const complete = this.page.waitForLoadState('load', { timeout: this.left });
    complete.catch(() => {});
    await Promise.race([complete, this.callback, this.blocked]);
  }

  late(what) {
    return new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`timed out waiting for ${what}`)), this.left).unref();
    });
  }

  /** Records the page shown now, with a screenshot when asked. */
  async record(kind) {
    const { page, request } = this;
    await this.loaded();
    if ((await page.locator('[autofocus]').count()) > 0) await this.focused();
    const seen = {
      kind,
      url: page.url(),
      status: this.document?.status(),
      title: await page.title(),
      text: await page.locator('body').innerText({ timeout: this.left }),
      html: await page.content(),
      focused: await page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('name') || ''),
      headers: this.document === undefined ? {} : await this.document.allHeaders(),
    };
    if (kind === 'error') seen.error = await page.locator('#oauth-error').first().getAttribute('data-error');
    if (kind === 'open-app') seen.href = await page.locator('#open-app').first().getAttribute('href');
    if (request.screenshots !== undefined) {
      const number = this.pages.filter((p) => p.kind === kind).length;
      seen.screenshot = `${request.screenshots}-${kind}${number === 0 ? '' : `-${number + 1}`}.png`;
      await page.screenshot({ path: seen.screenshot, fullPage: true });
    }
    if (request.gallery !== undefined) seen.gallery = await this.exhibit(request.gallery);
    this.pages.push(seen);
  }

  /** Looks at the page in every size and colour scheme: how far it overflows to the side; without
   *  JavaScript a picture, with it (in the first size) what axe finds. And once at its source, as a
   *  parser does. */
  async exhibit(prefix) {
    const { page, request } = this;
    const source = (await this.document?.text().catch(() => undefined)) ?? '';
    const errors = [];
    parse(source, { onParseError: (error) => errors.push(`${error.code} in line ${error.startLine}`) });
    const scripted = request.javascript ?? true;
    if (scripted) await page.evaluate(AXE);
    const views = [];
    for (const size of SIZES) {
      for (const colorScheme of ['light', 'dark']) {
        await page.setViewportSize(size);
        // Without motion: a picture taken in the middle of a transition shows what nobody designed.
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.evaluate(() => scrollTo(0, 0));
        const view = { width: size.width, scheme: colorScheme };
        view.overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (!scripted) {
          view.screenshot = `${prefix}-${size.width}-${colorScheme}.png`;
          await page.screenshot({ path: view.screenshot, fullPage: size.width === 320 });
        } else if (size === SIZES[0]) {
          view.violations = await axe(page);
        }
        views.push(view);
      }
    }
    return { errors, views };
  }

  async signIn() {
    const { page, request } = this;
    if (this.signedInOnce) throw new Error('signing in was refused: the login page came back');
    this.signedInOnce = true;
    await page.fill('#login-form input[name=username]', request.username, { timeout: this.left });
    await page.fill('#login-form input[name=password]', request.password, { timeout: this.left });
    await this.navigate(() => page.click('#login-submit', { timeout: this.left, noWaitAfter: true }));
  }

  async decide() {
    const denies = this.request.decision === 'deny';
    const button = denies ? '#consent-deny' : '#consent-approve';
    // Whoever allows means all of it here; what is dangerous is never ticked beforehand.
    const boxes = denies ? [] : await this.page.locator('.scopes input[type=checkbox]').all();
    for (const box of boxes) await box.check({ timeout: this.left });
    await this.navigate(() => this.page.click(button, { timeout: this.left, noWaitAfter: true }));
  }

  /** Follows an authorization request to its end. */
  async follow() {
    const { page, request } = this;
    const decision = request.decision ?? 'approve';
    await this.navigate(() => page.goto(request.open, { waitUntil: 'commit', timeout: this.left }).catch(ignoreIf(() => this.callbackSeen)));
    for (;;) {
      const kind = await this.settle();
      if (kind === undefined) return this.answer('callback', await this.callback);
      await this.record(kind);
      if (kind === 'login' && request.username !== undefined) await this.signIn();
      else if (kind === 'consent' && decision !== 'stop') await this.decide();
      else return this.answer(kind === 'consent' ? 'stopped' : kind);
    }
  }

  /** Waits until something has the focus: `autofocus` comes after the document. */
  async focused() {
    const seen = () => this.page.evaluate(() => document.activeElement !== null && document.activeElement !== document.body);
    while (!(await seen().catch(() => false))) {
      if (Date.now() > this.deadline) throw new Error('nothing has the focus');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until the browser complains about something. */
  async hear(what) {
    while (!this.problems.some((problem) => problem.includes(what))) {
      if (Date.now() > this.deadline) throw new Error(`no complaint about ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Plain steps, then the page they end on. */
  async steps() {
    const { page } = this;
    for (const [verb, ...args] of this.request.do) {
      await this.loaded();
      const timeout = this.left;
      if (verb === 'goto') {
        this.origins.add(new URL(args[0]).origin);
        await page.goto(args[0], { waitUntil: 'domcontentloaded', timeout });
      } else if (verb === 'fill') await page.fill(args[0], args[1], { timeout });
      else if (verb === 'click') await this.navigate(() => page.click(args[0], { timeout, noWaitAfter: true }));
      else if (verb === 'tick') await page.click(args[0], { timeout });
      else if (verb === 'tell') await fetch(args[0]);
      else if (verb === 'focus') await page.focus(args[0], { timeout });
      else if (verb === 'press') await page.keyboard.press(args[0]);
      else if (verb === 'enter') {
        await this.focused();
        await this.navigate(() => page.keyboard.press(args[0]));
      }
      else if (verb === 'hear') await this.hear(args[0]);
      else if (verb === 'back') await this.navigate(() => page.goBack({ waitUntil: 'commit', timeout }));
      else throw new Error(`unknown step ${verb}`);
    }
    await page.waitForLoadState('domcontentloaded', { timeout: this.left });
    if (this.callbackSeen) return this.answer('callback', await this.callback);
    let kind = 'other';
    for (const [hook, name] of Object.entries(HOOKS)) {
      if ((await page.locator(hook).count()) > 0) kind = name;
    }
    await this.record(kind);
    return this.answer(kind);
  }

  answer(end, callback) {
    const { pages, hops, problems } = this;
    const answer = { ok: true, end, url: callback?.url() ?? this.page.url(), pages, hops, problems };
    if (callback?.method() === 'POST') answer.post = callback.postData();
    return answer;
  }

  async failure(error) {
    const { pages, hops, problems } = this;
    const html = await this.page.content().catch(() => '');
    return { ok: false, error: error.message, url: this.page.url(), pages, hops, problems, html: html.slice(0, 4000) };
  }
}

function redirectUriOf(url) {
  return url === undefined ? undefined : (new URL(url).searchParams.get('redirect_uri') ?? undefined);
}

function origin(url) {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function ignoreIf(condition) {
  return (error) => {
    if (!condition()) throw error;
  };
}

async function visit(request) {
  const context = await session(request);
  const page = await context.newPage();
  const visit = new Visit(page, request);
  let putAway = async () => {};
  try {
    if (request.authenticator !== undefined) putAway = await authenticator(page, request);
    const done = request.open === undefined ? visit.steps() : visit.follow();
    return await Promise.race([done, visit.late('the flow to end')]);
  } catch (error) {
    return await visit.failure(error);
  } finally {
    await putAway().catch(() => {});
    await page.close().catch(() => {});
  }
}

async function forget(name) {
  const context = await sessions.get(name);
  sessions.delete(name);
  await context?.close();
  return { ok: true };
}

async function serve(request) {
  if (request.forget !== undefined) return forget(request.forget);
  if (request.samples !== undefined) return look(browser, request);
  if (request.cookies !== undefined) {
    return { ok: true, cookies: (await (await sessions.get(request.cookies))?.cookies()) ?? [] };
  }
  return visit(request);
}

async function quit() {
  setTimeout(() => process.exit(1), 20_000).unref();
  quitting = true;
  await browser.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

browser.on('disconnected', () => quitting || process.exit(1));
say({ ready: true, version: browser.version() });
await listen((request) => {
  if (request.quit) return void quit();
  serve(request).then(
    (answer) => say({ id: request.id, ...answer }),
    (error) => say({ id: request.id, ok: false, error: error.message }),
  );
});
await quit();
