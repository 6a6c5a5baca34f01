// What the pages show in each state, from documents (fixture.mjs): words, next steps, accessibility, both languages, all widths.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessible, close, fits, id, launch, looked, open, shot } from './browser.mjs';
import { documents, ids, notices, startFixture } from './fixture.mjs';

let browser;
const fixtures = [];
before(async () => (browser = await launch()));
after(async () => {
  await browser?.close();
  for (const fixture of fixtures) await fixture.stop().catch(() => undefined);
});

async function serve(docs) {
  const fixture = await startFixture(docs);
  fixtures.push(fixture);
  return fixture;
}

/** A window on documents of its own. */
async function on(docs, options = {}, path = '') {
  const fixture = await serve(docs);
  const page = await open(browser, fixture.url, options);
  if (path) await page.evaluate((hash) => (location.hash = hash), path);
  return { fixture, page, done: async () => (await close(page), await fixture.stop()) };
}

const PAGES = {
  home: '',
  consultation: `#/consultation/${ids.digital}`,
  concluded: `#/consultation/${ids.done}`,
  new: `#/new/${ids.council}`,
  channel: `#/channel/${ids.council}`,
  trust: `#/channel/${ids.council}/trust`,
  settings: '#/settings',
};
const READY = { home: 'waiting', consultation: 'consultation', concluded: 'conclusion', new: 'new-form', channel: 'messages', trust: 'trust-log', settings: 'this-device' };
const LOOKS = {
  'light-1280': {},
  'dark-1280': { colorScheme: 'dark' },
  'wide-1920': { viewport: { width: 1920, height: 1080 } },
  'narrow-360': { viewport: { width: 360, height: 740 } },
  // 200 % zoom of a 1280x720 window is a window of half its size.
  'zoom-200': { viewport: { width: 640, height: 360 } },
};

describe('every page', () => {
  for (const [look, options] of Object.entries(LOOKS)) {
    it(`is accessible and fits: ${look}`, async () => {
      const { page, done } = await on(documents('moit'), options);
      for (const [name, path] of Object.entries(PAGES)) {
        await page.evaluate((hash) => (location.hash = hash), path);
        await id(page, READY[name]).first().waitFor();
        // Colours and names are those of the others where only the width differs.
        if (look === 'wide-1920' || look === 'zoom-200') {
          await shot(page, `page-${name}-${look}`);
          await fits(page, `${name} ${look}`);
        } else await looked(page, `page-${name}-${look}`);
        if (name === 'consultation' && look !== 'zoom-200') {
          const main = page.locator('#main');
          await main.evaluate((node) => (node.scrollTop = node.scrollHeight));
          await shot(page, `page-${name}-end-${look}`);
        }
      }
      await done();
    });
  }

  it('speaks English too', async () => {
    const { page, done } = await on();
    await id(page, 'language').click();
    await page.getByRole('heading', { name: 'Waiting for my agency', level: 1 }).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    for (const [name, path] of Object.entries(PAGES)) {
      await page.evaluate((hash) => (location.hash = hash), path);
      await id(page, READY[name]).first().waitFor();
      await looked(page, `page-${name}-english`);
    }
    await page.reload();
    await page.getByRole('button', { name: 'Tiếng Việt' }).click();
    assert.equal(await page.getAttribute('html', 'lang'), 'vi');
    await done();
  });

  it('can be made dark by hand', async () => {
    const { page, done } = await on(documents(), {}, PAGES.settings);
    const ground = () => page.evaluate(() => getComputedStyle(document.body.parentElement).backgroundColor);
    const light = await ground();
    await page.getByText('Tối', { exact: true }).click();
    assert.notEqual(await ground(), light);
    await accessible(page, 'dark by hand');
    await done();
  });
});

describe('states, each with what to do next', () => {
  const problem = (code, message, hint) => ({ code, rule: null, article: null, message, hint });
  const cases = {
    fork: [{ connection: 'refused', problem: problem('finding', 'Phát hiện sai lệch: nhật ký hoặc máy chủ mâu thuẫn với những gì thiết bị này đã xác minh.', 'Đây là chứng cứ, không phải lỗi thao tác. Giữ nguyên thư mục dữ liệu và báo ngay người kiểm tra qua điện thoại hoặc gặp trực tiếp.') }, 'banner-problem', /ngừng dùng.*báo ngay người kiểm tra/s],
    revoked: [{ connection: 'refused', problem: problem('unknown_device', 'Máy chủ từ chối vì thiết bị này không có trong danh bạ còn hiệu lực.', 'Hỏi quản trị viên hệ thống của cơ quan.') }, 'banner-problem', /không còn được dùng.*quản trị viên hệ thống/s],
    expired: [{ problem: problem('term_ended', 'Thời hạn phân công của bạn tại đầu mối đã hết.', 'Đề nghị quản trị viên hệ thống của cơ quan phân công lại.') }, 'banner-problem', /hết thời hạn.*phân công lại/s],
    clock: [{ problem: problem('clock_behind', 'Đồng hồ của thiết bị này chậm hơn thời gian của nhật ký trên 2 phút.', 'Đặt lại đồng hồ cho đúng.') }, 'banner-problem', /chạy chậm.*Đặt lại đồng hồ/s],
    offline: [{ connection: 'offline', offline_since_ms: Date.now() - 600_000 }, 'banner-offline', /chưa trả lời.*gọi điện/s],
  };
  for (const [name, [state, banner, words]] of Object.entries(cases)) {
    it(name, async () => {
      const docs = documents();
      Object.assign(docs.state, state);
      const { page, done } = await on(docs);
      assert.match(await id(page, banner).innerText(), words);
      await looked(page, `state-${name}`);
      await done();
    });
  }

  it('comes and goes while the page is open', async () => {
    const { page, fixture, done } = await on();
    await id(page, 'waiting').waitFor();
    assert.equal(await id(page, 'banner-offline').count(), 0);
    fixture.docs.state.connection = 'offline';
    fixture.tellState();
    await id(page, 'banner-offline').waitFor();
    fixture.docs.state.connection = 'online';
    fixture.tellState();
    await id(page, 'banner-offline').waitFor({ state: 'detached' });
    await done();
  });

  it('loading', async () => {
    const docs = documents();
    docs.hang = (args) => args[0] === 'channels' || args[0] === 'consult';
    const { page, done } = await on(docs);
    await id(page, 'loading').first().waitFor();
    await looked(page, 'state-loading');
    await done();
  });

  it('empty', async () => {
    const docs = documents();
    docs.channels = [];
    docs.consultations = [];
    const { page, done } = await on(docs);
    await id(page, 'waiting-empty').waitFor();
    await id(page, 'channels-empty').waitFor();
    await looked(page, 'state-empty');
    await page.evaluate(() => (location.hash = '#/new'));
    await id(page, 'new-empty').waitFor();
    await looked(page, 'state-empty-new');
    await done();
  });

  it('error, with the engine\'s own words and a way to try again', async () => {
    const docs = documents();
    docs.refuse = (args) => (args[0] === 'channels' ? { code: 'store_failed', message: 'Không đọc hoặc không ghi được dữ liệu lưu trên thiết bị.', hint: 'Kiểm tra dung lượng đĩa trống.' } : null);
    const { page, fixture, done } = await on(docs);
    await id(page, 'banner-trouble').getByText('Kiểm tra dung lượng đĩa trống').waitFor();
    await looked(page, 'state-error');
    fixture.docs.refuse = undefined;
    await page.getByRole('button', { name: 'Thử lại' }).click();
    await id(page, 'consultation-card').first().waitFor();
    assert.equal(await id(page, 'banner-trouble').count(), 0);
    await done();
  });

  it('locked by hand: nothing of what was shown stays, a wrong passphrase is told', async () => {
    const { page, done } = await on();
    await id(page, 'consultation-card').first().waitFor();
    await id(page, 'lock').click();
    await id(page, 'locked').waitFor();
    assert.doesNotMatch(await page.content(), /kinh tế số/i);
    await looked(page, 'state-locked');
    await id(page, 'passphrase').fill('sai');
    await page.keyboard.press('Enter');
    await id(page, 'error').getByText('Mật khẩu mở khóa không đúng.').waitFor();
    await id(page, 'passphrase').fill('đúng');
    await page.keyboard.press('Enter');
    await id(page, 'consultation-card').first().waitFor();
    await done();
  });

  it('locked here stays locked, whatever the engine says until it has locked too', async () => {
    const docs = documents();
    docs.holdLock = true;
    const { page, fixture, done } = await on(docs);
    await id(page, 'consultation-card').first().waitFor();
    await id(page, 'lock').click();
    await id(page, 'locked').waitFor();
    fixture.tellState();
    fixture.tell('changed', {});
    fixture.docs.state.agency_name = 'Dấu hiệu đã đọc';
    fixture.tellState();
    await page.evaluate(() => fetch('/api/state'));
    assert.equal(await id(page, 'locked').count(), 1);
    assert.equal(await id(page, 'consultation-card').count(), 0);
    await id(page, 'passphrase').fill('đúng');
    await page.keyboard.press('Enter');
    await id(page, 'consultation-card').first().waitFor();
    await done();
  });

  it('an act that is refused stays told, also when the page is read again', async () => {
    const docs = documents('moit');
    docs.refuse = (args) => (args[1] === 'ack' ? { code: 'consultation', rule: 'repeated', message: 'Đầu mối này đã xác nhận việc đó rồi.', hint: 'Không cần làm gì thêm.' } : null);
    const { page, fixture, done } = await on(docs, {}, PAGES.consultation);
    await id(page, 'acknowledge').click();
    await id(page, 'error').getByText('Không cần làm gì thêm.').waitFor();
    const shown = () => fixture.asked.filter((args) => args[1] === 'show').length;
    const before = shown();
    fixture.tell('changed', {});
    while (shown() === before) await page.evaluate(() => fetch('/api/state'));
    await page.evaluate(() => fetch('/api/state'));
    assert.equal(await id(page, 'error').count(), 1);
    await done();
  });

  it('locks itself after five minutes without a hand on any window, not before', async () => {
    const fixture = await serve();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(fixture.url);
    await id(page, 'consultation-card').first().waitFor();
    await page.clock.runFor('04:50');
    await page.keyboard.press('Shift');
    await page.clock.runFor('04:50');
    assert.equal(await id(page, 'locked').count(), 0);
    await page.clock.runFor('00:15');
    await id(page, 'locked').waitFor();
    assert.equal(fixture.docs.state.locked, true);
    await context.close();
    await fixture.stop();
  });

  it('without a session: says how to come back', async () => {
    const docs = documents();
    docs.session = false;
    const { page, done } = await on(docs);
    await id(page, 'gone').waitFor();
    await looked(page, 'state-gone');
    await done();
  });

  it('when the application stops: keeps what is shown and says so', async () => {
    const { page, fixture } = await on();
    await id(page, 'consultation-card').first().waitFor();
    await fixture.stop();
    await id(page, 'banner-engine').waitFor();
    await looked(page, 'state-engine-gone');
    assert.ok((await id(page, 'consultation-card').count()) > 0);
    await page.context().close();
  });
});

