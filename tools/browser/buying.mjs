// What the stories of the shop have in common: people at work in browsers of their own or as programs, and buying on the
// web up to the delivery through the shop's pages.

import assert from 'node:assert/strict';
import { SAMPLE_PASSWORD, inContext, signIn } from './lib.mjs';

/** An order's or a return's page ends with its id. */
export const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

/** How people call what has an id. */
export const numberOf = (id) => id.replaceAll('-', '').slice(-8).toUpperCase();

/** Opens a browser of one's own for somebody, signed in, and plays. `product` may be started anew in between. */
export const as = (product, person, options, play) =>
  inContext({ origin: product.origin, ...options }, async (story) => {
    await signIn(story.page, `${person}@archipel.test`, options);
    return play(story);
  });

const send = (product, method, path, body, token) =>
  fetch(`${product.origin}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
  });

/** Who is signed in at which product: a sign-in each is enough. */
const tokens = new WeakMap();

async function token(product, person) {
  const known = tokens.get(product) ?? new Map();
  tokens.set(product, known);
  if (!known.has(person)) {
    const login = { email: `${person}@archipel.test`, password: SAMPLE_PASSWORD };
    known.set(person, (await (await send(product, 'POST', '/api/v1/auth/login', login)).json()).access_token);
  }
  return known.get(person);
}

/** What somebody does as a program. */
export async function api(product, person, method, path, body) {
  const answer = await send(product, method, path, body, await token(product, person));
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** What a program is answered, once the answer is as it should be; one that fails meanwhile is asked for again. */
export async function once(ask, wanted = () => true, bound = 30_000) {
  const end = Date.now() + bound;
  for (;;) {
    const answer = await ask().catch((error) => ({ error }));
    if (!answer.error && wanted(answer)) return answer;
    assert.ok(Date.now() < end, `still ${answer.error ?? JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** An order of the sample customer's that has arrived and of which a piece is sent back, all of it by programs. */
export async function sentBack(product) {
  const [client, chloe] = ['client', 'chloe'].map((person) => (...call) => api(product, person, ...call));
  const found = await client('GET', '/api/v1/products?q=PLA-66824');
  const product_id = found.items[0].id;
  const cart = await once(() => client('POST', '/api/v1/carts', { shop: 'concarneau' }));
  await once(() => client('POST', `/api/v1/carts/${cart.id}/lines`, { product_id, quantity: 2 }));
  const { id } = await client('POST', `/api/v1/carts/${cart.id}/checkout`, { payment_method: 'tok_ok' });
  const stands = (status) =>
    once(() => client('GET', `/api/v1/ecommerce/orders/${id}`), (order) => order.status === status);
  await stands('preparing');
  await once(() => chloe('POST', `/api/v1/retail/orders/${id}/fulfil`));
  await stands('sent');
  await chloe('POST', `/api/v1/retail/orders/${id}/deliver`);
  const lines = [{ product_id, quantity: 1 }];
  await once(() => client('POST', '/api/v1/returns', { transaction_id: id, reason: 'Trop grand', lines }));
}

/** Loads a page that does not follow the news anew until it shows what is looked for. */
export async function until(page, wanted, bound = 30_000) {
  const end = Date.now() + bound;
  while ((await wanted.count()) === 0) {
    assert.ok(Date.now() < end, `${page.url()} never shows it`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await page.reload();
  }
}

/** The article that a search finds first, put into the cart so many times. */
export async function buy(page, words, quantity, add = 'Ajouter au panier') {
  await page.goto(`/shop?q=${encodeURIComponent(words)}`);
  await page.locator('.ware').first().click();
  await page.locator('#quantity').fill(String(quantity));
  await page.getByRole('button', { name: add }).click();
  await page.waitForURL(/\/shop\/cart/);
}

/** Pays for what is in the cart. Answers the order's id; the page is the order's. */
export async function pay(page, method = 'tok_ok', button = /^Payer/) {
  await page.goto('/shop/checkout');
  await page.locator(`input[value=${method}]`).check();
  await page.getByRole('button', { name: button }).click();
  await page.waitForURL(/\/shop\/orders\/[0-9a-f-]{36}/);
  return page.url().match(ID)[0];
}

/** The shop's page of an order: from the menu to the shop, and to what waits there. */
export async function toPrepare(page, shop, order) {
  await page.goto('/magasins');
  await page.getByRole('link', { name: shop, exact: true }).click();
  const link = page.getByRole('link', { name: numberOf(order) });
  await until(page, link);
  await link.click();
  await page.waitForURL(/\/magasins\/commandes\//);
}

/** Presses a button of the shop's page of an order, and waits for what the page says then. */
export async function press(page, button, then) {
  await page.getByRole('button', { name: button }).click();
  await page.locator('.chip', { hasText: then }).first().waitFor();
}
