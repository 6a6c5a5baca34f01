// Officials in real browsers, on a real `thamvan ui` each, over the real server, witnesses and log.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { accessible, close, fits, id, launch, looked, open, shot } from './browser.mjs';
import { startLiar } from './liar.mjs';
import { World } from './world.mjs';

const world = new World();
const COUNCIL = 'Hội đồng Điều phối ASEAN';
const TITLE = 'Phát biểu tại phiên họp trù bị';
let browser;
/** One window per official. */
const at = {};
const address = {};

before(async () => {
  [browser] = await Promise.all([launch(), world.start()]);
  for (const home of ['mofa', 'moit', 'mof']) {
    address[home] = await world.ui(home);
    at[home] = await open(browser, address[home]);
  }
  await Promise.all(['mofa', 'moit', 'mof'].map((home) => online(at[home])));
});
after(async () => {
  await browser?.close();
  await world.stop();
});

const online = (page) => page.locator('[data-testid=connection][data-connection=online]').waitFor({ state: 'attached' });
const home = (page) => page.evaluate(() => (location.hash = '#/'));
const card = (page, title = TITLE) => id(page, 'consultation-card').filter({ hasText: title });
const row = (page, seat) => page.locator(`[data-testid=matrix-row][data-seat="${seat}"]`);
const said = (page, words) => id(page, 'announcer').getByText(words).waitFor();

async function show(page, title = TITLE) {
  await home(page);
  await card(page, title).getByRole('link').click();
  await id(page, 'consultation').waitFor();
}

async function toChannel(page, name = COUNCIL) {
  await id(page, 'channel-link').filter({ hasText: name }).first().click();
  await id(page, 'composer').waitFor();
}

async function write(page, text) {
  await id(page, 'composer-text').fill(text);
  await page.keyboard.press('Enter');
}

describe('logging in', () => {
  it('an address works once, and does not stay in the window', async () => {
    assert.doesNotMatch(at.mofa.url(), /token/);
    const again = await open(browser, address.mofa);
    await id(again, 'gone').waitFor();
    await looked(again, 'system-gone');
    await close(again);
  });

  it('nobody waits for anything yet: the empty page says so; the ended consultation is there', async () => {
    await id(at.mofa, 'waiting-empty').waitFor();
    await id(at.mofa, 'ended-toggle').click();
    await card(at.mofa, 'Cơ quan chủ trì lĩnh vực kinh tế số').getByRole('link').click();
    await id(at.mofa, 'conclusion-text').waitFor();
    assert.match(await id(at.mofa, 'dissent').innerText(), /Bộ Công an.*nguyên văn.*bảo đảm an ninh dữ liệu/s);
    assert.match(await row(at.mofa, 'mission/main').innerText(), /Quá hạn – chưa trả lời/);
    assert.match(await id(at.mofa, 'purpose-footer').innerText(), /không thay thế văn bản/);
    await looked(at.mofa, 'system-concluded');
  });
});