describe('a long channel', () => {
  it('keeps few rows in the page, opens at its end, and moves by keys', async () => {
    const docs = documents();
    const like = docs.items.find((item) => item.type === 'message' && item.text);
    docs.items = Array.from({ length: 10_000 }, (_, n) => ({
      ...like, entry: `${ids.council}/${n}`, seq: n, index: n, reply: null, text: `Tin thứ ${n}. ${'Nội dung trao đổi. '.repeat(n % 7)}`, time_ms: Date.now() - (10_000 - n) * 60_000,
    }));
    const { page, fixture, done } = await on(docs, {}, PAGES.channel);
    await page.getByText('Tin thứ 9999.').waitFor();
    const rowsInPage = () => id(page, 'message').count();
    assert.ok((await rowsInPage()) < 60, `${await rowsInPage()} rows`);
    const list = id(page, 'messages');
    await page.getByText('Tin thứ 9999.').click();
    await page.keyboard.press('Home');
    await page.getByText('Tin thứ 0.').waitFor();
    assert.ok((await rowsInPage()) < 60);
    // Whoever reads above is not moved by what is new below.
    const before = await list.evaluate((node) => node.scrollTop);
    docs.items.push({ ...docs.items.at(-1), entry: `${ids.council}/10000`, seq: 10_000, index: 10_000, text: 'Tin mới nhất' });
    fixture.tell('changed', { streams: [ids.council] });
    await page.waitForFunction(() => document.querySelector('[data-testid=messages]')?.dataset.count === '10001');
    assert.equal(await list.evaluate((node) => node.scrollTop), before);
    await id(page, 'to-end').click();
    await page.getByText('Tin mới nhất').waitFor();
    await accessible(page, 'long channel');
    await done();
  });
});

describe('hostile words', () => {
  const HOSTILE = [
    '<img src=x onerror="document.title=\'pwned\'"><script>document.title="pwned"</script>',
    'javascript:document.title="pwned"', '[bấm vào đây](javascript:alert(1)) https://evil.example/',
    'Nhất trí \u202eírt tấhn gnôhK\u202c', 'p\u0430yp\u0430l \u200b\u200d\ufeff ẩn', `${'Z̸̡̛'.repeat(500)}`, 'x'.repeat(100_000), '{{constructor.constructor("alert(1)")()}} ${alert(1)}',
  ];
  it('are text and nothing else, everywhere', async () => {
    const docs = documents();
    docs.items = HOSTILE.map((text, n) => ({ ...docs.items[3], entry: `${ids.council}/${n}`, seq: n, index: n, reply: null, text, attachments: [{ n: 0, name: `${text.slice(0, 60)}.png`, size: 9, sha256: '' }] }));
    const one = docs.consultations[0];
    Object.assign(one, { title: HOSTILE[0], question: HOSTILE.join('\n'), reason: HOSTILE[3] });
    one.agencies[2].text = HOSTILE[0];
    docs.channels[0].name = HOSTILE[0];
    const { page, done } = await on(docs);
    for (const [name, path] of Object.entries(PAGES)) {
      await page.evaluate((hash) => (location.hash = hash), path);
      await id(page, READY[name]).first().waitFor();
      await fits(page, `hostile ${name}`);
      assert.equal(await page.locator('img:not([src="/icon.svg"])').count(), 0, name);
      assert.equal(await page.locator('a[href^="javascript"], a[href^="http"]').count(), 0, name);
      assert.doesNotMatch(await page.title(), /pwned/);
    }
    await page.evaluate((hash) => (location.hash = hash), PAGES.consultation);
    await id(page, 'question').getByText('U+202E').waitFor();
    assert.ok((await id(page, 'question').innerText()).length < 3_000);
    await shot(page, 'hostile-consultation');
    await page.evaluate((hash) => (location.hash = hash), PAGES.channel);
    await id(page, 'message').first().waitFor();
    await shot(page, 'hostile-channel');
    await done();
  });
});

describe('Vietnamese typing', () => {
  it('Telex: keys of an input method never send; Enter after the composition does, once, in NFC', async () => {
    const { page, fixture, done } = await on(documents(), {}, PAGES.channel);
    const field = id(page, 'composer-text');
    await field.click();
    const method = await page.context().newCDPSession(page);
    const sent = () => fixture.asked.filter((args) => args[0] === 'send' && !args.includes('--draft'));
    // As Telex writes "Hỏa": each step replaces what is being composed.
    for (const text of ['H', 'Ho', 'Hỏ', 'Hỏa'.normalize('NFD')]) {
      await method.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    }
    await field.evaluate((node) => {
      const press = (facts) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...facts }));
      press({ isComposing: true });
      press({ isComposing: true, keyCode: 229 });
    });
    assert.deepEqual(sent(), []);
    await method.send('Input.insertText', { text: 'Hỏa'.normalize('NFD') });
    await page.keyboard.type(' ');
    await page.keyboard.press('Shift+Enter');
    await method.send('Input.insertText', { text: 'tốc' });
    // While it is typed, the field is left as it is.
    assert.equal(await field.inputValue(), `${'Hỏa'.normalize('NFD')} \ntốc`);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('[data-testid=composer-text]').value === '');
    assert.deepEqual(sent().map((args) => args.at(-1)), ['Hỏa \ntốc']);
    await done();
  });

  it('works in every field of the answer and of the new consultation', async () => {
    const { page, done } = await on(documents(), {}, PAGES.consultation);
    const method = await page.context().newCDPSession(page);
    const type = async (name) => {
      await id(page, name).click();
      await method.send('Input.imeSetComposition', { text: 'đê', selectionStart: 2, selectionEnd: 2 });
      await method.send('Input.imeSetComposition', { text: 'đề', selectionStart: 2, selectionEnd: 2 });
      await method.send('Input.insertText', { text: 'đề' });
      await page.keyboard.type(' nghị');
      assert.equal(await id(page, name).inputValue(), 'đề nghị', name);
    };
    await type('answer-text');
    await page.evaluate((hash) => (location.hash = hash), PAGES.new);
    for (const name of ['new-title', 'new-question', 'new-reason']) await type(name);
    await done();
  });
});

