// Buying on the web, played: from the shelf to an order page that changes by itself; a bank that refuses, without scripts;
// and the stock room, where goods come in, are counted and move between shops.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { SAMPLE_PASSWORD, inContext, signIn, startProduct } from './lib.mjs';

let product;
before(async () => (product = await startProduct()));
after(() => product?.stop());

/** Opens a browser of one's own for somebody, signed in, and plays. */
const as = (person, options, play) =>
  inContext({ origin: product.origin, ...options }, async (story) => {
    await signIn(story.page, `${person}@archipel.test`, options);
    return play(story);
  });

/** What somebody does as a program. */
async function api(person, method, path, body) {
  const post = (where, data, token) =>
    fetch(`${product.origin}${where}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(data ?? {}),
    });
  const login = await fetch(`${product.origin}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${person}@archipel.test`, password: SAMPLE_PASSWORD }),
  });
  const answer = await post(path, body, (await login.json()).access_token);
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

/** The article that a search finds first, put into the cart so many times. */
async function buy(page, words, quantity, add) {
  await page.goto(`/shop?q=${encodeURIComponent(words)}`);
  await page.locator('.ware').first().click();
  await page.locator('#quantity').fill(String(quantity));
  await page.getByRole('button', { name: add }).click();
  await page.waitForURL(/\/shop\/cart/);
}

describe('on the web', () => {
  test('in French with scripts: the page of an order changes by itself', { timeout: 120_000 }, () =>
    as('client', {}, async ({ page, axe, shot }) => {
      await page.goto('/shop');
      await page.getByText('Gilet Pilot 165 N, adulte').waitFor();
      await axe();
      await shot('shop');
      await buy(page, 'pilot 165', 2, 'Ajouter au panier');
      await page.getByText('239,80').first().waitFor();
      await axe();
      await page.getByRole('link', { name: 'Passer la commande' }).click();
      await axe();
      await shot('checkout');
      await page.getByRole('button', { name: /^Payer/ }).click();
      await page.waitForURL(/\/shop\/orders\/[0-9a-f-]{36}/);
      const id = page.url().match(/[0-9a-f-]{36}/)[0];
      await page.locator('.chip', { hasText: 'En préparation' }).waitFor();
      await axe();
      await shot('order');
      await api('chloe', 'POST', `/api/v1/retail/orders/${id}/fulfil`);
      await page.locator('.chip', { hasText: 'Remise ou expédiée' }).waitFor();
      await api('chloe', 'POST', `/api/v1/retail/orders/${id}/deliver`);
      await page.locator('.chip', { hasText: 'Livrée' }).waitFor();
      await page.goto('/shop/notifications');
      await page.getByText('Livrée').first().waitFor();
      await axe();
      await page.getByRole('button', { name: 'Tout marquer comme lu' }).click();
      await page.waitForURL(/did=seen/);
    }),
  );

  test('in English without scripts: the bank refuses, and an order is cancelled', { timeout: 120_000 }, () =>
    as('client', { lang: 'en-GB', javaScript: false, width: 390 }, async ({ page }) => {
      const pay = async (method) => {
        await page.goto('/shop/checkout');
        await page.locator(`input[value=${method}]`).check();
        await page.getByRole('button', { name: /^Pay/ }).click();
        await page.waitForURL(/\/shop\/orders\/[0-9a-f-]{36}/);
      };
      /** Loads the page anew until it says so. */
      const says = async (text) => {
        for (let tries = 0; tries < 100; tries += 1) {
          if ((await page.getByText(text).count()) > 0) return;
          await new Promise((resolve) => setTimeout(resolve, 100));
          await page.reload();
        }
        assert.fail(`the page never said ${text}`);
      };
      await buy(page, 'recharge', 1, 'Add to the cart');
      await pay('tok_refused');
      await says('The bank refused the payment.');
      await buy(page, 'manille', 3, 'Add to the cart');
      await pay('tok_silent');
      await says('Being prepared');
      await page.getByRole('button', { name: 'Cancel the order' }).click();
      await says('As the customer asked.');
    }),
  );

  test('in the stock room: received, counted, and moved with one piece missing', { timeout: 120_000 }, () =>
    as('chloe', {}, async ({ page, axe, shot }) => {
      await page.goto('/stock');
      await axe();
      await shot('stock');
      await page.getByRole('link', { name: 'Turbine de pompe à eau 09-801B' }).first().click();
      await page.waitForURL(/\/stock\/products\//);
      await page.locator('#receive-shop').selectOption('lorient');
      await page.locator('#receive-pieces').fill('4');
      await page.getByRole('button', { name: 'Recevoir' }).click();
      await page.waitForURL(/did=received/);
      await page.locator('#count-shop').selectOption('lorient');
      await page.locator('#count-pieces').fill('10');
      await page.getByRole('button', { name: 'Compter' }).click();
      await page.waitForURL(/did=counted/);
      await axe();
      await shot('ledger');

      await page.goto('/stock/transfers/new');
      await page.locator('#from').selectOption('lorient');
      await page.locator('#to').selectOption('concarneau');
      await page.locator('#product-0').selectOption({ label: 'Turbine de pompe à eau 09-801B (IMP-09801)' });
      await page.locator('#pieces-0').fill('5');
      await axe();
      await page.getByRole('button', { name: 'Envoyer la demande' }).click();
      await page.getByRole('button', { name: 'Accorder le transfert' }).click();
      await page.getByRole('button', { name: 'Expédier les articles' }).click();
      await page.locator('input.qty').fill('4');
      await page.getByRole('button', { name: 'Enregistrer l’arrivée' }).click();
      await page.waitForURL(/did=arrived/);
      await axe();
      await shot('transfer');
    }),
  );

  test('the books of the living system are in order', { timeout: 120_000 }, async () => {
    assert.match(await product.run('verify'), /ecommerce/);
  });
});
