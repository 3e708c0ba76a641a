// Buying on the web, played: from the shelf to an order page that changes by itself while the shop prepares and delivers
// it; the last pieces; a bank that refuses, without scripts; and the stock room, where goods come in, are counted and move
// between shops.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { as, buy, pay, press, toPrepare, until } from './buying.mjs';
import { startProduct } from './lib.mjs';

let product;
before(async () => (product = await startProduct()));
after(() => product?.stop());

describe('on the web', () => {
  test('in French with scripts: the page of an order changes by itself', { timeout: 120_000 }, () =>
    as(product, 'client', {}, async ({ page, axe, shot }) => {
      await page.goto('/shop');
      await page.getByText('Gilet Pilot 165 N, adulte').waitFor();
      await axe();
      await shot('shop');
      await buy(page, 'pilot 165', 2);
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
      await as(product, 'chloe', {}, async ({ page: chloe, axe: see, shot: picture }) => {
        await toPrepare(chloe, 'Concarneau', id);
        await chloe.getByText('Gilet Pilot 165 N, adulte').waitFor();
        await see();
        await picture('order-to-prepare');
        await press(chloe, 'Commencer la préparation', 'En préparation');
        await press(chloe, 'Remettre ou expédier', 'Remise');
        await page.locator('.chip', { hasText: 'Remise ou expédiée' }).waitFor();
        await press(chloe, 'Noter la livraison', 'Livrée');
        await chloe.getByText('Rien à faire ici.').waitFor();
        await see();
      });
      await page.locator('.chip', { hasText: 'Livrée' }).waitFor();
      await page.goto('/shop/notifications');
      await page.getByText('Livrée').first().waitFor();
      await axe();
      await page.getByRole('button', { name: 'Tout marquer comme lu' }).click();
      await page.waitForURL(/did=seen/);
    }),
  );

  test('in English without scripts: the bank refuses, and an order is cancelled', { timeout: 120_000 }, () =>
    as(product, 'client', { lang: 'en-GB', javaScript: false, width: 390 }, async ({ page }) => {
      const says = (text) => until(page, page.getByText(text));
      await buy(page, 'recharge', 1, 'Add to the cart');
      await pay(page, 'tok_refused', /^Pay/);
      await says('The bank refused the payment.');
      await buy(page, 'manille', 3, 'Add to the cart');
      await pay(page, 'tok_silent', /^Pay/);
      await says('Being prepared');
      await page.getByRole('button', { name: 'Cancel the order' }).click();
      await says('As the customer asked.');
    }),
  );

  test('the last pieces are sold once: whoever comes later is told so', { timeout: 120_000 }, () =>
    as(product, 'client', {}, async ({ page, axe, shot }) => {
      // Two are on the shelf.
      await buy(page, 'volvo penta', 2);
      await pay(page);
      await page.locator('.chip', { hasText: 'En préparation' }).waitFor();
      await buy(page, 'volvo penta', 1);
      await until(page, page.locator('.chip', { hasText: 'Épuisé' }));
      await axe();
      await shot('cart-sold-out');
      await pay(page);
      await page.getByText('Il n’y avait plus assez d’articles.').waitFor();
      await page.locator('.chip', { hasText: 'Annulée' }).waitFor();
      await axe();
      await shot('order-sold-out');
    }),
  );

  test('in the stock room: received, counted, and moved with one piece missing', { timeout: 120_000 }, () =>
    as(product, 'chloe', {}, async ({ page, axe, shot }) => {
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