describe('a consultation, from the question to the conclusion', () => {
  it('the lead asks: what is missing is named, the Mission brings the Secretariat', async () => {
    const page = at.mofa;
    await home(page);
    await id(page, 'new-consultation').click();
    await id(page, 'new-channel').selectOption({ label: COUNCIL });
    await id(page, 'new-submit').click();
    assert.match(await id(page, 'new-missing').innerText(), /ghi tiêu đề.*ghi lý do.*chọn hạn.*ít nhất một cơ quan.*bí mật nhà nước/s);
    await id(page, 'new-title').fill(TITLE);
    await id(page, 'new-question').fill('Đề nghị cho ý kiến về nội dung phát biểu kèm theo.');
    await id(page, 'new-reason').fill('Phiên họp trù bị vào sáng mai.');
    await id(page, 'urgency-hoa_toc').check();
    await id(page, 'deadline-in-2').click();
    await id(page, 'ask-mission/main').check();
    await id(page, 'mission-note').waitFor();
    await id(page, 'ask-mission/main').uncheck();
    for (const agency of ['moit', 'mof']) await id(page, `ask-${agency}/main`).check();
    writeFileSync(join(world.dir, 'phat-bieu.txt'), 'DỰ THẢO phát biểu (ví dụ).\n');
    await id(page, 'new-form').getByTestId('file-input').setInputFiles(join(world.dir, 'phat-bieu.txt'));
    await id(page, 'file-state').getByText('sẵn sàng').waitFor();
    await id(page, 'new-attest').check();
    await looked(page, 'system-new');
    await id(page, 'new-submit').click();
    await id(page, 'consultation').waitFor();
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), new RegExp(TITLE));
  });

  it('it waits for those asked, without a reload; looking at it is seen by the lead', async () => {
    await card(at.moit).waitFor();
    await at.moit.bringToFront();
    assert.match(await card(at.moit).innerText(), /Hỏa tốc.*Nội bộ.*Còn 1 giờ/s);
    await looked(at.moit, 'system-home-waiting');
    await card(at.moit).getByRole('link').click();
    await id(at.moit, 'answer-form').waitFor();
    await row(at.mofa, 'moit/main').locator('td').nth(1).getByText(/\d\d:\d\d|có/).waitFor();
    assert.match(await row(at.mofa, 'moit/main').innerText(), /Chưa trả lời/);
  });

  it('the attachment is the one that was sent', async () => {
    const [download] = await Promise.all([at.moit.waitForEvent('download'), id(at.moit, 'attachment').first().click()]);
    assert.equal(download.suggestedFilename(), 'phat-bieu.txt');
    assert.equal(readFileSync(await download.path(), 'utf8'), 'DỰ THẢO phát biểu (ví dụ).\n');
  });

  it('one acknowledges and answers; a dissent needs its reason', async () => {
    const page = at.moit;
    await id(page, 'acknowledge').click();
    await id(page, 'acknowledged').waitFor();
    await row(at.mofa, 'moit/main').locator('td').nth(2).getByText(/\d\d:\d\d|có/).waitFor();
    await id(page, 'position-disagree').check();
    await id(page, 'answer-submit').click();
    await page.getByText('Ý kiến không nhất trí phải nêu lý do.').waitFor();
    await id(page, 'answer-text').fill('Chưa nhất trí với đoạn 2: đề nghị nêu rõ thời hạn.');
    await shot(page, 'system-answering');
    await id(page, 'answer-submit').click();
    await id(page, 'my-answer').getByText('Không nhất trí').waitFor();
    // The form is gone; whoever works by keys or by ear stands at its heading.
    await page.waitForFunction(() => document.activeElement.id === 'mine');
    await row(at.mofa, 'moit/main').getByText('Không nhất trí').waitFor();
    await home(page);
    await id(page, 'waiting-empty').waitFor();
  });

  it('and revises it: the earlier opinion stays in the history', async () => {
    const page = at.moit;
    await show(page);
    await id(page, 'answer-change').click();
    await id(page, 'position-disagree').check();
    await id(page, 'answer-text').fill('Không nhất trí với đoạn 2: thiếu thời hạn và kinh phí.');
    await id(page, 'answer-submit').click();
    await id(page, 'my-answer').getByText('lần 2').waitFor();
    assert.match(await id(page, 'timeline').innerText(), /nêu rõ thời hạn.*thiếu thời hạn và kinh phí/s);
    await looked(page, 'system-answered');
  });

  it('the lead sees from the first page who is silent, reminds them by one click, and extends', async () => {
    const page = at.mofa;
    await home(page);
    const mine = id(page, 'leading').getByTestId('consultation-card').filter({ hasText: TITLE });
    assert.match(await mine.innerText(), /Đã trả lời 1\/2.*Chưa trả lời: Bộ Tài chính/s);
    await looked(page, 'system-home-leading');
    await mine.getByTestId('remind').click();
    await said(page, 'Đã ghi nhật ký việc nhắc');
    await show(page);
    await id(page, 'extend').click();
    await id(page, 'deadline-in-6').click();
    await id(page, 'act-reason').fill('Bộ Tài chính đề nghị thêm thời gian.');
    await id(page, 'act-submit').click();
    await said(page, 'Đã ghi hạn trả lời mới.');
    await id(page, 'countdown').getByText(/Còn [56] giờ/).waitFor();
    // Nobody concludes while somebody may still answer (W2).
    assert.equal(await id(page, 'conclude').count(), 0);
  });

  it('the last answers; the conclusion carries the dissent word for word', async () => {
    await show(at.mof);
    await id(at.mof, 'position-agree').check();
    await id(at.mof, 'answer-submit').click();
    await id(at.mof, 'my-answer').waitFor();
    const page = at.mofa;
    await id(page, 'conclude').click();
    assert.match(await id(page, 'dissent-carried').innerText(), /Bộ Công Thương.*thiếu thời hạn và kinh phí/s);
    await id(page, 'conclusion-input').fill('Tiếp thu ý kiến của Bộ Công Thương; các nội dung khác được nhất trí.');
    await looked(page, 'system-concluding');
    await id(page, 'conclude-submit').click();
    await id(page, 'conclusion-text').waitFor();
    assert.match(await id(page, 'dissent').innerText(), /Không nhất trí với đoạn 2: thiếu thời hạn và kinh phí\./);
    await id(at.moit, 'conclusion-text').waitFor();
    assert.equal(await id(at.moit, 'answer-change').count(), 0);
  });

  it('is the same in the log as the command line shows it', async () => {
    // The command shares the home that the pages hold.
    const shown = (await world.as('moit', 'consult', 'list')).find((one) => one.title === TITLE);
    assert.equal(shown.state, 'concluded');
    assert.deepEqual(shown.agencies.map((seat) => [seat.seat, seat.position, seat.revision]).sort(), [['mof/main', 'agree', 1], ['moit/main', 'disagree', 2]]);
    assert.equal(shown.conclusion.dissent[0].text, 'Không nhất trí với đoạn 2: thiếu thời hạn và kinh phí.');
  });

  it('its record is looked at, and leaves only with a reason, which the log keeps', async () => {
    const page = at.moit;
    await id(page, 'export').click();
    const paper = id(page, 'record-preview');
    await paper.getByText('BIÊN BẢN THAM VẤN NHANH').waitFor();
    assert.match(await paper.innerText(), /DỰ THẢO.*thiếu thời hạn và kinh phí.*không thay thế văn bản/s);
    await looked(page, 'system-export');
    await id(page, 'export-document').selectOption('bang-tong-hop-y-kien');
    await paper.getByText('BẢNG TỔNG HỢP Ý KIẾN').first().waitFor();
    await id(page, 'export-submit').click();
    await page.getByText('Ghi đủ nội dung bắt buộc').waitFor();
    await id(page, 'export-reason').fill('Lập hồ sơ (ví dụ).');
    await id(page, 'export-submit').click();
    await id(page, 'exported').waitFor();
    await looked(page, 'system-exported');
    const taken = {};
    for (const name of ['bien-ban.docx', 'bien-ban.pdf', 'chung-cu.thamvan']) {
      const file = page.locator(`[data-testid=export-file][data-file="${name}"]`);
      const [download] = await Promise.all([page.waitForEvent('download'), file.click()]);
      assert.equal(download.suggestedFilename(), name);
      taken[name] = join(world.dir, name);
      await download.saveAs(taken[name]);
    }
    assert.equal(readFileSync(taken['bien-ban.pdf']).subarray(0, 5).toString(), '%PDF-');
    assert.equal(readFileSync(taken['bien-ban.docx']).subarray(0, 2).toString(), 'PK');
    const opened = await world.as('auditor', 'audit', 'open', taken['chung-cu.thamvan'], '--policy', join(world.dir, 'policy.txt'), '--genesis', join(world.dir, 'genesis.hash'));
    assert.equal(opened.verdict, 'ok');
    await id(page, 'export-close').click();
    await id(page, 'export-dialog').waitFor({ state: 'detached' });
    // The lead sees it, without a reload.
    await id(at.mofa, 'timeline').getByText('Xuất hồ sơ ra ngoài').waitFor();
    const shown = (await world.as('mofa', 'consult', 'list')).find((one) => one.title === TITLE);
    assert.deepEqual(shown.timeline.filter((act) => act.type === 'record-export').map((act) => [act.seat, act.text]), [['moit/main', 'Lập hồ sơ (ví dụ).']]);
  });
});

