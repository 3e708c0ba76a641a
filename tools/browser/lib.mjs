// What a browser story needs: Chromium, a context of its own per story, and the built product.
//
// A story fails when the page reports an error that the story did not announce: an error on the console (a violated
// content security policy among them), an uncaught exception, a request that failed.

import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

export { startProduct } from './product.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SHOTS = process.env.ARCHIPEL_SHOTS ?? path.resolve(import.meta.dirname, '../../target/browser');

const FLAGS = [
  '--no-sandbox', // as root Chromium ends without it
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser;

after(async () => {
  await browser?.close();
});

async function theBrowser() {
  browser ??= await chromium.launch({ executablePath: executable(), args: FLAGS, headless: true });
  return browser;
}

function executable() {
  const names = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = process.env.ARCHIPEL_CHROMIUM ?? names.find((name) => existsSync(name));
  if (!found) throw new Error('browser tests need chromium: run as root: apt-get install -y chromium');
  return found;
}

/**
 * A story in a context of its own. `play` gets `{ page, context, allow, shot, axe }`:
 * `allow(pattern)` announces an error that the story provokes, `shot(name)` takes a picture of the whole page,
 * `axe()` fails on serious and critical accessibility violations.
 *
 * Options: `lang` (a locale, `fr-FR` unless told), `dark`, `width`, `height`, `origin`, `javaScript`, `timeout`.
 */
export function story(name, options, play) {
  return test(name, { timeout: options.timeout ?? 90_000 }, () => inContext(options, play));
}

/** The same without a test around it, for stories that need two people: each gets a context. */
export async function inContext(options, play) {
  const context = await (await theBrowser()).newContext({
    locale: options.lang ?? 'fr-FR',
    timezoneId: 'Europe/Paris',
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    baseURL: options.origin,
    javaScriptEnabled: options.javaScript ?? true,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  const problems = [];
  const announced = [];
  const allow = (pattern) => announced.push(pattern);
  listen(context, problems);
  try {
    const page = await context.newPage();
    const shot = (as) => picture(page, as, options);
    const result = await play({ page, context, allow, shot, axe: () => accessible(page) });
    const unexpected = problems.filter((text) => !announced.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], 'the page reported errors');
    return result;
  } finally {
    await context.close();
  }
}

function listen(context, problems) {
  context.on('console', (message) => {
    if (message.type() === 'error') {
      problems.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => problems.push(`page: ${error.error().message}`));
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? 'failed';
    // A page that is left aborts its streams and its late images.
    if (why !== 'net::ERR_ABORTED') problems.push(`request: ${request.method()} ${request.url()} ${why}`);
  });
}

async function picture(page, name, options) {
  await mkdir(SHOTS, { recursive: true });
  const marks = [(options.lang ?? 'fr-FR').slice(0, 2), options.dark ? 'dark' : 'light', options.width ?? 1280];
  const file = path.join(SHOTS, `${name}.${marks.join('.')}.png`);
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
  return file;
}

/** Fails on serious and critical violations of WCAG 2.2 A and AA; returns the milder ones. */
export async function accessible(page) {
  if (!(await page.evaluate('typeof axe === "object"'))) {
    await page.evaluate(await readFile(AXE, 'utf8')); // through the debugger: a strict policy stays in force
  }
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const violations = await page.evaluate(
    async (values) => (await globalThis.axe.run(document, { runOnly: { type: 'tag', values } })).violations,
    tags,
  );
  const described = (one) => `${one.impact} ${one.id}: ${one.help} — ${one.nodes.map((n) => n.target).join(', ')}`;
  const bad = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  assert.deepEqual(bad.map(described), [], `${page.url()} is not accessible`);
  return violations.map(described);
}

/** The password of the sample accounts. */
export const SAMPLE_PASSWORD = 'archipel';

/**
 * Signs in through the page, as a person would. The form is found by what its fields are, in any language; with
 * `lang`, that language is chosen afterwards.
 * Fails when the page still asks for a password afterwards.
 */
export async function signIn(page, email, { password = SAMPLE_PASSWORD, path: where = '/login', lang } = {}) {
  await page.goto(where);
  const form = page.locator('form', { has: page.locator('input[type=password]') });
  await form.locator('input[type=email]').fill(email);
  await form.locator('input[type=password]').fill(password);
  await form.locator('button[type=submit], button:not([type])').first().click();
  await page.waitForURL((url) => url.pathname !== where);
  // The language of an account comes before the browser's.
  if (lang) await page.goto(`/language/${lang.slice(0, 2)}`);
}
