// The thesis, played: an employee asks for overtime, two people approve it, the dashboard in another window changes by
// itself, the audit proves it. Once with scripts and in French, once without scripts and in English, with a refusal.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { inContext, signIn, startProduct } from './lib.mjs';

const DAY_MS = 24 * 3600 * 1000;

let product;
before(async () => (product = await startProduct()));
after(() => product?.stop());

/** Opens a browser of one's own for somebody, signed in, and plays. */
const as = (person, options, play) =>
  inContext({ origin: product.origin, ...options }, async (story) => {
    await signIn(story.page, `${person}@archipel.test`, options);
    return play(story);
  });

/** A day so many days ago, in the way of a language. */
const daysAgo = (days, lang) =>
  new Intl.DateTimeFormat(lang, { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Europe/Paris' }).format(
    new Date(Date.now() - days * DAY_MS),
  );

async function ask(page, { day, from, to, why, send }) {
  await page.goto('/heures/new/HEURE_SUP');
  await page.locator('#jour').fill(day);
  await page.locator('#debut').fill(from);
  await page.locator('#fin').fill(to);
  await page.locator('#motif').fill(why);
  await page.getByRole('button', { name: send }).click();
  await page.waitForURL(/\/heures\/[0-9a-f-]{36}/);
}

const count = (page) => page.locator('#kpi-decisions .v').innerText().then((text) => Number.parseInt(text, 10));
/** The minutes of overtime of this week, as a card says them: "2 h 30", "45 min", "0 min". */
const minutes = async (page) => {
  const text = await page.locator('#kpi-heures-heures_sup_semaine .v').innerText();
  const [, hours, rest] = text.match(/^(?:(\d+)\s?h)?\s?(\d+)?/);
  return 60 * Number(hours ?? 0) + Number(rest ?? 0);
};

/** Waits until what a page shows is something else, without loading it anew. */
async function changes(read, before, bound = 15_000) {
  const end = Date.now() + bound;
  for (;;) {
    const now = await read();
    if (now !== before) return now;
    assert.ok(Date.now() < end, `still ${before} after ${bound} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('overtime', () => {
  test('in French with scripts: the dashboards change by themselves', { timeout: 120_000 }, () =>
    as('marc', {}, ({ page: marc, axe }) =>
      as('nadia', {}, async ({ page: nadia }) => {
        await marc.goto('/');
        await nadia.goto('/');
        const [asked, week] = [await count(marc), await minutes(marc)];
        const checks = await count(nadia);
        await as('lea', {}, async ({ page, axe: see }) => {
          const request = { day: daysAgo(0, 'fr-FR'), from: '17:00', to: '19:30', why: 'Panne de guindeau <b>Skeaf</b>' };
          await ask(page, { ...request, send: 'Envoyer à Marc Le Goff' });
          await page.getByText('Panne de guindeau <b>Skeaf</b>').waitFor();
          assert.equal(await page.getByRole('button', { name: /^Approuver/ }).count(), 0, 'nobody decides on their own');
          await see();
        });
        assert.equal(await changes(() => count(marc), asked), asked + 1);

        await marc.goto('/inbox');
        await marc.locator('.ilist a', { hasText: 'Léa Morvan' }).first().click();
        await marc.getByText('Panne de guindeau').waitFor();
        await marc.getByRole('button', { name: /^Approuver/ }).click();
        assert.equal(await changes(() => count(nadia), checks), checks + 1, 'it waits for human resources now');
        await marc.goto('/');
        assert.equal(await minutes(marc), week, 'not approved yet');

        await nadia.goto('/inbox');
        await nadia.locator('.ilist a', { hasText: 'Léa Morvan' }).first().click();
        await nadia.getByText('Panne de guindeau').waitFor();
        await nadia.getByRole('button', { name: /^Approuver/ }).click();
        assert.equal(await changes(() => minutes(marc), week), week + 150, 'in a window that nobody touched');
        await axe();
      }),
    ),
  );

  test('in English without scripts: refused with a reason', { timeout: 120_000 }, async () => {
    const way = { lang: 'en-GB', javaScript: false, width: 390 };
    const why = 'Late delivery of the Kan ar Mor';
    const address = await as('erwan', way, async ({ page }) => {
      await ask(page, { day: daysAgo(2, 'en-GB'), from: '17:30', to: '18:45', why, send: 'Send to Marc Le Goff' });
      return page.url();
    });
    const id = address.match(/[0-9a-f-]{36}/)[0];
    await as('marc', way, async ({ page }) => {
      await page.goto(`/inbox/heures/${id}`);
      await page.getByText(why).waitFor();
      await page.getByRole('link', { name: /^Refuse/ }).or(page.getByRole('button', { name: /^Refuse/ })).first().click();
      await page.locator('textarea').first().fill('The client had not agreed');
      await page.getByRole('button', { name: 'Refuse the request' }).click();
      await page.waitForURL((url) => !url.pathname.endsWith('/refuse'));
    });
    await as('erwan', way, async ({ page }) => {
      await page.goto(address);
      await page.getByText('The client had not agreed').waitFor();
      await page.getByText('Refused').first().waitFor();
    });
  });

  test('the operator follows one request through the databases', { timeout: 120_000 }, () =>
    as('omar', {}, async ({ page, axe }) => {
      await page.goto('/console/audit?type=form.workflow.approve');
      const first = page.locator('#audit tbody tr').first();
      await first.getByText('Nadia Benali').waitFor();
      await first.getByRole('link', { name: /Suivre/ }).click();
      await page.waitForURL(/\/console\/events\//);
      await page.getByText('form.workflow.approve').first().waitFor();
      for (const lane of ['heures', 'audit', 'dashboard']) {
        await page.locator('.trace svg text', { hasText: lane }).first().waitFor();
      }
      await axe();
    }),
  );

  test('the books of the living system are in order', { timeout: 120_000 }, async () => {
    assert.match(await product.run('verify'), /heures/);
  });
});