describe('a question that changes', () => {
  it('is revised, which asks everybody anew, and withdrawn, after which nobody answers', async () => {
    const title = 'Danh sách đoàn dự họp';
    await world.as('mofa', 'consult', 'open', COUNCIL, '--title', title, '--question', 'Đề nghị cử đại diện.', '--reason', 'Gấp.', '--deadline', '+2h', '--to', 'moit,mof', '--attest');
    const page = at.mofa;
    await show(page, title);
    await show(at.moit, title);
    await id(at.moit, 'position-agree').check();
    await id(at.moit, 'answer-submit').click();
    await row(page, 'moit/main').getByText('Nhất trí').waitFor();
    await id(page, 'revise').click();
    await id(page, 'revise-question').fill('Đề nghị cử đại diện cấp Vụ.');
    await id(page, 'act-reason').fill('Nêu rõ cấp.');
    await id(page, 'act-submit').click();
    await said(page, 'Đã sửa câu hỏi');
    await id(at.moit, 'answer-form').waitFor();
    await at.moit.getByText('Câu hỏi đã được sửa.').waitFor();
    await looked(at.moit, 'system-revised');
    await id(page, 'withdraw').click();
    await id(page, 'act-submit').click();
    await page.getByText('Ghi đủ nội dung bắt buộc').waitFor();
    await id(page, 'act-reason').fill('Chuyển sang họp.');
    await id(page, 'act-submit').click();
    await page.locator('[data-testid=consultation-state][data-state=withdrawn]').waitFor();
    await id(at.moit, 'answer-form').waitFor({ state: 'detached' });
  });
});

describe('what goes one way, and what is requested', () => {
  const NOTICE = 'Chủ trương tham gia ASEAN năm 2027';
  const REQUEST = 'Số liệu thương mại nội khối';
  async function begin(page, template, title, text) {
    await home(page);
    await id(page, 'new-consultation').click();
    await id(page, 'new-channel').selectOption({ label: COUNCIL });
    await id(page, 'new-template').selectOption(template);
    await id(page, 'new-title').fill(title);
    await id(page, 'new-question').fill(text);
    await id(page, 'ask-moit/main').check();
    await id(page, 'new-attest').check();
  }

  it('a notice is acknowledged in the page, which its author sees without a reload', async () => {
    await begin(at.mofa, 'notice_5_1', NOTICE, 'Thông báo chủ trương chung; đề nghị các cơ quan triển khai.');
    await looked(at.mofa, 'system-new-notice');
    await id(at.mofa, 'new-submit').click();
    await id(at.mofa, 'consultation').waitFor();
    await row(at.mofa, 'moit/main').getByText('Chưa xác nhận').waitFor();
    await show(at.moit, NOTICE);
    assert.equal(await id(at.moit, 'answer-form').count(), 0);
    await id(at.moit, 'acknowledge').click();
    await id(at.moit, 'acknowledged').waitFor();
    await row(at.mofa, 'moit/main').getByText('Chưa xác nhận').waitFor({ state: 'detached' });
    await at.mofa.locator('[data-testid=consultation-state][data-state=complete]').getByText('Tất cả đã xác nhận').waitFor();
    await id(at.mofa, 'archive-hint').waitFor();
    await looked(at.mofa, 'system-notice');
    await home(at.mofa);
    await id(at.mofa, 'waiting').waitFor();
    assert.equal(await card(at.mofa, NOTICE).count(), 0);
    await id(at.mofa, 'ended-toggle').click();
    await card(at.mofa, NOTICE).waitFor();
  });

  it('information that is requested is provided in the page, with the time that it took', async () => {
    await begin(at.mofa, 'request_5_4', REQUEST, 'Đề nghị cung cấp số liệu quý III.');
    await id(at.mofa, 'new-reason').fill('Phục vụ báo cáo.');
    await id(at.mofa, 'new-submit').click();
    await id(at.mofa, 'consultation').waitFor();
    await show(at.moit, REQUEST);
    await id(at.moit, 'answer-text').fill('Kim ngạch tăng 5,1%.');
    await id(at.moit, 'answer-submit').click();
    await id(at.moit, 'my-answer').getByText('Cung cấp thông tin').waitFor();
    await row(at.mofa, 'moit/main').getByText('Kim ngạch tăng 5,1%.').waitFor();
    assert.match(await row(at.mofa, 'moit/main').getByTestId('response-time').innerText(), /cung cấp sau \d+ phút/);
    await at.mofa.locator('[data-testid=consultation-state][data-state=complete]').getByText('Đã có thông tin').waitFor();
    assert.equal(await id(at.mofa, 'conclude').count(), 0);
    await looked(at.mofa, 'system-request');
  });

  it('the seats of the agency are those of the directory', async () => {
    await at.moit.evaluate(() => (location.hash = '#/settings'));
    await id(at.moit, 'own-seat').getByText('minh@moit').first().waitFor();
    assert.match(await id(at.moit, 'hand-over-ask').innerText(), /quyền cử: quantri@mofa\..*quyền xác nhận: pheduyet@moit/);
    await looked(at.moit, 'system-own-seats');
    await home(at.moit);
  });
});