describe('the forms know the rules', () => {
  it('a template brings those who must be asked; the Mission brings the Secretariat; the attestation is part of the act', async () => {
    const { page, fixture, done } = await on(documents('mofa'), {}, PAGES.new);
    await id(page, 'new-template').selectOption('new_field_3_7b');
    const mission = id(page, 'ask-mission/main');
    assert.ok((await mission.isChecked()) && (await mission.isDisabled()));
    assert.ok(!(await id(page, 'ask-moha/main').isChecked()));
    await page.getByText('Mẫu này buộc phải tham vấn').waitFor();
    await id(page, 'mission-note').waitFor();
    await id(page, 'tell-moha/main').check();
    await id(page, 'new-title').fill('Cơ quan chủ trì lĩnh vực kinh tế số');
    await id(page, 'new-question').fill('-- Đề nghị cho ý kiến.');
    await id(page, 'new-reason').fill('Phiên đàm phán tuần tới.');
    await id(page, 'urgency-khan').check();
    await id(page, 'deadline-time').fill('17:00');
    await id(page, 'deadline-day').fill('30/11/2099');
    await id(page, 'deadline-words').getByText('17:00 30/11/2099, giờ Hà Nội (UTC+7)').waitFor();
    await looked(page, 'new-template');
    await id(page, 'new-submit').click();
    await id(page, 'new-missing').getByText('bí mật nhà nước').waitFor();
    assert.ok(!fixture.asked.some((args) => args[1] === 'open'));
    await id(page, 'new-attest').check();
    await id(page, 'new-submit').click();
    await id(page, 'waiting').or(id(page, 'waiting-empty')).first().waitFor();
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'open').slice(2), [
      ids.council, '--template=new_field_3_7b', '--field=digital_economy', '--title=Cơ quan chủ trì lĩnh vực kinh tế số', '--question=-- Đề nghị cho ý kiến.',
      '--reason=Phiên đàm phán tuần tới.', '--urgency=khan', '--deadline=2099-11-30T17:00:00+07:00', '--to=mps/main,moit/main,mof/main,mocst/main,mission/main', '--tell=moha/main', '--label=internal', '--attest',
    ]);
    await done();
  });

  const PLAIN = ['--title=Dự thảo văn kiện', '--question=Đề nghị cho ý kiến.', '--reason=Hạn trình trong ngày.', '--urgency=normal', '--deadline=2099-11-30T17:00:00+07:00'];
  async function filled(page) {
    await id(page, 'new-title').fill('Dự thảo văn kiện');
    await id(page, 'new-question').fill('Đề nghị cho ý kiến.');
    await id(page, 'new-reason').fill('Hạn trình trong ngày.');
    await id(page, 'deadline-time').fill('17:00');
    await id(page, 'deadline-day').fill('30/11/2099');
    await id(page, 'new-attest').check();
  }
  const opened = (fixture) => fixture.asked.find((args) => args[1] === 'open');
  const sent = async (page) => {
    await id(page, 'new-submit').click();
    await id(page, 'waiting').or(id(page, 'waiting-empty')).first().waitFor();
  };

  it('a template about a pillar asks for it, and brings those who must be asked for that one', async () => {
    const { page, fixture, done } = await on(documents('mofa'), {}, PAGES.new);
    await id(page, 'new-template').selectOption('summit_document_12_3');
    await filled(page);
    await id(page, 'ask-mof/main').check();
    await id(page, 'new-submit').click();
    await id(page, 'new-missing').getByText('chọn trụ cột hoặc hội đồng').waitFor();
    const locked = async (agency) => (await id(page, `ask-${agency}/main`).isChecked()) && (await id(page, `ask-${agency}/main`).isDisabled());
    await id(page, 'new-pillar').selectOption('apsc');
    assert.deepEqual([await locked('mps'), await locked('moit')], [true, false]);
    await id(page, 'new-pillar').selectOption('aec');
    assert.deepEqual([await locked('mps'), await locked('moit')], [false, true]);
    await looked(page, 'new-pillar');
    // What another template is about stays with that one.
    await id(page, 'new-template').selectOption('general');
    assert.deepEqual([await locked('moit'), await id(page, 'new-pillar').count()], [false, 0]);
    await id(page, 'new-template').selectOption('summit_document_12_3');
    assert.equal(await id(page, 'new-pillar').inputValue(), '');
    await id(page, 'new-pillar').selectOption('aec');
    await sent(page);
    assert.deepEqual(opened(fixture).slice(2), [ids.council, '--template=summit_document_12_3', '--pillar=aec', ...PLAIN, '--to=moit/main,mof/main', '--label=internal', '--attest']);
    await done();
  });

  it('an instrument brings its notice, and cannot be sent without its letter', async () => {
    const docs = documents('mofa');
    docs.channels[0].askable.push({ seat: 'vpcp/main', agency: 'vpcp' });
    const { page, fixture, done } = await on(docs, {}, PAGES.new);
    await id(page, 'new-template').selectOption('treaty_9_3');
    assert.equal(await id(page, 'instrument-notice').count(), 0);
    await filled(page);
    await id(page, 'new-submit').click();
    await id(page, 'new-missing').getByText('chọn loại văn kiện').waitFor();
    await id(page, 'new-instrument').selectOption('treaty');
    assert.match(await id(page, 'instrument-notice').innerText(), /điều ước quốc tế: thủ tục bằng văn bản theo pháp luật vẫn phải thực hiện.*không thay thế/);
    assert.equal(await id(page, 'letter-none').count(), 0);
    assert.match(await id(page, 'new-missing').innerText(), /nêu văn bản lấy ý kiến/);
    await id(page, 'letter-sent').check();
    assert.match(await id(page, 'new-missing').innerText(), /ghi số, ký hiệu và ngày/);
    await id(page, 'new-letter-number').fill('  1234/BNG-ASEAN ngày 26/11/2026 ');
    await id(page, 'new-dossier').fill('31/02/2026');
    assert.match(await id(page, 'new-missing').innerText(), /ngày nhận đủ hồ sơ/);
    await id(page, 'new-submit').click();
    assert.equal(opened(fixture), undefined);
    await looked(page, 'new-instrument');
    await id(page, 'new-letter').scrollIntoViewIfNeeded();
    await shot(page, 'new-instrument-letter');
    await id(page, 'new-dossier').fill('2/12/2026');
    await sent(page);
    assert.deepEqual(opened(fixture).slice(2), [
      ids.council, '--template=treaty_9_3', '--instrument=treaty', '--letter=1234/BNG-ASEAN ngày 26/11/2026', '--dossier=2026-12-02', ...PLAIN, '--to=vpcp/main', '--label=internal', '--attest',
    ]);
    await done();
  });

  it('without an instrument a letter is optional; that there is none is not said for an instrument', async () => {
    const { page, fixture, done } = await on(documents('mofa'), {}, PAGES.new);
    await filled(page);
    await id(page, 'ask-mof/main').check();
    assert.ok(!(await id(page, 'letter-none').isVisible()));
    await id(page, 'new-letter-fold').click();
    await id(page, 'letter-none').check();
    await id(page, 'new-instrument').selectOption('asean_name');
    await id(page, 'new-submit').click();
    await id(page, 'new-missing').getByText('nêu văn bản lấy ý kiến').waitFor();
    await id(page, 'new-instrument').selectOption('');
    assert.equal(await id(page, 'instrument-notice').count(), 0);
    await id(page, 'letter-will_follow').check();
    await sent(page);
    assert.deepEqual(opened(fixture).slice(2), [ids.council, '--template=general', '--letter=will_follow', ...PLAIN, '--to=mof/main', '--label=internal', '--attest']);
    await done();
  });

  it('who must be asked and is not in the channel is named', async () => {
    const { page, fixture, done } = await on(documents('mofa'), {}, PAGES.new);
    await id(page, 'new-template').selectOption('asean_name_10_2');
    assert.equal(await id(page, 'new-instrument').inputValue(), 'asean_name');
    await filled(page);
    await id(page, 'letter-will_follow').check();
    await id(page, 'ask-mof/main').check();
    await id(page, 'new-submit').click();
    await id(page, 'new-missing').getByText('chưa có trong kênh: Văn phòng Chính phủ').waitFor();
    assert.equal(opened(fixture), undefined);
    await done();
  });

  it('a deputy answers for the seat; who may not speak for the agency is not offered to', async () => {
    const docs = documents('moit');
    docs.consultations[0].acting_for = 'moit/main';
    docs.consultations[0].capacities = ['unit', 'personal'];
    const { page, fixture, done } = await on(docs, {}, PAGES.consultation);
    await id(page, 'no-speak-for').waitFor();
    assert.equal(await id(page, 'capacity-agency').count(), 0);
    await page.getByText('không tính là ý kiến của cơ quan').waitFor();
    await id(page, 'position-no_opinion').check();
    assert.match(await id(page, 'answer-summary').innerText(), /thay mặt đơn vị đầu mối của Bộ Công Thương: Không có ý kiến.*Cấp phó/s);
    await id(page, 'answer-submit').click();
    await id(page, 'announcer').getByText('Đã ghi ý kiến').waitFor();
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'answer').slice(3), ['--position=no_opinion', '--capacity=unit', '--acting-for=moit/main']);
    await done();
  });

  it('a refusal of the engine stands beside the act, with its rule, and the words stay', async () => {
    const docs = documents('moit');
    docs.refuse = (args) => (args[1] === 'answer' ? { code: 'consultation', rule: 'stale_question', article: 'khoản 6 Điều 5', message: 'Câu hỏi đã được sửa sau khi ý kiến này được soạn.', hint: 'Đọc câu hỏi hiện tại bằng “thamvan consult show” rồi trả lời lại.' } : null);
    const { page, done } = await on(docs, {}, PAGES.consultation);
    await id(page, 'position-disagree').check();
    await id(page, 'answer-text').fill('Cần thêm thời gian.');
    await id(page, 'answer-submit').click();
    await id(page, 'error').getByText('Căn cứ: khoản 6 Điều 5').waitFor();
    // The engine's hint is for its command line; the page has its own.
    assert.match(await id(page, 'error').innerText(), /Câu hỏi hiện tại đã hiện ở trang này/);
    assert.doesNotMatch(await id(page, 'error').innerText(), /thamvan consult/);
    assert.equal(await id(page, 'answer-text').inputValue(), 'Cần thêm thời gian.');
    assert.equal(await id(page, 'banner-trouble').count(), 0);
    await accessible(page, 'refused answer');
    await done();
  });
});

