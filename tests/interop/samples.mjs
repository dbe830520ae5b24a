// Sample pages, looked at one after the other in one tab: how far each overflows to the side at 320 px,
// what axe finds in both colour schemes, and what an HTML validator says about its source.
//
//   {"samples":[{"name":…,"url":…,"axe":bool,"picture":bool}],"screenshots":FOLDER}
//
// answers {ok:true, findings:["name: what"]}: nothing to find is an empty list.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';

export const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What the standard and accessibility ask for. How a source is laid out is nobody's business.
const validator = new HtmlValidate({
  extends: ['html-validate:standard', 'html-validate:a11y'],
  rules: {
    // A title holds what others chose, and hosts are long.
    'long-title': 'off',
    // `dir="auto"` and `translate` are where they belong; names of ours have one or two words.
    'id-pattern': 'off',
    'name-pattern': 'off',
    'class-pattern': 'off',
  },
});

/** Runs axe on a page: what it finds, one line each. Targets of a finger are as large as WCAG 2.2 asks for. */
export async function axe(page) {
  const found = await page.evaluate(() =>
    globalThis.axe.run({ resultTypes: ['violations'], preload: false, rules: { 'target-size': { enabled: true } } }),
  );
  return found.violations.map((v) => `${v.impact}: ${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`);
}

/** Looks at all of them. */
export async function look(browser, { samples, screenshots }) {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const findings = [];
  let name;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) findings.push(`${name}: console: ${message.text()}`);
  });
  page.on('pageerror', (error) => findings.push(`${name}: script: ${error.message}`));
  for (const sample of samples) {
    name = sample.name;
    const response = await page.goto(sample.url, { waitUntil: 'load' });
    const overflow = await page.evaluate(overflowing);
    if (overflow !== '') findings.push(`${name}: is wider than 320 px: ${overflow}`);
    if (sample.picture) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
    if (!sample.axe) continue;
    const report = await validator.validateString(await response.text(), `${name}.html`);
    for (const { messages } of report.results) {
      for (const m of messages) findings.push(`${name}: HTML: ${m.ruleId}: ${m.message} (line ${m.line})`);
    }
    await page.evaluate(AXE);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      findings.push(...(await axe(page)).map((violation) => `${name}: ${colorScheme}: ${violation}`));
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }
  await context.close();
  return { ok: true, findings };
}

/** Runs in the page: what sticks out to either side, or is cut off. */
function overflowing() {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return '';
  const out = [...document.querySelectorAll('main *, header *, footer *')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.right > root.clientWidth + 0.5 || box.left < -0.5;
  });
  return `${root.scrollWidth} px: ${out.slice(-1).map((element) => element.outerHTML.slice(0, 120))}`;
}