describe('a seat is handed over', () => {
  const APSC = 'Cộng đồng Chính trị - An ninh ASEAN';
  const seat = (page) => page.locator('[data-testid=own-seat][data-seat="mofa/main"]');
  const absent = (page) => page.locator('[data-testid=absent][data-official="thu@mofa"]');
  const inChannel = (page, name) => absent(page).getByTestId('absent-channel').filter({ hasText: name });
  const pages = {};
  before(async () => {
    for (const home of ['admin', 'approver']) {
      pages[home] = await open(browser, await world.ui(home));
      await online(pages[home]);
    }
    for (const page of [pages.admin, pages.approver, at.mofa]) {
      await page.evaluate(() => (location.hash = '#/settings'));
      await id(page, 'own-seat').first().waitFor();
    }
  });
  after(async () => {
    for (const [home, page] of Object.entries(pages)) {
      await close(page);
      await world.stopOne(`ui-${home}`);
    }
    await home(at.mofa);
  });

  it('one proposes on their page, another confirms on theirs; a third sees the new holder without a reload', async () => {
    const { admin, approver } = pages;
    assert.equal(await id(at.mofa, 'appoint').count(), 0, 'who holds the seat has no right to appoint');
    await seat(admin).getByTestId('appoint').click();
    await id(admin, 'appoint-official').selectOption('thu@mofa');
    await id(admin, 'appoint-deputy').check();
    await id(admin, 'appoint-until').fill('31/12/2030');
    assert.match(await id(admin, 'appoint-remains').innerText(), /pheduyet@moit/);
    await looked(admin, 'system-hand-over-form');
    await id(admin, 'appoint-submit').click();
    await id(admin, 'appointment').getByText('thu@mofa').waitFor();
    assert.equal(await id(admin, 'appointment-confirm').count(), 0);
    await id(at.mofa, 'appointment').getByText('Người có quyền xác nhận: pheduyet@moit.').waitFor();
    assert.equal(await seat(at.mofa).getByText('thu@mofa').count(), 0, 'it does not hold yet');
    await id(approver, 'appointment-confirm').waitFor();
    await id(approver, 'appointments').scrollIntoViewIfNeeded();
    await looked(approver, 'system-hand-over-confirm');
    await id(approver, 'appointment-confirm').click();
    await seat(at.mofa).getByText('thu@mofa').waitFor();
    assert.match(await seat(at.mofa).innerText(), /thu@mofa: đầu mối phó, được cử thay mặt cơ quan.*đến 23:59 31\/12\/2030/s);
    for (const page of [admin, approver, at.mofa]) await id(page, 'appointments').waitFor({ state: 'detached' });
  });

  it('the successor is added to a channel by who may; of others the page says whom to ask', async () => {
    const page = at.mofa;
    await absent(page).locator('summary').click();
    await inChannel(page, 'Cộng đồng Kinh tế ASEAN').getByText('Nhờ thêm vào kênh: minh@moit').waitFor();
    await id(page, 'absent-holders').scrollIntoViewIfNeeded();
    await looked(page, 'system-hand-over-channels');
    await inChannel(page, APSC).getByTestId('absent-add').click();
    await inChannel(page, APSC).waitFor({ state: 'detached' });
    const shown = await world.as('mofa', 'channel', 'show', APSC);
    assert.ok(shown.members.includes('thu@mofa'));
    await world.as('mofa', 'channel', 'remove', APSC, 'thu@mofa', '--reason', 'Hết ví dụ.');
  });

  it('an appointment ends with a reason, which the log takes at once', async () => {
    const { admin } = pages;
    await seat(admin).getByTestId('end-thu@mofa').click();
    await id(admin, 'end-reason').fill('Hết ví dụ.');
    await id(admin, 'end-submit').click();
    await id(admin, 'end-dialog').waitFor({ state: 'detached' });
    for (const page of [admin, at.mofa]) await seat(page).locator('strong', { hasText: 'thu@mofa' }).waitFor({ state: 'detached' });
    const [held] = (await world.as('mofa', 'admin', 'seat', 'list')).filter((one) => one.seat === 'mofa/main');
    assert.deepEqual(held.holders.map((one) => one.official), ['lan@mofa']);
  });
});

