// Articles come back, played: their customer asks on the page of the order, the shop decides, and both pages follow it
// to the end; once without scripts, in English, with a refusal. And a bank that gives nothing back: a day later an
// operator settles it, and the return goes on.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { api, as, buy, numberOf, once, pay, press, toPrepare, until } from './buying.mjs';
import { startProduct } from './lib.mjs';

const DAY_S = 86_400;

let folder;
let product;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'archipel-returns-'));
  product = await startProduct({ data: folder });
});
after(async () => {
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Orders and has it delivered: the page is the order's at the end. */
async function delivered(page, words, quantity, method = 'tok_ok') {
  await buy(page, words, quantity);
  const order = await pay(page, method);
  await page.locator('.chip', { hasText: 'En préparation' }).waitFor();
  await as(product, 'chloe', {}, async ({ page: chloe }) => {
    await toPrepare(chloe, 'Concarneau', order);
    await press(chloe, 'Remettre ou expédier', 'Remise');
    await page.locator('.chip', { hasText: 'Remise ou expédiée' }).waitFor();
    await press(chloe, 'Noter la livraison', 'Livrée');
  });
  await page.locator('.chip', { hasText: 'Livrée' }).waitFor();
  return order;
}

/** Asks on the page of an order to send pieces of its only article back. Answers the page of the return. */
async function sendBack(page, pieces, why, words = ['Renvoyer des articles', 'Envoyer la demande']) {
  await page.getByRole('link', { name: words[0] }).click();
  await page.waitForURL(/\/returns\/orders\//);
  await page.locator('input[inputmode=numeric]').fill(String(pieces));
  await page.locator('#reason').fill(why);
  await page.getByRole('button', { name: words[1] }).click();
  await page.waitForURL(/\/returns\/[0-9a-f-]{36}\?did=asked/);
  return new URL(page.url()).pathname;
}

/** Waits until the refund of an order's payment is in a state. */
const refund = (order, state) =>
  once(
    () => api(product, 'chloe', 'GET', `/api/v1/payments/${order}`),
    (payment) => payment.refunds[0]?.state === state,
  );

describe('returns', () => {
  test('in French with scripts: asked on the page of the order, accepted, paid back', { timeout: 180_000 }, () =>
    as(product, 'client', {}, async ({ page, allow, axe, shot }) => {
      allow(/422/); // a request without a reason
      const order = await delivered(page, 'pilot 165', 3);
      const link = page.getByRole('link', { name: 'Renvoyer des articles' });
      await link.waitFor();
      await axe();
      await shot('order-delivered');
      await link.click();
      await page.locator('#reason').waitFor();
      await axe();
      await shot('return-asking');
      await page.getByRole('button', { name: 'Envoyer la demande' }).click();
      await page.getByText('Indiquez pourquoi.').first().waitFor();
      await axe();
      await page.goto(`/shop/orders/${order}`);
      const back = await sendBack(page, 2, 'Trop grand');
      await page.getByText('La boutique décide').waitFor();
      await axe();
      await shot('return-asked');

      await as(product, 'chloe', {}, async ({ page: chloe, axe: see, shot: picture }) => {
        await chloe.goto('/returns');
        await chloe.getByText('Katell Jaouen').first().waitFor();
        await see();
        await picture('returns');
        await chloe.getByRole('link', { name: numberOf(back.split('/').at(-1)) }).click();
        await chloe.getByRole('button', { name: 'Accepter le retour' }).waitFor();
        await see();
        await picture('return-to-decide');
        await chloe.getByRole('button', { name: 'Accepter le retour' }).click();
        await chloe.locator('#records').getByText('Articles repris en stock').waitFor();
        await chloe.locator('.chip', { hasText: 'Remboursé' }).waitFor();
        await see();
        await picture('return-done');
      });
      // Nobody has loaded it anew.
      await page.locator('.chip', { hasText: 'Remboursé' }).waitFor();
      await page.getByText('Articles repris').waitFor();
      await axe();
      await shot('return-followed');
      await page.goto(`/shop/orders/${order}`);
      await page.locator('.chip', { hasText: 'Remboursé' }).waitFor();
      await axe();
      await shot('order-with-return');
    }),
  );

  test('in English without scripts on a phone: refused with a reason', { timeout: 180_000 }, async () => {
    let order;
    await as(product, 'client', {}, async ({ page }) => (order = await delivered(page, 'manille', 2)));
    const narrow = { lang: 'en-GB', javaScript: false, width: 390, dark: true };
    await as(product, 'client', narrow, async ({ page, shot }) => {
      await page.goto(`/shop/orders/${order}`);
      await until(page, page.getByRole('link', { name: 'Send articles back' }));
      await shot('order-delivered');
      const back = await sendBack(page, 1, 'Too heavy', ['Send articles back', 'Send the request']);
      await page.getByText('The shop decides').waitFor();
      await as(product, 'chloe', narrow, async ({ page: chloe, allow, shot: picture }) => {
        allow(/422/); // a refusal without a reason
        await chloe.goto('/returns?state=asked');
        await picture('returns');
        await chloe.goto(back);
        await picture('return-to-decide');
        await chloe.getByRole('button', { name: 'Refuse the return' }).click();
        await chloe.getByText('Say why.').first().waitFor();
        await chloe.locator('#reason').fill('It was used at sea');
        await chloe.getByRole('button', { name: 'Refuse the return' }).click();
        await chloe.waitForURL(/did=refused/);
        await picture('return-refused');
      });
      await until(page, page.getByText('It was used at sea'));
      await shot('return-refused');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    });
  });

  test('a refund is stuck for a day: an operator settles it', { timeout: 240_000 }, async () => {
    let back;
    let order;
    await as(product, 'client', {}, async ({ page }) => {
      order = await delivered(page, 'lampe flash', 1, 'tok_refund_fails');
      back = await sendBack(page, 1, 'Ne s’allume pas');
      await as(product, 'chloe', {}, async ({ page: chloe }) => {
        await chloe.goto(back);
        await chloe.getByRole('button', { name: 'Accepter le retour' }).click();
        await chloe.locator('.chip', { hasText: 'Réponse attendue' }).waitFor();
      });
      await page.getByText('Accepté par la boutique').waitFor();
    });
    // The bank was asked, and has not given it back: only then may the day pass.
    await refund(order, 'asked');
    assert.equal(await product.stop(), 0);
    product = await startProduct({ data: folder, env: { ARCHIPEL_AHEAD_S: String(DAY_S + 3600) } });
    await refund(order, 'manual');

    await as(product, 'omar', {}, async ({ page, allow, axe, shot }) => {
      allow(/422/); // settled without a reference
      await page.goto('/transactions/incidents');
      const stuck = page.getByRole('link', { name: 'Remboursement bloqué' });
      await stuck.waitFor();
      await axe();
      await shot('incidents');
      await stuck.click();
      await page.getByText('Le client l’attend', { exact: false }).waitFor();
      await axe();
      await shot('incident');
      await page.locator('input[value=settle]').check();
      await page.locator('#reason').fill('La banque ne répond plus');
      await page.getByRole('button', { name: 'Inscrire l’action' }).click();
      await page.getByText('Indiquez où cela se retrouve', { exact: false }).first().waitFor();
      await axe();
      await page.locator('#reference').fill('VIR-2026-118');
      await page.getByRole('button', { name: 'Inscrire l’action' }).click();
      await page.waitForURL(/did=acted/);
      await until(page, page.locator('.chip', { hasText: 'Réglé' }));
      await page.getByText('VIR-2026-118').waitFor();
      await axe();
      await shot('incident-settled');
      await page.goto(back);
      await page.locator('.chip', { hasText: 'Remboursé' }).waitFor();
      await axe();
      await shot('return-settled');
    });
    await as(product, 'client', {}, async ({ page }) => {
      await page.goto(back);
      await page.locator('.chip', { hasText: 'Remboursé' }).waitFor();
    });
  });

  test('the books of the living system are in order', { timeout: 120_000 }, async () => {
    assert.match(await product.run('verify'), /returns/);
  });
});
