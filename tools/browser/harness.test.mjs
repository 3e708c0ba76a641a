// The harness itself: a good page passes, and each kind of fault makes a story fail.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inContext, signIn, startProduct, story } from './lib.mjs';

const page = (body, head = '') =>
  `<!doctype html><html lang="fr"><head><title>Page</title>${head}</head><body><main>${body}</main></body></html>`;

const PAGES = {
  '/good': page('<h1>Bonjour</h1>'),
  '/console': page('<h1>x</h1><script>console.error("broken on purpose")</script>'),
  '/throws': page('<h1>x</h1><script>throw new Error("thrown on purpose")</script>'),
  '/unreachable': page('<h1>x</h1><img alt="" src="http://127.0.0.1:9/none.png">'),
  '/unlabelled': page('<h1>x</h1><form><input name="amount"></form>'),
  '/login': page(
    '<h1>x</h1><form method="post" action="/in"><label>E <input type="email" name="e"></label>' +
      '<label>P <input type="password" name="p"></label><button type="button">Voir</button>' +
      '<button type="submit">Entrer</button></form>',
  ),
  '/in': page('<h1>Entré</h1>'),
};

let server;
let origin;

before(async () => {
  server = createServer((request, response) => {
    const body = PAGES[request.url];
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    if (request.url === '/good') headers['content-security-policy'] = "default-src 'none'";
    response.writeHead(body || request.url === '/favicon.ico' ? 200 : 404, headers).end(body ?? 'none');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${server.address().port}`;
});

after(() => new Promise((resolve) => server.close(resolve)));

const visit = (where, play = () => {}) =>
  inContext({ origin }, async (stage) => {
    await stage.page.goto(where);
    await play(stage);
  });

story('a good page passes, under a strict policy, and is photographed', {}, async ({ page, shot, axe }) => {
  await page.goto(`${origin}/good`);
  await axe();
  assert.ok((await stat(await shot('harness'))).size > 1000);
});

test('a context has the language and the colours it asked for', async () => {
  const seen = await inContext({ origin, lang: 'en-GB', dark: true }, async ({ page }) => {
    await page.goto('/good');
    return page.evaluate(() => [navigator.language, matchMedia('(prefers-color-scheme: dark)').matches]);
  });
  assert.deepEqual(seen, ['en-GB', true]);
});

test('an error on the console fails the story', () => assert.rejects(visit('/console'), /broken on purpose/));

test('an uncaught exception fails the story', () => assert.rejects(visit('/throws'), /thrown on purpose/));

test('a request that fails, fails the story', () => assert.rejects(visit('/unreachable'), /none\.png/));

test('a missing page fails the story', () => assert.rejects(visit('/nowhere'), /404/));

test('an announced error does not', () => visit('/console', ({ allow }) => allow(/broken on purpose/)));

test('a field without a label is not accessible', () =>
  assert.rejects(visit('/unlabelled', ({ axe }) => axe()), /critical label/));

test('signing in fills and sends the form', () =>
  inContext({ origin }, async ({ page }) => {
    await signIn(page, 'lea@archipel.test');
    assert.equal(await page.textContent('h1'), 'Entré');
  }));

test('the product is started, awaited, and stopped by SIGINT', async () => {
  const product = await startProduct({ binary: await standIn(SERVES) });
  const answer = await fetch(product.origin);
  assert.equal(await answer.text(), 'ready');
  assert.equal(await product.stop(), 0);
  await assert.rejects(stat(product.data));
  await rm(path.dirname(standInPath), { recursive: true });
});

test('a product that ends before it is ready says why', async () => {
  await assert.rejects(
    startProduct({ binary: await standIn('console.error("no room"); process.exit(3)') }),
    /ended before it was ready: 3\nno room/,
  );
  await rm(path.dirname(standInPath), { recursive: true });
});

const SERVES = `
const [, port] = process.argv[process.argv.indexOf('--listen') + 1].split(':');
const server = require('node:http').createServer((_, response) => response.end('ready'));
server.listen(Number(port), '127.0.0.1');
process.on('SIGINT', () => process.exit(0));
`;

let standInPath;

/** A program in the product's place. */
async function standIn(code) {
  standInPath = path.join(await mkdtemp(path.join(tmpdir(), 'archipel-standin-')), 'archipel');
  await writeFile(standInPath, `#!/usr/bin/env node\n${code}\n`);
  await chmod(standInPath, 0o755);
  return standInPath;
}