describe('a document for a summit that prepares an agreement', () => {
  const title = 'Dự thảo văn kiện trình Hội nghị Cấp cao';
  it('is about a pillar, whose lead must be asked; it is not sent without its letter', async () => {
    const lead = at.mofa;
    await home(lead);
    await id(lead, 'new-consultation').click();
    await id(lead, 'new-channel').selectOption({ label: COUNCIL });
    await id(lead, 'new-template').selectOption('summit_document_12_3');
    await id(lead, 'new-pillar').selectOption('aec');
    assert.ok((await id(lead, 'ask-moit/main').isChecked()) && (await id(lead, 'ask-moit/main').isDisabled()));
    await id(lead, 'new-instrument').selectOption('agreement');
    await id(lead, 'new-title').fill(title);
    await id(lead, 'new-question').fill('Đề nghị cho ý kiến về dự thảo văn kiện.');
    await id(lead, 'new-reason').fill('Hạn trình trong ngày.');
    await id(lead, 'deadline-in-6').click();
    await id(lead, 'new-attest').check();
    await id(lead, 'new-submit').click();
    await id(lead, 'new-missing').getByText('nêu văn bản lấy ý kiến').waitFor();
    await id(lead, 'letter-will_follow').check();
    await looked(lead, 'system-new-instrument');
    await id(lead, 'new-submit').click();
    await id(lead, 'consultation').waitFor();
    await show(at.moit, title);
    for (const one of [lead, at.moit]) {
      await id(one, 'instrument-notice').getByText('thỏa thuận quốc tế: thủ tục bằng văn bản').waitFor();
      assert.match(await id(one, 'statutory').innerText(), /7 ngày làm việc \(chưa xác minh\).*Chưa ghi ngày nhận đủ hồ sơ/s);
      assert.match(await id(one, 'letter').innerText(), /Chưa gửi, sẽ gửi/);
    }
    assert.equal(await id(at.moit, 'record-letter').count(), 0);
  });

  it('after the conclusion its letter is an open task, until the lead records it', async () => {
    const lead = at.mofa;
    await id(at.moit, 'position-agree').check();
    await id(at.moit, 'answer-submit').click();
    await id(lead, 'conclude').click();
    await id(lead, 'conclusion-input').fill('Bộ Công Thương nhất trí; gửi văn bản lấy ý kiến theo quy định.');
    await id(lead, 'conclude-submit').click();
    await id(lead, 'follow-up').waitFor();
    await id(at.moit, 'follow-up').getByText('Cơ quan chủ trì (Bộ Ngoại giao)').waitFor();
    await looked(lead, 'system-follow-up');
    await id(lead, 'record-letter').click();
    await id(lead, 'new-letter-number').fill('1234/BNG-ASEAN ngày 26/11/2026');
    await id(lead, 'new-dossier').fill('25/11/2026');
    await id(lead, 'letter-submit').click();
    await said(lead, 'Đã ghi nhận văn bản chính thức');
    for (const one of [lead, at.moit]) {
      await id(one, 'follow-up').waitFor({ state: 'detached' });
      await id(one, 'letter').getByText('1234/BNG-ASEAN ngày 26/11/2026').waitFor();
      await id(one, 'timeline').getByText('Ghi nhận văn bản chính thức').waitFor();
    }
    await looked(lead, 'system-letter');
    const shown = (await world.as('moit', 'consult', 'list')).find((one) => one.title === title);
    assert.deepEqual([shown.pillar, shown.instrument, shown.follow_up, shown.letter], ['aec', 'agreement', false, { status: 'sent', number: '1234/BNG-ASEAN ngày 26/11/2026', dossier: '2026-11-25' }]);
  });
});

