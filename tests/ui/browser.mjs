// Real browsers: Debian's Chromium, one window per official; axe on pages; pictures of them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const SHOTS = fileURLToPath(new URL('shots', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(SHOTS, { recursive: true });

/** Conditions are waited for, never a time; this is when a test gives up. */
export const PATIENCE = Number(process.env.PATIENCE_MS ?? 30_000);

export function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic', '--lang=vi', ...more],
  });
}

/** A window of its own: own cookies, own storage. Every request that leaves loopback, and every error of the page, fails the test. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'light', locale: 'vi-VN', reducedMotion: 'reduce', acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.faults.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!['blob:', 'data:'].includes(protocol) && hostname !== '127.0.0.1') page.faults.push(`left loopback: ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

export const id = (page, name) => page.getByTestId(name);

/** Nothing went wrong unseen, then the window closes. */
export async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

/** Axe with the rules of WCAG 2.2 AA: nothing serious or critical. */
export async function accessible(page, name) {
  // Evaluated by the driver, as a developer would: the page's own policy forbids it to everybody else.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const serious = violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  assert.deepEqual(serious, [], `axe on ${name}`);
}

/** Nothing is wider than the window. */
export async function fits(page, name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide}px wider than its window`);
}

export async function shot(page, name, options = {}) {
  await page.evaluate(() => document.fonts.ready);
  // What was said a moment ago would stand over what is to be seen.
  const said = (to) => page.evaluate((to) => document.querySelector('[data-testid=announcer]')?.style.setProperty('visibility', to), to);
  await said('hidden');
  await page.screenshot({ path: `${SHOTS}/${name}.png`, animations: 'disabled', ...options });
  await said('visible');
}

/** A picture, axe, and no scrolling sideways. */
export async function looked(page, name) {
  await shot(page, name);
  await accessible(page, name);
  await fits(page, name);
}