describe('the record of a consultation', () => {
  const led = () => {
    const docs = documents('mofa');
    Object.assign(docs.consultations.find((one) => one.id === ids.done), { leads: true });
    return docs;
  };

  it('is shown as it will stand on paper; it leaves with a reason and not before', async () => {
    const { page, fixture, done } = await on(led(), {}, PAGES.concluded);
    await id(page, 'export').click();
    const paper = id(page, 'record-preview');
    await paper.getByRole('columnheader', { name: 'Cơ quan' }).waitFor();
    assert.match(await paper.innerText(), /<b>không là thẻ<\/b>/);
    await looked(page, 'export-preview');
    await page.setViewportSize({ width: 360, height: 740 });
    await looked(page, 'export-preview-narrow');
    const exports = () => fixture.asked.filter((args) => args[0] === 'consult' && args[1] === 'export');
    await id(page, 'export-submit').click();
    await page.getByText('Ghi đủ nội dung bắt buộc').waitFor();
    assert.deepEqual(exports(), []);
    await id(page, 'export-reason').fill('Lập hồ sơ');
    await id(page, 'export-submit').click();
    await id(page, 'export-file').waitFor();
    assert.deepEqual(exports(), [['consult', 'export', ids.done, '--reason=Lập hồ sơ']]);
    await looked(page, 'export-files');
    await done();
  });

  it('is refused at a secrecy level, with the rule; who takes no part is not offered it', async () => {
    const docs = led();
    docs.refuse = (args) => (args[1] === 'preview' ? { code: 'not_allowed', rule: 'S13', message: 'Ở độ mật này không có bản sao nào được ra khỏi thiết bị.', hint: '' } : null);
    const { page, done } = await on(docs, {}, PAGES.concluded);
    await id(page, 'export').click();
    await page.getByText('không có bản sao nào').waitFor();
    assert.equal(await id(page, 'export-submit').count(), 0);
    await done();
    const outside = documents('moit');
    for (const one of outside.consultations) Object.assign(one, { leads: false, agencies: [], told: [] });
    const other = await on(outside, {}, PAGES.concluded);
    await id(other.page, 'conclusion-text').waitFor();
    assert.equal(await id(other.page, 'export').count(), 0);
    await other.done();
  });
});

describe('the official letter beside a consultation', () => {
  const prepared = (agency, facts) => {
    const docs = documents(agency);
    Object.assign(docs.consultations[0], {
      template: 'treaty_9_3', instrument: 'agreement', letter: { status: 'will_follow', number: '', dossier: '2026-11-25' }, follow_up: false,
      statutory: { days: 7, working: true, law: 'Luật Thỏa thuận quốc tế (Luật số 70/2020/QH14)', verified: false, last_day: '2026-12-04' }, ...facts,
    });
    return docs;
  };

  it('stands on the page with the notice and the time that the law sets', async () => {
    const { page, done } = await on(prepared('moit'), {}, PAGES.consultation);
    await id(page, 'instrument-notice').getByText('thỏa thuận quốc tế: thủ tục bằng văn bản').waitFor();
    assert.match(await id(page, 'statutory').innerText(), /7 ngày làm việc \(chưa xác minh\).*04\/12\/2026.*70\/2020\/QH14/s);
    assert.match(await id(page, 'letter').innerText(), /Chưa gửi, sẽ gửi.*25\/11\/2026/s);
    for (const name of ['record-letter', 'follow-up']) assert.equal(await id(page, name).count(), 0, name);
    await looked(page, 'letter-member');
    await page.setViewportSize({ width: 360, height: 740 });
    await looked(page, 'letter-member-narrow');
    await id(page, 'language').click();
    await id(page, 'statutory').getByText('not verified').waitFor();
    await looked(page, 'letter-member-english');
    await done();
  });

  it('the time of the law is called verified where it is; without the dossier there is no last day', async () => {
    const statutory = { days: 10, working: false, law: 'Luật Điều ước quốc tế', verified: true, last_day: null };
    const { page, done } = await on(prepared('moit', { instrument: 'treaty', letter: { status: 'sent', number: '12/BNG <b>', dossier: null }, statutory }), {}, PAGES.consultation);
    assert.match(await id(page, 'statutory').innerText(), /10 ngày \(đã đối chiếu văn bản\).*Chưa ghi ngày nhận đủ hồ sơ/s);
    assert.match(await id(page, 'letter').innerText(), /12\/BNG <b>/);
    await done();
  });

  it('where no number of days is known the page names the act and makes up no day', async () => {
    const statutory = { days: null, working: false, law: 'Quyết định số 26/2024/QĐ-TTg', verified: false, last_day: null };
    const { page, done } = await on(prepared('moit', { instrument: 'asean_name', statutory }), {}, PAGES.consultation);
    const said = await id(page, 'statutory').innerText();
    assert.match(said, /Số ngày: theo văn bản nêu dưới đây \(chưa xác minh\).*26\/2024\/QĐ-TTg/s);
    assert.doesNotMatch(said, /null|ngày cuối cùng/i);
    await done();
  });

  it('after the conclusion it is an open task, and is recorded', async () => {
    const event = { entry: `${ids.council}/90`, time_ms: Date.now(), type: 'letter-record', official: 'lan@mofa', seat: 'mofa/main', capacity: 'agency', deadline_ms: null, late: false, position: null, text: null, attachments: [], fault: null };
    const docs = prepared('mofa', { state: 'concluded', follow_up: true, allowed: ['letter'], timeline: [event] });
    const { page, fixture, done } = await on(docs, {}, PAGES.consultation);
    await id(page, 'follow-up').getByText('Ghi nhận văn bản').waitFor();
    await id(page, 'timeline').getByText('Ghi nhận văn bản chính thức').waitFor();
    await looked(page, 'letter-follow-up');
    await id(page, 'record-letter').click();
    assert.equal(await id(page, 'letter-none').count(), 0);
    assert.equal(await id(page, 'new-dossier').inputValue(), '25/11/2026');
    await id(page, 'letter-submit').click();
    await page.getByText('Ghi đủ nội dung bắt buộc').waitFor();
    await id(page, 'new-letter-number').fill('1234/BNG-ASEAN ngày 26/11/2026');
    await looked(page, 'letter-dialog');
    Object.assign(docs.consultations[0], { follow_up: false, letter: { status: 'sent', number: '1234/BNG-ASEAN ngày 26/11/2026', dossier: '2026-11-25' } });
    await id(page, 'letter-submit').click();
    await id(page, 'announcer').getByText('Đã ghi nhận văn bản').waitFor();
    await id(page, 'letter').getByText('1234/BNG-ASEAN').waitFor();
    await id(page, 'follow-up').waitFor({ state: 'detached' });
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'letter').slice(2), [ids.digital, '--letter=1234/BNG-ASEAN ngày 26/11/2026', '--dossier=2026-11-25']);
    await done();
  });
});