describe('chat', () => {
  it('a message arrives in the other window and is witnessed; a reply points at it', async () => {
    await toChannel(at.moit);
    await toChannel(at.mof);
    await id(at.moit, 'file-input').setInputFiles({ name: 'bảng kinh phí.csv', mimeType: 'text/csv', buffer: Buffer.from('mục,tiền\n1,2\n') });
    await id(at.moit, 'file-state').getByText('sẵn sàng').waitFor();
    await write(at.moit, 'Bộ Công Thương gửi bảng kinh phí.');
    const there = id(at.mof, 'message').filter({ hasText: 'Bộ Công Thương gửi bảng kinh phí.' });
    await there.waitFor();
    await there.getByTestId('message-state').getByText('Đã làm chứng').waitFor();
    const [download] = await Promise.all([at.mof.waitForEvent('download'), there.getByTestId('attachment').click()]);
    assert.equal(readFileSync(await download.path(), 'utf8'), 'mục,tiền\n1,2\n');
    await there.getByTestId('reply').click();
    await write(at.mof, 'Bộ Tài chính đã nhận.');
    await id(at.moit, 'message').filter({ hasText: 'Bộ Tài chính đã nhận.' }).getByText(/minh@moit: Bộ Công Thương gửi/).waitFor();
    await looked(at.moit, 'system-chat');
  });

  it('says why a message can be trusted, and who can read the channel', async () => {
    const page = at.mof;
    await id(page, 'message').filter({ hasText: 'Bộ Công Thương gửi bảng kinh phí.' }).first().getByTestId('why').click();
    await id(page, 'why-witness').getByText('Đủ số bên làm chứng').waitFor();
    await looked(page, 'system-why');
    await page.keyboard.press('Escape');
    await id(page, 'channel-trust').click();
    await id(page, 'trust-quorum').getByText('Đủ số bên làm chứng đã xác nhận nhật ký.').waitFor();
    await id(page, 'explain-minh@moit').click();
    await id(page, 'grounds').getByText('Đưa thiết bị vào kênh').first().waitFor();
    await looked(page, 'system-trust');
  });

  it('one part of a message is disclosed to an auditor, who verifies the file', async () => {
    const page = at.moit;
    await toChannel(page);
    const mine = id(page, 'message').filter({ hasText: 'Bộ Công Thương gửi bảng kinh phí.' }).first();
    await mine.getByTestId('disclose').click();
    await page.getByText('bảng kinh phí.csv').last().waitFor();
    await id(page, 'disclose-submit').click();
    await page.getByText('Ghi đủ nội dung bắt buộc').waitFor();
    await id(page, 'disclose-part-0').check();
    await id(page, 'disclose-to-kiemtra@vpcp').check();
    await id(page, 'disclose-reason').fill('Kiểm tra định kỳ (ví dụ).');
    await looked(page, 'system-disclosing');
    const [download] = await Promise.all([page.waitForEvent('download'), id(page, 'disclose-submit').click()]);
    assert.match(download.suggestedFilename(), /^disclosure-[0-9a-f]{12}-\d+-0\.thamvan$/);
    await id(page, 'disclosed').getByText('kiemtra@vpcp').waitFor();
    await looked(page, 'system-disclosed');
    const [again] = await Promise.all([page.waitForEvent('download'), id(page, 'disclose-again').click()]);
    const file = join(world.dir, download.suggestedFilename());
    await again.saveAs(file);
    assert.deepEqual(readFileSync(file), readFileSync(await download.path()));
    const opened = await world.as('auditor', 'audit', 'open', file, '--policy', join(world.dir, 'policy.txt'), '--genesis', join(world.dir, 'genesis.hash'), '--out', join(world.dir, 'opened'));
    assert.equal(opened.verdict, 'ok');
    assert.equal(readFileSync(join(world.dir, 'opened'), 'utf8'), 'Bộ Công Thương gửi bảng kinh phí.');
    await id(page, 'disclose-close').click();
    await id(page, 'disclose-dialog').waitFor({ state: 'detached' });
  });

  it('a draft is kept by the engine, through a reload and for the command line', async () => {
    const page = at.moit;
    await id(page, 'composer-text').fill('Bản nháp dở dang');
    await page.getByText('Đã giữ bản nháp').waitFor();
    await page.reload();
    await page.waitForFunction(() => document.querySelector('[data-testid=composer-text]')?.value === 'Bản nháp dở dang');
    assert.deepEqual((await world.as('moit', 'drafts', 'list')).map((one) => one.text), ['Bản nháp dở dang']);
    await id(page, 'composer-text').fill('');
    await page.waitForFunction(() => !document.querySelector('[data-testid=composer]').textContent.includes('Đã giữ bản nháp'));
  });

  it('hostile words arrive as words', async () => {
    const words = '<img src=x onerror="document.title=1"> \u202e javascript:alert(1)';
    await world.as('mof', 'send', COUNCIL, words);
    const there = id(at.moit, 'message').filter({ hasText: '<img src=x' });
    await there.getByText('U+202E').waitFor();
    assert.equal(await there.locator('img, a').count(), 0);
  });
});

describe('several windows', () => {
  it('of one home are in step, also with the command line', async () => {
    const second = await open(browser, await world.again('moit'));
    await online(second);
    await toChannel(second);
    await toChannel(at.moit);
    await write(second, 'Từ cửa sổ thứ hai.');
    await id(at.moit, 'message').filter({ hasText: 'Từ cửa sổ thứ hai.' }).waitFor();
    await world.as('moit', 'send', COUNCIL, 'Từ dòng lệnh.');
    for (const page of [second, at.moit]) await id(page, 'message').filter({ hasText: 'Từ dòng lệnh.' }).waitFor();
    // Locking one locks the home, so all.
    await id(second, 'lock').click();
    await id(at.moit, 'locked').waitFor();
    await looked(at.moit, 'system-locked');
    await id(at.moit, 'passphrase').fill('không phải');
    await id(at.moit, 'unlock').click();
    await id(at.moit, 'error').waitFor();
    await id(at.moit, 'passphrase').fill(world.passphrase('moit'));
    await id(at.moit, 'unlock').click();
    await id(at.moit, 'composer').waitFor();
    await id(second, 'composer').waitFor();
    await close(second);
  });
});

