// What a window costs, on documents: first paint over loopback, the longest task and the rows in the page for a channel of 10,000 messages.
//   node bench.mjs        prints the numbers as JSON; a measurement, no test
import { id, launch } from './browser.mjs';
import { documents, ids, startFixture } from './fixture.mjs';

const MESSAGES = 10_000;
const docs = documents();
const like = docs.items.find((item) => item.type === 'message' && item.text);
docs.items = Array.from({ length: MESSAGES }, (_, n) => ({
  ...like, entry: `${ids.council}/${n}`, seq: n, index: n, reply: null, text: `Tin thứ ${n}. ${'Nội dung trao đổi. '.repeat(n % 9)}`, time_ms: Date.now() - (MESSAGES - n) * 60_000,
}));
const fixture = await startFixture(docs);
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
await page.addInitScript(() => {
  globalThis.longest = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => (globalThis.longest = Math.max(globalThis.longest, one.duration)))).observe({ type: 'longtask', buffered: true });
});
await page.goto(fixture.url);
await id(page, 'consultation-card').first().waitFor();
const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
await page.evaluate(() => (globalThis.longest = 0));
await page.evaluate((hash) => (location.hash = hash), `#/channel/${ids.council}`);
await page.getByText(`Tin thứ ${MESSAGES - 1}.`).waitFor();
const opening = await page.evaluate(() => globalThis.longest);
await page.evaluate(() => (globalThis.longest = 0));
await page.getByText(`Tin thứ ${MESSAGES - 1}.`).click();
await page.keyboard.press('Home');
await page.getByText('Tin thứ 0.').waitFor();
await page.mouse.move(700, 400);
for (let i = 0; i < 50; i++) await page.mouse.wheel(0, 2_000);
await page.keyboard.press('End');
await page.getByText(`Tin thứ ${MESSAGES - 1}.`).waitFor();
const scrolling = await page.evaluate(() => globalThis.longest);
const rows = await id(page, 'message').count();
const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
console.log(JSON.stringify({ first_contentful_paint_ms: Math.round(paint), longest_task_opening_ms: Math.round(opening), longest_task_scrolling_ms: Math.round(scrolling), rows, nodes }));
await browser.close();
await fixture.stop();
