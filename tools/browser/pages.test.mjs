// Every page that somebody's links lead to, seen by those who may see it: accessible and no wider than the screen, in both languages, light and
// dark, wide and narrow. Set ARCHIPEL_GALLERY=1 to take a picture of each.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { sentBack } from './buying.mjs';
import { accessible, inContext, signIn, startProduct } from './lib.mjs';

const GALLERY = process.env.ARCHIPEL_GALLERY === '1';
const PEOPLE = ['lea', 'marc', 'nadia', 'omar', 'sonia', 'chloe', 'client'];
// Two ways show each language, each colour scheme and each width once; the gallery has them crossed, too.
const WAYS = [
  { lang: 'fr-FR', dark: false, width: 1280 },
  { lang: 'en-GB', dark: true, width: 390 },
];
const CROSSED = [
  { lang: 'en-GB', dark: true, width: 1280 },
  { lang: 'fr-FR', dark: false, width: 390 },
];

// Pages that look the same to whoever may see them: once each is enough.
const SAME_FOR_ALL = /^\/(console|account|roles|[a-z]+\/new|heures\/pointage)\b/;
const seenBefore = new Map();
const known = (way) => {
  const key = JSON.stringify(way);
  if (!seenBefore.has(key)) seenBefore.set(key, new Set());
  return seenBefore.get(key);
};

let product;
before(async () => {
  product = await startProduct();
  await product.run('module', 'add', 'modules/people/demandes');
  // Orders and returns have pages only once there are some.
  await sentBack(product);
});
after(() => product?.stop());

describe('every page', () => {
  for (const person of PEOPLE) {
    for (const way of GALLERY ? [...WAYS, ...CROSSED] : WAYS) {
      const how = `${way.lang}, ${way.dark ? 'dark' : 'light'}, ${way.width} wide`;
      test(`of ${person} in ${how}`, { timeout: 240_000 }, () =>
        inContext({ origin: product.origin, ...way }, async ({ page, shot }) => {
          await page.goto('/login');
          if (person === 'lea') await seen(page, shot, 'login');
          await signIn(page, `${person}@archipel.test`, way);
          const visited = await walk(page, (name) => seen(page, shot, `${person}-${name}`), known(way));
          assert.ok(visited > 2, `${visited} pages`);
        }),
      );
    }
  }
});

async function seen(page, shot, name) {
  await accessible(page);
  const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.ok(wider <= 0, `${page.url()} scrolls sideways by ${wider} px`);
  if (GALLERY) await shot(name);
}

/**
 * Follows links breadth first; of pages that differ by an id only, one; none that is `known` already. Answers how many
 * there were.
 */
async function walk(page, look, known) {
  const done = new Set();
  const waiting = [new URL(page.url()).pathname];
  while (waiting.length > 0) {
    const path = waiting.shift();
    const shape = shapeOf(path);
    if (done.has(shape) || known.has(shape)) continue;
    done.add(shape);
    if (SAME_FOR_ALL.test(shape)) known.add(shape);
    const answer = await page.goto(path, { waitUntil: 'load' });
    assert.ok(answer.status() < 400, `${path}: ${answer.status()}`);
    await look(shape.replaceAll('/', '_') || '_');
    const links = await page.$$eval('a[href^="/"]:not([download])', (all) => all.map((a) => a.getAttribute('href')));
    for (const link of links) {
      const { pathname } = new URL(link, page.url());
      if (!/^\/(api|assets|health|logout|language)\b|\.(csv|json)$/.test(pathname) && !done.has(shapeOf(pathname))) waiting.push(pathname);
    }
  }
  return done.size;
}

const shapeOf = (path) =>
  path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/\d{4}-\d{2}-\d{2}|\d{4}-W\d{2}/g, 'DAY')
    .replace(/^(\/roles|\/console\/(?:databases|modules))\/[^/]+/, '$1/NAME')
    .replace(/\/$/, '');