describe('notices and requests for information', () => {
  const given = (agency, facts) => {
    const docs = documents(agency);
    docs.consultations = notices(agency, facts);
    return docs;
  };
  const of = (page, one) => page.locator(`[data-testid=consultation-card][data-id="${one}"]`);
  const row = (page, agency) => page.locator(`[data-testid=matrix-row][data-seat="${agency}/main"]`);
  /** At both widths and in both languages. */
  async function seen(page, name, at) {
    await looked(page, name);
    await page.setViewportSize({ width: 360, height: 740 });
    if (at) await id(page, at).scrollIntoViewIfNeeded();
    await looked(page, `${name}-narrow`);
    await id(page, 'language').click();
    await page.waitForFunction(() => document.documentElement.lang === 'en');
    await looked(page, `${name}-english`);
    await id(page, 'language').click();
    await page.waitForFunction(() => document.documentElement.lang === 'vi');
    await page.setViewportSize({ width: 1280, height: 720 });
  }

  it('cards say what they are, and stand where they wait, are led, or have ended', async () => {
    const asked = await on(given('moit'));
    await id(asked.page, 'waiting').getByTestId('consultation-card').nth(1).waitFor();
    assert.match(await of(asked.page, ids.notice).innerText(), /^Thông báo/);
    assert.match(await of(asked.page, ids.request).innerText(), /^Yêu cầu cung cấp thông tin/);
    await seen(asked.page, 'home-notices');
    await asked.done();
    const lead = await on(given('mofa', { notice: { state: 'overdue' } }));
    const leading = id(lead.page, 'leading');
    await leading.waitFor();
    assert.match(await leading.innerText(), /Quá hạn xác nhận.*Đã xác nhận 1\/2.*Chưa xác nhận: Bộ Công Thương/s);
    assert.match(await leading.innerText(), /Đang chờ thông tin.*Đã cung cấp 1\/2.*Chưa cung cấp: Bộ Công Thương/s);
    await looked(lead.page, 'home-notices-led');
    await lead.done();
    const over = await on(given('mofa', { notice: { state: 'complete' }, request: { state: 'archived' } }));
    await id(over.page, 'ended-toggle').click();
    assert.equal(await id(over.page, 'leading').count(), 0);
    assert.match(await of(over.page, ids.notice).innerText(), /Tất cả đã xác nhận/);
    assert.match(await of(over.page, ids.request).innerText(), /Đã lưu/);
    await looked(over.page, 'home-notices-ended');
    await over.done();
  });

  it('a notice is read and acknowledged by one button, and is not answered', async () => {
    const docs = given('moit');
    const { page, fixture, done } = await on(docs, {}, `#/consultation/${ids.notice}`);
    await id(page, 'question').getByText('Thông báo chủ trương chung').waitFor();
    assert.match(await id(page, 'consultation-form').innerText(), /^Thông báo$/);
    assert.match(await row(page, 'moit').innerText(), /Chưa xác nhận/);
    assert.doesNotMatch(await row(page, 'mof').innerText(), /Chưa/);
    assert.match(await id(page, 'purpose-footer').innerText(), /không thay thế văn bản chính thức/);
    await page.getByRole('heading', { name: 'Hạn xác nhận' }).waitFor();
    for (const name of ['answer-form', 'letter', 'conclusion', 'lead-actions', 'record-letter']) assert.equal(await id(page, name).count(), 0, name);
    assert.equal(await row(page, 'moit').locator('td').count(), 3);
    await seen(page, 'notice');
    const seats = docs.consultations[0].agencies;
    Object.assign(docs.consultations[0], { waiting: [], allowed: [], state: 'complete' });
    Object.assign(seats[0], { acknowledged: `${ids.council}/66`, acknowledged_ms: Date.now() });
    await id(page, 'acknowledge').click();
    await id(page, 'announcer').getByText('Đã ghi nhật ký việc xác nhận').waitFor();
    await id(page, 'acknowledged').waitFor();
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'ack'), ['consult', 'ack', ids.notice]);
    await looked(page, 'notice-acknowledged');
    await done();
  });

  it('whoever posted it sees who is overdue, and concludes nothing', async () => {
    const { page, done } = await on(given('mofa', { notice: { state: 'overdue', deadline_ms: Date.now() - 3_600_000 } }), {}, `#/consultation/${ids.notice}`);
    await row(page, 'moit').getByText('Quá hạn – chưa xác nhận').waitFor();
    await id(page, 'lead-actions').getByText('Thu hồi thông báo').waitFor();
    for (const name of ['conclude', 'my-opinion', 'letter', 'record-letter']) assert.equal(await id(page, name).count(), 0, name);
    await seen(page, 'notice-overdue');
    await done();
  });

  it('where everybody has acknowledged, it can be put right and no later deadline is offered', async () => {
    const { page, done } = await on(given('mofa', { notice: { state: 'complete' } }), {}, `#/consultation/${ids.notice}`);
    await id(page, 'revise').waitFor();
    for (const name of ['extend', 'reopen']) assert.equal(await id(page, name).count(), 0, name);
    await done();
  });

  it('what is requested is provided by a text and files alone; how long it took is shown', async () => {
    const { page, fixture, done } = await on(given('moit'), {}, `#/consultation/${ids.request}`);
    await id(page, 'answer-form').waitFor();
    assert.equal(await id(page, 'position-agree').count(), 0);
    assert.match(await row(page, 'mof').getByTestId('response-time').innerText(), /cung cấp sau 2 giờ 5 phút/);
    assert.match(await row(page, 'moit').innerText(), /Chưa cung cấp/);
    for (const name of ['conclude', 'letter', 'conclusion']) assert.equal(await id(page, name).count(), 0, name);
    await id(page, 'answer-submit').click();
    await page.getByText('Ghi thông tin cung cấp').waitFor();
    await seen(page, 'request');
    await id(page, 'answer-text').fill('Kim ngạch tăng 5,1%.');
    await id(page, 'answer-submit').click();
    await id(page, 'announcer').getByText('Đã ghi thông tin').waitFor();
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'answer').slice(2), [ids.request, '--position=information', '--capacity=agency', '--text=Kim ngạch tăng 5,1%.']);
    await done();
  });

  it('the form is grouped, and asks for no more than a notice or a request needs', async () => {
    const { page, fixture, done } = await on(documents('mps'), {}, PAGES.new);
    await id(page, 'new-template').waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=new-template] optgroup').length === 3);
    assert.deepEqual(await id(page, 'new-template').locator('optgroup').evaluateAll((all) => all.map((one) => one.label)), ['Tham vấn', 'Thông báo', 'Yêu cầu cung cấp thông tin']);
    await id(page, 'new-template').selectOption('notice_5_3');
    await page.getByRole('heading', { name: 'Gửi thông báo', level: 1 }).waitFor();
    for (const name of ['new-reason', 'new-instrument', 'new-letter-fold']) assert.equal(await id(page, name).count(), 0, name);
    const typed = await id(page, 'deadline-day').inputValue();
    const [d, m, y] = typed.split('/').map(Number);
    assert.ok(Math.abs(Date.UTC(y, m - 1, d) - Date.now() - 7 * 86_400_000) < 2 * 86_400_000, typed);
    await id(page, 'ask-all').click();
    assert.ok(await id(page, 'ask-mofa/main').isChecked());
    // One seat of each agency.
    assert.ok(!(await id(page, 'ask-mofa/secretariat').isChecked()));
    await id(page, 'new-title').fill('Tình hình trụ cột');
    await id(page, 'new-question').fill('Thông báo tình hình quý IV.');
    await id(page, 'urgency-khan').check();
    await id(page, 'new-reason').waitFor();
    await id(page, 'urgency-normal').check();
    await id(page, 'deadline-time').fill('17:00');
    await id(page, 'deadline-day').fill('30/11/2099');
    await id(page, 'new-attest').check();
    await seen(page, 'new-notice');
    await id(page, 'new-submit').click();
    await id(page, 'announcer').getByText('Đã gửi thông báo').waitFor();
    const opened = fixture.asked.find((args) => args[1] === 'open').slice(2);
    assert.deepEqual(opened.filter((arg) => !arg.startsWith('--to=')), [
      ids.council, '--template=notice_5_3', '--title=Tình hình trụ cột', '--question=Thông báo tình hình quý IV.', '--reason=', '--urgency=normal', '--deadline=2099-11-30T17:00:00+07:00', '--label=internal', '--attest',
    ]);
    assert.deepEqual(opened.find((arg) => arg.startsWith('--to=')).slice(5).split(',').sort(), ['mission/main', 'mocst/main', 'mof/main', 'mofa/main', 'moha/main', 'moit/main']);
    await done();
  });

  it('a report goes to the Secretariat too; a request to the Secretariat goes to its seat and to nobody else', async () => {
    const { page, fixture, done } = await on(documents('mps'), {}, PAGES.new);
    await id(page, 'new-template').selectOption('report_6');
    await id(page, 'new-pillar').selectOption('aec');
    await id(page, 'secretariat-note').getByText('khoản 1, 3 Điều 6').waitFor();
    assert.ok((await id(page, 'ask-moit/main').isChecked()) && (await id(page, 'ask-moit/main').isDisabled()));
    await looked(page, 'new-report');
    await id(page, 'new-template').selectOption('request_5_2');
    await page.getByText('có trách nhiệm cung cấp, đã đánh dấu').waitFor();
    assert.ok(await id(page, 'ask-mofa/secretariat').isChecked());
    for (const seat of ['mofa/main', 'moit/main']) assert.ok(!(await id(page, `ask-${seat}`).isChecked()) && (await id(page, `ask-${seat}`).isDisabled()), seat);
    assert.equal(await id(page, 'ask-all').count(), 0);
    await id(page, 'new-title').fill('Tình hình chung');
    await id(page, 'new-question').fill('Đề nghị cung cấp tình hình chung.');
    await id(page, 'new-attest').check();
    await id(page, 'new-submit').click();
    await id(page, 'new-missing').getByText('ghi lý do').waitFor();
    await id(page, 'new-reason').fill('Phục vụ báo cáo năm.');
    await seen(page, 'new-request');
    await id(page, 'new-submit').click();
    await id(page, 'announcer').getByText('Đã gửi yêu cầu').waitFor();
    assert.ok(fixture.asked.find((args) => args[1] === 'open').includes('--to=mofa/secretariat'));
    await done();
  });

  it('an archived record says who handed it over; what has ended says how; an export says why', async () => {
    const docs = documents('mofa');
    const done = docs.consultations.at(-1);
    const event = (n, type, text) => ({ ...done.timeline[0], entry: `${ids.council}/${n}`, time_ms: Date.now() - 60_000, type, text });
    done.allowed = ['archive'];
    done.timeline.push(event(91, 'record-export', 'Trình Lãnh đạo Bộ.'));
    const shown = await on(docs, {}, PAGES.concluded);
    await id(shown.page, 'archive-hint').getByText(`thamvan consult archive ${ids.done.slice(0, 12)} --out`).waitFor();
    assert.match(await id(shown.page, 'timeline').innerText(), /Kết xuất hồ sơ ra ngoài.*Trình Lãnh đạo Bộ\./s);
    assert.equal(await id(shown.page, 'archived').count(), 0);
    await seen(shown.page, 'archive-hint');
    Object.assign(done, { state: 'archived', allowed: [] });
    done.timeline.push(event(92, 'record-archive', null));
    shown.fixture.tell('changed', {});
    await id(shown.page, 'archived').getByText('lan@mofa').waitFor();
    assert.equal(await id(shown.page, 'archive-hint').count(), 0);
    assert.match(await id(shown.page, 'timeline').innerText(), /Giao nộp hồ sơ vào lưu trữ/);
    await shown.page.locator('[data-testid=consultation-state][data-state=archived]').getByText('Đã lưu').waitFor();
    await seen(shown.page, 'archived');
    await shown.done();
  });

  it('chat that is gone by the retention of its channel says so, and is no gap', async () => {
    const docs = documents('moit');
    docs.items[0].erased = docs.items[1].erased = true;
    // Among the last, where the channel opens: what stands above is drawn only when it is scrolled to.
    Object.assign(docs.items.find((item) => item.seq === 23), { text: null, erased: true });
    const { page, done } = await on(docs, {}, PAGES.channel);
    await page.getByText('Đã xóa khỏi thiết bị này theo thời hạn lưu của kênh').first().waitFor();
    assert.equal(await id(page, 'gap').count(), 0);
    await seen(page, 'channel-erased');
    await done();
  });

  it('changes of focal units are taken note of; those of the own agency say who has; what is due stands in lines', async () => {
    const docs = documents('moit');
    assert.deepEqual([docs.status.focal_changes, docs.status.due], [[], []]);
    const none = await on(docs);
    await id(none.page, 'leading').waitFor();
    for (const name of ['focal-changes', 'due']) assert.equal(await id(none.page, name).count(), 0, name);
    await none.done();
    const change = (seq, facts) => ({ seq, time_ms: Date.now() - seq * 3_600_000, seat: 'mps/main', official: 'dung@mps', event: 'appointed', own: false, receipts: [], waiting: 'moit/main', ...facts });
    docs.status.focal_changes = [change(3), change(2, { seat: 'mof/main', official: null, event: 'named', waiting: null }), change(1, { seat: 'moit/main', official: 'minh@moit', event: 'ended', own: true, waiting: null, receipts: ['mofa/secretariat', 'mof/main'] })];
    docs.status.due = [
      { duty: 'year_report', article: 'khoản 4 Điều 6', owner: 'moit', seat: null, last_day: '2026-12-19', due_ms: Date.parse('2026-12-19T23:59:59+07:00'), unarchived: [] },
      { duty: 'archive', article: 'Luật Lưu trữ (Luật số 33/2024/QH15)', owner: 'moit', seat: null, last_day: '2026-11-30', due_ms: Date.parse('2026-11-30T23:59:59+07:00'), unarchived: [{ id: ids.done, channel: ids.council, ended_ms: 1 }] },
    ];
    const { page, fixture, done } = await on(docs);
    await id(page, 'focal-changes').getByText('Bộ Tài chính').waitFor();
    assert.equal(await id(page, 'focal-change').count(), 2);
    assert.match(await id(page, 'focal-changes').innerText(), /Ban Thư ký Quốc gia về ASEAN, Bộ Tài chính/);
    assert.match(await id(page, 'due-line').first().innerText(), /23:59.*19\/12\/2026.*: báo cáo năm – Bộ Công Thương \(khoản 4 Điều 6\)/);
    assert.match(await id(page, 'due-line').nth(1).innerText(), /Chưa nộp: 1/);
    assert.equal(await id(page, 'focal-note').count(), 1);
    await id(page, 'focal-changes').scrollIntoViewIfNeeded();
    await seen(page, 'home-focal');
    await id(page, 'focal-note').click();
    await id(page, 'focal-note').waitFor({ state: 'detached' });
    assert.deepEqual(fixture.asked.find((args) => args[0] === 'notice'), ['notice', 'focal', '--ack=3']);
    await done();
  });

  it('the seats of the own agency: who holds them, who is missing, how one is handed over', async () => {
    const { page, done } = await on(documents('moit'), {}, PAGES.settings);
    await id(page, 'focal-gap').getByText('đang thiếu: đầu mối phó').waitFor();
    assert.equal(await id(page, 'own-seat').count(), 1);
    assert.match(await id(page, 'own-seat').innerText(), /minh@moit: đầu mối chính, được cử thay mặt cơ quan.*tung@moit: tạm thời phụ trách.*đến/s);
    assert.match(await id(page, 'hand-over').innerText(), /thuộc về đầu mối, không thuộc về người.*quản trị viên hệ thống/s);
    assert.match(await id(page, 'hand-over-ask').innerText(), /quyền cử: quantri@moit\..*quyền xác nhận: pheduyet@mofa/);
    for (const name of ['appoint', 'end-minh@moit', 'appointments', 'absent-holders']) assert.equal(await id(page, name).count(), 0, name);
    await id(page, 'own-seats').scrollIntoViewIfNeeded();
    await seen(page, 'own-seats', 'hand-over');
    await done();
  });

  /** What the administrator of the agency sees. */
  function administered() {
    const docs = documents('moit');
    Object.assign(docs.state, { official: 'quantri@moit', seats: [] });
    docs.seats[0].allowed = ['appoint', 'end'];
    return docs;
  }
  const appointment = (facts = {}) => ({
    proposal: 'ab'.repeat(32), kind: 5, proposed_by: 'quantri@moit', expires_ms: Date.now() + 20 * 86_400_000, list: null, allowed: [], approvers: ['pheduyet@mofa', 'kiem@moit'],
    statement: { seat: 'moit/main', official: 'ha@moit', as: 'deputy', speak_for: true, from_ms: Date.now(), until_ms: Date.parse('2030-12-31T23:59:00+07:00') }, ...facts,
  });
  /** A window over the page: at both widths. */
  async function lookedBoth(page, name) {
    await looked(page, name);
    await page.setViewportSize({ width: 360, height: 740 });
    await looked(page, `${name}-narrow`);
    await page.setViewportSize({ width: 1280, height: 720 });
  }

  it('who administers the agency proposes a successor: what is missing is named, a second person must confirm', async () => {
    const { page, fixture, done } = await on(administered(), {}, PAGES.settings);
    await id(page, 'appoint').click();
    await id(page, 'appoint-submit').click();
    await id(page, 'appoint-dialog').getByText('Ghi đủ nội dung bắt buộc').waitFor();
    const options = await id(page, 'appoint-official').locator('option').allInnerTexts();
    assert.deepEqual(options, ['Chọn cán bộ của cơ quan', 'minh@moit', 'tung@moit', 'ha@moit (chưa có thiết bị)']);
    await id(page, 'appoint-official').selectOption('ha@moit');
    await id(page, 'appoint-device').waitFor();
    await id(page, 'appoint-deputy').check();
    await id(page, 'appoint-until').fill('31/12/2020');
    await id(page, 'appoint-submit').click();
    await id(page, 'appoint-dialog').getByText('Ghi ngày ở phía trước').waitFor();
    await id(page, 'appoint-until').fill('31/12/2030');
    assert.match(await id(page, 'appoint-remains').innerText(), /Cần hai người.*pheduyet@mofa.*thôi cử ở trang này/s);
    await lookedBoth(page, 'hand-over-form');
    assert.equal(fixture.asked.some((args) => args[2] === 'appoint'), false);
    await id(page, 'appoint-submit').click();
    await id(page, 'appoint-dialog').waitFor({ state: 'detached' });
    const asked = fixture.asked.find((args) => args[2] === 'appoint');
    assert.deepEqual(asked, ['admin', 'seat', 'appoint', 'moit/main', 'ha@moit', '--as=deputy', '--speak-for', '--until=2030-12-31T23:59:00+07:00']);
    fixture.docs.proposals = [appointment()];
    fixture.tell('changed', {});
    await id(page, 'appointment').getByText('ha@moit').waitFor();
    assert.match(await id(page, 'appointment').innerText(), /đầu mối phó, được cử thay mặt cơ quan.*23:59 31\/12\/2030.*quantri@moit đề nghị.*Người có quyền xác nhận: pheduyet@mofa, kiem@moit/s);
    assert.equal(await id(page, 'appointment-confirm').count(), 0, 'never by whoever proposed');
    await id(page, 'own-seats').scrollIntoViewIfNeeded();
    await seen(page, 'hand-over-proposed', 'hand-over');
    await done();
  });

  it('an appointment ends with its reason; the last of the focal unit does not, and the rule is said', async () => {
    const docs = administered();
    const rule = { code: 'void', rule: 'R19.1', article: 'khoản 1 Điều 19', message: 'Bộ phận đầu mối về hợp tác ASEAN lúc nào cũng phải có đầu mối chính và đầu mối phó.', hint: 'Cử người thay bằng “thamvan admin seat appoint”.' };
    docs.refuse = (args) => (args[2] === 'end' && args[4] === 'minh@moit' ? rule : null);
    const { page, fixture, done } = await on(docs, {}, PAGES.settings);
    await id(page, 'end-minh@moit').click();
    await id(page, 'end-submit').click();
    await id(page, 'end-dialog').getByText('Ghi đủ nội dung bắt buộc').waitFor();
    assert.equal(fixture.asked.some((args) => args[2] === 'end'), false);
    await id(page, 'end-reason').fill('Luân chuyển');
    await id(page, 'end-submit').click();
    const said = await id(page, 'error').innerText();
    assert.match(said, /lúc nào cũng phải có.*Cử người thay ở trang này.*Căn cứ: khoản 1 Điều 19/s);
    assert.doesNotMatch(said, /thamvan/);
    await lookedBoth(page, 'hand-over-last');
    await page.keyboard.press('Escape');
    await id(page, 'end-tung@moit').click();
    await id(page, 'end-reason').fill('Hết thời gian tạm thời phụ trách');
    await id(page, 'end-submit').click();
    await id(page, 'end-dialog').waitFor({ state: 'detached' });
    assert.deepEqual(fixture.asked.findLast((args) => args[2] === 'end'), ['admin', 'seat', 'end', 'moit/main', 'tung@moit', '--reason=Hết thời gian tạm thời phụ trách']);
    await done();
  });

  it('the second person sees what waits, of other agencies too, and confirms it; other proposals are not for a page', async () => {
    const docs = documents('mofa');
    docs.proposals = [appointment({ allowed: ['approve'], approvers: ['lan@mofa'] }), { ...appointment(), proposal: 'cd'.repeat(32), statement: { role: 'approver', official: 'x@moit' }, allowed: ['approve'] }, appointment({ proposal: 'ef'.repeat(32), statement: { ...appointment().statement, seat: 'mps/main', official: 'an@mps' } })];
    const { page, fixture, done } = await on(docs, {}, PAGES.settings);
    await id(page, 'appointment-confirm').waitFor();
    assert.equal(await id(page, 'appointment').count(), 1, 'neither of another kind nor of others without a part in it');
    await id(page, 'own-seats').scrollIntoViewIfNeeded();
    await seen(page, 'hand-over-confirm', 'hand-over');
    docs.refuse = (args) => (args[2] === 'approve' ? { code: 'two_persons', message: 'Người đề nghị và người xác nhận phải là hai người.', hint: 'thamvan admin proposal list' } : null);
    await id(page, 'appointment-confirm').click();
    assert.match(await id(page, 'error').innerText(), /hai người.*trên thiết bị của chính họ/s);
    docs.refuse = null;
    await id(page, 'appointment-confirm').click();
    await page.getByText('Đã xác nhận: ha@moit giữ đầu mối.').waitFor();
    assert.deepEqual(fixture.asked.findLast((args) => args[2] === 'approve'), ['admin', 'proposal', 'approve', 'ab'.repeat(32)]);
    docs.proposals = [];
    fixture.tell('changed', {});
    await id(page, 'appointments').waitFor({ state: 'detached' });
    await done();
  });

  it('a successor is added to the channels by who may, with the open questions; of others it says whom to ask', async () => {
    const docs = documents('moit');
    const council = docs.channels.find((one) => one.channel === ids.council);
    const aec = docs.channels.find((one) => one.channel === ids.aec);
    aec.absent = [{ official: 'tung@moit', history: 'brief' }];
    Object.assign(council, { absent: [{ official: 'tung@moit', history: null }], adders: ['lan@mofa', 'thu@mofa'] });
    const { page, fixture, done } = await on(docs, {}, PAGES.settings);
    await id(page, 'absent').getByText('tung@moit: 2 kênh').click();
    assert.match(await id(page, 'absent').innerText(), /Hội đồng Điều phối ASEAN\s+Nhờ thêm vào kênh: lan@mofa, thu@mofa/s);
    assert.equal(await id(page, 'absent-add').count(), 1);
    await id(page, 'absent-holders').scrollIntoViewIfNeeded();
    await seen(page, 'hand-over-channels', 'hand-over');
    await id(page, 'absent-add').click();
    await page.getByText('Đã thêm tung@moit vào kênh Cộng đồng Kinh tế ASEAN.').waitFor();
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'add'), ['channel', 'add', ids.aec, 'tung@moit', '--history=brief', '--reason=Bàn giao đầu mối moit/main']);
    await done();
  });
});