describe('a poor network', () => {
  it('offline is said; what is written waits and is called waiting; it leaves when the server is back', async () => {
    const page = at.moit;
    await toChannel(page);
    const opened = await world.as('mofa', 'consult', 'open', COUNCIL, '--title', 'Hỏi lúc mất mạng', '--question', 'Đề nghị cho ý kiến.', '--reason', 'Gấp.', '--deadline', '+2h', '--to', 'moit', '--attest');
    await home(page);
    await card(page, 'Hỏi lúc mất mạng').waitFor();
    await world.stopOne('server');
    await id(page, 'banner-offline').waitFor();
    await looked(page, 'system-offline');
    await toChannel(page);
    await write(page, 'Viết khi mất mạng.');
    const mine = id(page, 'message').filter({ hasText: 'Viết khi mất mạng.' });
    await mine.getByTestId('message-state').getByText('Chờ gửi, chưa ghi nhật ký').waitFor();
    await shot(page, 'system-offline-chat');
    await page.evaluate((one) => (location.hash = `#/consultation/${one}`), opened.id);
    await id(page, 'position-agree').check();
    await id(page, 'answer-submit').click();
    await id(page, 'answer-queued').getByText(/CHƯA được ghi nhật ký/).waitFor();
    assert.match(await row(page, 'moit/main').innerText(), /Chưa trả lời/);
    // It is not asked for again while it waits.
    assert.equal(await id(page, 'answer-form').count(), 0);
    await shot(page, 'system-offline-answer');
    // Nor after a reload, and the first page says so too.
    await page.reload();
    await id(page, 'answer-queued').waitFor();
    assert.equal(await id(page, 'answer-form').count(), 0);
    await home(page);
    await card(page, 'Hỏi lúc mất mạng').getByTestId('card-queued').getByText('Đã trả lời, đang chờ gửi').waitFor();
    await looked(page, 'system-offline-answered');
    await page.evaluate((one) => (location.hash = `#/consultation/${one}`), opened.id);
    await world.startServer();
    await id(page, 'banner-offline').waitFor({ state: 'detached' });
    await row(page, 'moit/main').getByText('Nhất trí').waitFor();
    await toChannel(page);
    await mine.getByTestId('message-state').getByText(/Đã ghi nhật ký|Đã làm chứng/).waitFor();
    await online(at.mof);
    await toChannel(at.mof);
    await id(at.mof, 'message').filter({ hasText: 'Viết khi mất mạng.' }).waitFor();
  });
});

describe('an auditor', () => {
  it('sees what the log shows of it, is offered nothing to do, and opens the report in a tab of its own', async () => {
    const file = join(world.dir, 'report.html');
    const page = await open(browser, await world.ui('auditor', { report: file }));
    await online(page);
    await page.getByRole('heading', { name: 'Kiểm tra nhật ký', level: 1 }).waitFor();
    await id(page, 'nav-report').waitFor();
    for (const name of ['nav-new', 'new-consultation', 'waiting-empty']) assert.equal(await id(page, name).count(), 0, name);
    await id(page, 'ended-toggle').waitFor();
    await looked(page, 'system-auditor');
    await page.setViewportSize({ width: 360, height: 740 });
    await looked(page, 'system-auditor-narrow');
    await page.setViewportSize({ width: 1280, height: 720 });
    await id(page, 'channel-link').first().click();
    await id(page, 'channel-closed').getByText('không có khóa đọc nội dung').waitFor();
    await id(page, 'message').getByText('không có khóa để đọc').first().waitFor();
    // Of an act it is shown what was done, in the record of the letter as in every other.
    const acts = id(page, 'message').filter({ hasText: 'Ghi nhận văn bản chính thức' });
    assert.equal(await acts.getByTestId('message-text').count(), 0);
    for (const name of ['gap', 'composer', 'disclose']) assert.equal(await id(page, name).count(), 0, name);
    await looked(page, 'system-auditor-channel');
    await home(page);
    const [report] = await Promise.all([page.context().waitForEvent('page'), id(page, 'report-open').click()]);
    await report.locator('#verdict').getByText('Không phát hiện sai lệch').waitFor();
    // The one style that its policy knows.
    assert.equal(await report.locator('.verdict').evaluate((node) => getComputedStyle(node).borderLeftStyle), 'solid');
    await shot(report, 'system-report');
    await fits(report, 'report');
    // Nothing runs there, axe neither: it looks at the file itself.
    await report.goto(String(pathToFileURL(file)));
    await accessible(report, 'report');
    await close(page);
  });

  it('whatever stands in the file, nothing of it runs, loads or leads away', async () => {
    const file = join(world.dir, 'hostile.html');
    const elsewhere = createServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    const asked = [];
    await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const there = `http://127.0.0.1:${elsewhere.address().port}`;
    writeFileSync(
      file,
      `<!doctype html><title>x</title><meta http-equiv="refresh" content="0;url=${there}/led"><link rel="stylesheet" href="${there}/style"><style>p { color: red }</style>
      <script>fetch('${there}/script'); document.title = 'ran'</script><script src="${there}/src"></script><img src="${there}/image" onerror="document.title='ran'">
      <iframe src="${there}/frame"></iframe><object data="${there}/object"></object><form action="${there}/form"><button id="send">gửi</button></form><p>hết</p>`,
    );
    await world.stopOne('ui-auditor');
    const page = await open(browser, await world.ui('auditor', { report: file }));
    const [report] = await Promise.all([page.context().waitForEvent('page'), id(page, 'report-open').click()]);
    await report.getByText('hết').waitFor();
    await report.locator('#send').click();
    // A meta refresh of 0 seconds would have led away before this second page has come.
    await report.reload();
    await report.getByText('hết').waitFor();
    assert.equal(await report.title(), 'x');
    assert.equal(await report.getByText('hết').evaluate((node) => getComputedStyle(node).color), 'rgb(0, 0, 0)');
    assert.deepEqual(asked, []);
    rmSync(file);
    await report.reload();
    await report.getByText('Không đọc được tệp báo cáo kiểm tra').waitFor();
    await page.context().close();
    await new Promise((resolve) => elsewhere.close(resolve));
  });
});

describe('a revoked device', () => {
  it('is told so, and what to do', async () => {
    const page = await open(browser, await world.ui('mocst-deputy'));
    await id(page, 'banner-problem').getByText('Thiết bị này không còn được dùng').waitFor();
    await looked(page, 'system-revoked');
    await close(page);
  });
});

