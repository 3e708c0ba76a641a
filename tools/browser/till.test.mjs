// A morning at the till: scanned and paid by keyboard, taken back, closed by the manager; and a sale that waits while
// the server is away.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { inContext, signIn, startProduct } from './lib.mjs';

let product;
before(async () => (product = await startProduct()));
after(() => product?.stop());

/** Opens a browser of one's own for somebody, signed in, and plays. */
const as = (person, options, play) =>
  inContext({ origin: product.origin, ...options }, async (story) => {
    await signIn(story.page, `${person}@archipel.test`, options);
    return play(story);
  });

/** Puts two products on sale, by the API, and a shop with a till to sell them at. */
async function furnish() {
  const headers = { 'content-type': 'application/json' };
  const post = async (path, data) => {
    const answer = await fetch(product.origin + path, { method: 'POST', body: JSON.stringify(data), headers });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  const login = await post('/api/v1/auth/login', { email: 'chloe@archipel.test', password: 'archipel' });
  headers.authorization = `Bearer ${login.access_token}`;
  await post('/api/v1/shops', { code: 'quai', name: 'Le Quai', address: 'Quai Pénéroff, Concarneau' });
  await post('/api/v1/shops/quai/tills', { code: '1' });
  for (const [sku, name, price_cents] of [
    ['T-GIL', 'Gilet Brise 150 N', 11_990],
    ['T-SIF', 'Sifflet et cordon', 350],
  ]) {
    const { id } = await post('/api/v1/inventory/products', { sku, name, price_cents });
    await post('/api/v1/inventory/receipts', { shop: 'quai', product_id: id, quantity: 20 });
  }
}

const total = (page) => page.locator('#total').innerText();

/** Waits until the total is another one, and says it. */
async function totals(page, wanted) {
  await page.waitForFunction((text) => document.getElementById('total').textContent.includes(text), wanted);
}

async function scan(page, code, sum) {
  await page.locator('#code').fill(code);
  await page.keyboard.press('Enter');
  await totals(page, sum);
  assert.ok(await page.locator('#code').evaluate((field) => field === document.activeElement), 'the field has the focus');
}

describe('the till', () => {
  test('sell by keyboard, take back, close', { timeout: 120_000 }, () =>
    as('caisse', {}, async ({ page, axe, shot }) => {
      await furnish();
      await page.goto('/caisse/quai/1');
      await page.getByLabel('Fond de caisse').fill('150');
      await page.getByRole('button', { name: 'Ouvrir la caisse' }).click();
      await page.locator('#code').waitFor();
      await page.getByText('Gilet Brise').first().waitFor();
      await scan(page, '2*T-GIL', '239,80');
      await scan(page, 'sifflet', '243,30');
      await shot('till');
      await axe();
      await page.locator('[name=amount]').fill('250');
      await page.keyboard.press('F2');
      await page.getByText('À rendre', { exact: false }).first().waitFor();
      await page.getByText('6,70').first().waitFor();
      assert.match(await total(page), /^0,00/);
      await scan(page, 'T-SIF', '3,50');
      await page.keyboard.press('F4');
      await page.getByText('Scellé jusqu’au ticket').getByText(/002/).or(page.locator('.posbar .chip.ok', { hasText: '002' })).first().waitFor();

      await page.goto('/caisse/quai/1/recherche');
      await page.getByLabel('Numéro du ticket').fill('1');
      await page.getByRole('button', { name: 'Chercher' }).click();
      await page.waitForURL(/\/tickets\//);
      await page.getByText('243,30').first().waitFor();
      await shot('receipt');
      await axe();
      await page.getByRole('link', { name: 'Reprendre des articles' }).click();
      await page.locator('#line-1').fill('1');
      await axe();
      await page.getByRole('button', { name: 'Reprendre des articles' }).click();
      await page.getByText('Remboursé').waitFor();
      await page.getByText('119,90').first().waitFor();

      await as('chloe', {}, async ({ page: chloe, axe: see, shot: picture }) => {
        await chloe.goto('/caisse/quai/1/cloture');
        await chloe.getByText('Lecture X').first().waitFor();
        await see();
        // 150 in the drawer, 243,30 in cash, 119,90 back.
        await chloe.getByLabel('Espèces comptées').fill('273,40');
        await chloe.getByRole('button', { name: 'Clôturer la caisse' }).click();
        await chloe.getByText('Clôture Z').first().waitFor();
        await picture('closing');
        await see();
        await chloe.goto('/caisse/quai/1/tickets');
        await chloe.getByText('Retour').first().waitFor();
        await see();
      });
    }),
  );

  test('on a phone in English, in the dark, while the server is away', { timeout: 120_000 }, () =>
    as('caisse', { lang: 'en-GB', dark: true, width: 390 }, async ({ page, context, allow, axe, shot }) => {
      allow(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
      await page.goto('/caisse/quai/1');
      await page.getByLabel('Float').fill('100');
      await page.getByRole('button', { name: 'Open the till' }).click();
      await page.locator('#code').waitFor();
      await page.waitForFunction(() => (localStorage.getItem('till-products:/caisse/quai/1') ?? '').includes('T-SIF'));
      await shot('till');
      await axe();
      await context.setOffline(true);
      await scan(page, '3*T-SIF', '10.50');
      await page.getByText('Offline, the till goes on').waitFor();
      await page.locator('[name=amount]').fill('20');
      await page.keyboard.press('F2');
      await page.getByText('Change: €9.50').waitFor();
      await page.getByText('Receipts to send: 1').waitFor();
      await shot('till-offline');
      await context.setOffline(false);
      await page.locator('[data-till-away]').waitFor({ state: 'hidden' });
      await page.goto('/caisse/quai/1');
      await page.locator('.posbar .chip.ok', { hasText: '004' }).waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    }),
  );
});