describe('a channel says what became of everything', () => {
  it('queued, logged, witnessed, refused; what this device cannot read, and why', async () => {
    const docs = documents('moit');
    docs.items.splice(-1, 0, { ...docs.items.at(-2), entry: `${ids.council}/26`, seq: 26, index: 126, state: 'refused', text: null, sender: { ...docs.items[3].sender, official: 'hung@mps', agency: 'mps' } });
    const { page, done } = await on(docs, {}, PAGES.channel);
    const state = (name) => page.locator(`[data-testid=message][data-state=${name}]`).first();
    assert.match(await state('queued').innerText(), /Chờ gửi, chưa ghi nhật ký/);
    assert.match(await state('refused').innerText(), /nội dung không đúng với phần đã ký/);
    assert.match(await state('logged').innerText(), /Đã ghi nhật ký/);
    await state('queued').click();
    await page.keyboard.press('Home');
    await id(page, 'gap').waitFor();
    assert.match(await id(page, 'gap').innerText(), /Không có gì bị giấu/);
    assert.match(await state('witnessed').innerText(), /Đã làm chứng/);
    await looked(page, 'channel-gap');
    await done();
  });

  it('a channel that is closed, left, or not started takes nothing, and says so', async () => {
    for (const [facts, words] of [[{ state: 'closed' }, 'Kênh đã đóng'], [{ left: true }, 'Bạn đã rời kênh'], [{ state: 'approved' }, 'chờ quản trị viên hệ thống']]) {
      const docs = documents('moit');
      Object.assign(docs.channels[0], { may_send: false, may_open: false, ...facts });
      const { page, done } = await on(docs, {}, PAGES.channel);
      await id(page, 'channel-closed').getByText(words).waitFor();
      assert.equal(await id(page, 'composer').count(), 0);
      await done();
    }
  });

  it('a consultation that this device does not know is said to be unknown', async () => {
    const docs = documents('moit');
    docs.refuse = (args) => (args[1] === 'show' ? { code: 'unknown', message: 'Không tìm thấy đối tượng được nêu.', hint: 'Tra lại bằng “thamvan consult list”.' } : null);
    const { page, done } = await on(docs, {}, `#/consultation/${'f'.repeat(32)}`);
    await id(page, 'error').getByText('Trở về trang đầu và chọn lại').waitFor();
    await done();
  });
});