describe('pages of others', () => {
  it('can neither read nor act, whatever they try', async () => {
    const here = new URL(at.mofa.url()).origin;
    const evil = createServer((request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>evil</title><p>evil</p>'));
    await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
    // In the very window of the official, so that the cookie is there.
    const page = await at.mofa.context().newPage();
    await page.goto(`http://localhost:${evil.address().port}/`);
    const tried = await page.evaluate(async (here) => {
      const outcome = (promise) => promise.then((answer) => `${answer.type} ${answer.status}`, () => 'refused');
      const verb = { method: 'POST', body: JSON.stringify({ args: ['send', 'Tham vấn thử', 'giả mạo'] }), credentials: 'include' };
      const frame = document.createElement('iframe');
      frame.src = here;
      document.body.append(frame);
      await new Promise((resolve) => (frame.onload = resolve));
      const framed = (() => {
        try {
          return frame.contentDocument?.body.innerHTML ?? 'closed';
        } catch {
          return 'closed';
        }
      })();
      return {
        read: await outcome(fetch(`${here}/api/state`, { credentials: 'include' })),
        blind: await outcome(fetch(`${here}/api/verb`, { ...verb, mode: 'no-cors' })),
        json: await outcome(fetch(`${here}/api/verb`, { ...verb, headers: { 'content-type': 'application/json' } })),
        events: await new Promise((resolve) => {
          const source = new EventSource(`${here}/api/events`, { withCredentials: true });
          source.onopen = () => resolve('opened');
          source.onerror = () => resolve('refused');
        }),
        framed,
      };
    }, here);
    // A request that nobody may read the answer of is sent by the browser; that it did nothing is what counts.
    assert.deepEqual({ ...tried, blind: '' }, { read: 'refused', blind: '', json: 'refused', events: 'refused', framed: 'closed' });
    assert.ok(!JSON.stringify(await world.as('mofa', 'read', 'Tham vấn thử')).includes('giả mạo'));
    await page.close();
    await new Promise((resolve) => evil.close(resolve));
  });

  it('under a name that is made to point here, nothing is served', async () => {
    const { port } = new URL(at.mofa.url());
    const rebound = await launch(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
    const page = await rebound.newPage();
    for (const path of ['/', '/api/state']) {
      const [answer] = await Promise.all([page.waitForResponse(/evil\.example/), page.goto(`http://evil.example:${port}${path}`).catch(() => undefined)]);
      assert.equal(answer.status(), 421, path);
    }
    await rebound.close();
  });
});

describe('an appointment that ends', () => {
  it('is told on the page that is open, with what to do', async () => {
    const ended = await world.as('admin', 'admin', 'seat', 'end', 'mof/main', 'quang@mof', '--reason', 'Chuyển công tác (ví dụ).');
    if (ended.proposal) await world.as('approver', 'admin', 'proposal', 'approve', ended.proposal);
    await id(at.mof, 'banner-problem').getByText('Đã hết thời hạn được cử vào đầu mối').waitFor();
    await looked(at.mof, 'system-term-ended');
  });
});

describe('a log that is forked', () => {
  it('is refused on the page, with what to do; with the honest server all goes on', async () => {
    const page = at.moit;
    await toChannel(page);
    const lied = [];
    await world.stopOne('server');
    const liar = await startLiar(world.dir, (size) => lied.push(size));
    const banner = id(page, 'banner-problem');
    await banner.getByText('Phát hiện sai lệch: ngừng dùng và giữ nguyên thiết bị').waitFor();
    const [, size] = /fork: the checkpoint of size (\d+) is not of the log that this device knows/.exec(await banner.innerText());
    assert.ok(lied.includes(Number(size)), `${size} of ${lied}`);
    assert.match(await banner.innerText(), /Giữ nguyên thư mục dữ liệu.*báo ngay người kiểm tra/s);
    await page.locator('[data-testid=connection][data-connection=refused]').waitFor();
    await looked(page, 'system-fork');
    await liar.stop();
    await world.startServer();
    // What is written meanwhile waits. The next try comes within a minute, or when the home is opened again.
    await write(page, 'Đã báo người kiểm tra qua điện thoại.');
    const mine = id(page, 'message').filter({ hasText: 'Đã báo người kiểm tra qua điện thoại.' });
    await mine.getByTestId('message-state').getByText('Chờ gửi, chưa ghi nhật ký').waitFor();
    await id(page, 'lock').click();
    await id(page, 'passphrase').fill(world.passphrase('moit'));
    await id(page, 'unlock').click();
    await mine.getByTestId('message-state').getByText(/Đã ghi nhật ký|Đã làm chứng/).waitFor();
    await banner.waitFor({ state: 'detached' });
    await online(page);
  });
});

describe('a clock that is a day slow', () => {
  it('is told, with what to do', async () => {
    const page = await open(browser, await world.ui('mission', { clock: '-1d' }));
    const banner = id(page, 'banner-problem');
    await banner.getByText('Đồng hồ của thiết bị chạy chậm').waitFor();
    assert.match(await banner.innerText(), /chậm hơn thời gian của nhật ký trên 2 phút.*Đặt lại đồng hồ cho đúng/s);
    await looked(page, 'system-clock');
    await close(page);
  });
});

describe('the application stops', () => {
  it('the page keeps what it shows, says so, and asks to be opened again once there is no session', async () => {
    await world.stopOne('ui-mof');
    await id(at.mof, 'banner-engine').waitFor();
    await accessible(at.mof, 'engine gone');
    await at.mof.context().close();
    delete at.mof;
  });
});

describe('in the end', () => {
  it('no page has reported an error or asked anything beyond loopback', async () => {
    for (const page of Object.values(at)) await close(page);
  });
});