describe('files', () => {
  it('come by drop and by paste, show how far they are, go with the message, and can be taken back', async () => {
    const { page, fixture, done } = await on(documents(), {}, PAGES.channel);
    const give = (event, key, name) =>
      id(page, 'composer-text').evaluate(
        (node, [event, key, name]) => {
          const data = new DataTransfer();
          data.items.add(new File(['nội dung'], name, { type: 'text/plain' }));
          const Kind = event === 'paste' ? ClipboardEvent : DragEvent;
          node.dispatchEvent(new Kind(event, { [key]: data, bubbles: true, cancelable: true }));
        },
        [event, key, name],
      );
    await give('drop', 'dataTransfer', 'kéo thả.txt');
    await give('paste', 'clipboardData', 'dán.txt');
    await id(page, 'file-state').getByText('sẵn sàng').nth(1).waitFor();
    fixture.tell('progress', { upload: 'u0', direction: 'up', name: 'kéo thả.txt', done: 1, total: 4 });
    await page.getByRole('button', { name: 'Bỏ tệp dán.txt' }).click();
    assert.equal(await id(page, 'file').count(), 1);
    await looked(page, 'composer-files');
    await id(page, 'send').click();
    await id(page, 'file').waitFor({ state: 'detached' });
    const sent = fixture.asked.find((args) => args[0] === 'send' && !args.includes('--draft'));
    assert.deepEqual(sent.filter((arg) => arg.startsWith('--attach')).length, 1);
    await done();
  });

  it('that are too large are refused before they leave the page', async () => {
    const { page, done } = await on(documents(), {}, PAGES.channel);
    await id(page, 'composer-text').evaluate((node) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(64 * 1024 * 1024 + 1)], 'lớn.bin'));
      node.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await id(page, 'file').getByText('Quá lớn').waitFor();
    await done();
  });
});

describe('keyboard only', () => {
  it('goes from the skip link to a logged answer', async () => {
    const { page, fixture, done } = await on();
    await id(page, 'consultation-card').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'skip');
    await shot(page, 'keyboard-skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    const reach = async (wanted) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => ({ id: document.activeElement.dataset.testid ?? '', link: document.activeElement.getAttribute('href') ?? '' }));
        if (at.id === wanted || at.link.includes(wanted)) return;
      }
      assert.fail(`${wanted} cannot be reached by Tab`);
    };
    await reach(ids.digital);
    await shot(page, 'keyboard-card');
    await page.keyboard.press('Enter');
    await id(page, 'answer-form').waitFor();
    await page.waitForFunction(() => document.activeElement.id === 'main-title');
    await reach('position-agree');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.ok(await id(page, 'position-disagree').isChecked());
    await reach('answer-submit');
    await page.keyboard.press('Enter');
    // Without its reason a disagreement is not logged; the cursor stands where it is missing.
    await page.getByText('Ý kiến không nhất trí phải nêu lý do.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'answer-text');
    assert.ok(!fixture.asked.some((args) => args[1] === 'answer'));
    await page.keyboard.type('Cần thêm thời gian.');
    await shot(page, 'keyboard-answer');
    await reach('answer-submit');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('[data-testid=announcer]').textContent.includes('Đã ghi ý kiến'));
    assert.deepEqual(fixture.asked.find((args) => args[1] === 'answer').slice(2), [ids.digital, '--position=disagree', '--capacity=agency', '--text=Cần thêm thời gian.']);
    await done();
  });

  it('keeps the focus in a dialog, closes it by Escape and gives the focus back', async () => {
    const { page, done } = await on(documents('mofa'), {}, PAGES.consultation);
    await id(page, 'extend').focus();
    await page.keyboard.press('Enter');
    await id(page, 'extend-dialog').waitFor();
    await looked(page, 'dialog-extend');
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null));
    }
    await page.keyboard.press('Escape');
    await id(page, 'extend-dialog').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'extend');
    await done();
  });
});

describe('notifications', () => {
  it('are asked for by a click alone, and say nothing of the content', async () => {
    const fixture = await serve();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      globalThis.shown = [];
      globalThis.requests = 0;
      class Spy {
        static permission = 'default';
        static async requestPermission() {
          globalThis.requests += 1;
          return (Spy.permission = 'granted');
        }
        constructor(title, options) {
          globalThis.shown.push(`${title}: ${options.body}`);
        }
      }
      globalThis.Notification = Spy;
    });
    const [digital] = fixture.docs.consultations.splice(0, 1);
    await page.goto(fixture.url);
    await id(page, 'consultation-card').first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.requests), 0);
    await page.evaluate(() => (location.hash = '#/settings'));
    await id(page, 'notifications-ask').click();
    await page.waitForFunction(() => globalThis.requests === 1);
    await shot(page, 'settings-notifications');
    fixture.docs.consultations.push(digital);
    fixture.tell('changed', {});
    await page.waitForFunction(() => globalThis.shown.length === 1);
    assert.deepEqual(await page.evaluate(() => globalThis.shown), ['Tham vấn nhanh: Có việc hỏa tốc đang chờ cơ quan bạn.']);
    await context.close();
    await fixture.stop();
  });
});

describe('reminders', () => {
  for (const [language, words] of Object.entries({
    vi: { line: /còn việc HỎA TỐC .*chưa được trả lời/, auto: /Thiết bị này tự nhắc cơ quan chưa trả lời/ },
    en: { line: /an express \(hỏa tốc\) consultation, notice or request has not been answered/, auto: /This device reminds by itself/ },
  })) {
    it(`show what the engine reminds of, and when it reminds by itself: ${language}`, async () => {
      const docs = documents();
      docs.state.lang = language;
      docs.consultations.find((one) => one.id === ids.led).reminder = { next_ms: null, sends_ms: Date.now() + 3_600_000 };
      const { fixture, page, done } = await on(docs, { viewport: { width: 360, height: 740 } });
      await id(page, 'consultation-card').first().waitFor();
      assert.match(await id(page, 'reminds-itself').innerText(), words.auto);
      assert.equal(await id(page, 'reminder').count(), 0);
      fixture.tell('reminder', { of: 'urgent' });
      await id(page, 'reminder').waitFor();
      assert.match(await id(page, 'reminder').innerText(), words.line);
      await looked(page, `reminder-${language}`);
      await id(page, 'reminder-done').click();
      await id(page, 'reminder').waitFor({ state: 'detached' });
      // What nothing waits for any more is not reminded of.
      fixture.tell('reminder', { of: 'silent' });
      await id(page, 'reminder').waitFor();
      for (const one of fixture.docs.consultations) if (one.leads) one.agencies.forEach((seat) => (seat.answered ??= 'x/1'));
      fixture.tell('changed', {});
      await id(page, 'reminder').waitFor({ state: 'detached' });
      await done();
    });
  }

  it('sets quiet hours and reminding by itself, which begins switched off', async () => {
    const { fixture, page, done } = await on(documents(), { viewport: { width: 360, height: 740 } }, PAGES.settings);
    await id(page, 'reminders-save').waitFor();
    assert.equal(await id(page, 'auto-remind').isChecked(), false);
    await id(page, 'quiet').check();
    await id(page, 'quiet-until').fill('22:00');
    await page.getByText('Nêu hai giờ khác nhau.').waitFor();
    await id(page, 'reminders-save').click();
    assert.equal(fixture.asked.filter(([verb, second]) => verb === 'remind' && second === 'set').length, 0);
    await id(page, 'quiet-until').fill('06:30');
    await id(page, 'auto-remind').check();
    await looked(page, 'reminder-settings');
    await id(page, 'reminders-save').click();
    await page.getByText('Đã lưu cách nhắc.').first().waitFor();
    assert.deepEqual(fixture.asked.findLast(([verb, second]) => verb === 'remind' && second === 'set'), ['remind', 'set', '--quiet=22:00-06:30', '--quiet-days=off', '--auto=on']);
    await page.reload();
    await id(page, 'quiet-until').waitFor();
    assert.equal(await id(page, 'quiet-until').inputValue(), '06:30');
    assert.equal(await id(page, 'auto-remind').isChecked(), true);
    await done();
  });

  it('tell of hỏa tốc alone while it is quiet, and of the rest when that ends', async () => {
    const docs = documents();
    docs.state.quiet = true;
    const fixture = await serve(docs);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      globalThis.shown = [];
      globalThis.Notification = class {
        static permission = 'granted';
        constructor(_, options) {
          globalThis.shown.push(options.body);
        }
      };
    });
    const [digital, agenda] = docs.consultations.splice(0, 2);
    await page.goto(fixture.url);
    await id(page, 'consultation-card').first().waitFor();
    const shown = () => page.evaluate(() => globalThis.shown);
    docs.consultations.push(agenda);
    fixture.tell('changed', {});
    await page.locator(`[data-id="${ids.agenda}"]`).waitFor();
    docs.consultations.push(digital);
    fixture.tell('changed', {});
    await page.waitForFunction(() => globalThis.shown.length > 0);
    assert.deepEqual(await shown(), ['Có việc hỏa tốc đang chờ cơ quan bạn.']);
    docs.state.quiet = false;
    fixture.tellState();
    await page.waitForFunction(() => globalThis.shown.length > 1);
    assert.equal((await shown())[1], 'Có việc đang chờ cơ quan bạn.');
    fixture.tell('reminder', { of: 'waits' });
    await page.waitForFunction(() => globalThis.shown.length > 2);
    assert.equal((await shown())[2], 'Cơ quan bạn còn tham vấn, thông báo hoặc yêu cầu chưa trả lời; thời gian còn lại đang ít dần.');
    await context.close();
    await fixture.stop();
  });
});
