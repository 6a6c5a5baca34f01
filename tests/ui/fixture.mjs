// A loopback server that answers as `thamvan ui` would, from documents that stand here: for states that a healthy system does not
// reach (a fork, an expired term, a slow clock, 10,000 messages, hostile words), and for working on the pages without an engine.
//   node fixture.mjs        serves client/web/dist and prints the address
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../client/web/dist', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const COUNCIL = 'a2c76b14bd48c711a02a3b599f4211cd';
const AEC = 'b1c76b14bd48c711a02a3b599f4211ce';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const ids = {
  council: COUNCIL, aec: AEC, notice: '8d1a92a6278821b23b50463e38b26c83', request: '9e1a92a6278821b23b50463e38b26c84',
  digital: '071a92a6278821b23b50463e38b26c80', agenda: '459df5496642aa01459df5496642aa01', led: '6b1a92a6278821b23b50463e38b26c81', done: '7c1a92a6278821b23b50463e38b26c82',
};

const AGENCIES = [
  ['mofa', 'bo', 'Bộ Ngoại giao', 'Ministry of Foreign Affairs'],
  ['moit', 'bo', 'Bộ Công Thương', 'Ministry of Industry and Trade'],
  ['mof', 'bo', 'Bộ Tài chính', 'Ministry of Finance'],
  ['mps', 'bo', 'Bộ Công an', 'Ministry of Public Security'],
  ['moha', 'bo', 'Bộ Nội vụ', 'Ministry of Home Affairs'],
  ['mocst', 'bo', 'Bộ Văn hóa, Thể thao và Du lịch', 'Ministry of Culture, Sports and Tourism'],
  ['vpcp', 'co_quan', 'Văn phòng Chính phủ', 'Office of the Government'],
  ['mission', 'phai_doan', 'Phái đoàn Việt Nam tại ASEAN', 'Mission of Viet Nam to ASEAN'],
].map(([agency, kind, name_vi, name_en]) => ({ agency, kind, name_vi, name_en, leads: [] }));
const nameOf = (agency) => AGENCIES.find((one) => one.agency === agency);

const PEOPLE = { mofa: 'lan@mofa', moit: 'minh@moit', mof: 'quang@mof', mps: 'hung@mps', moha: 'binh@moha', mocst: 'mai@mocst', mission: 'phuong@mission' };
const members = [...Object.values(PEOPLE), 'thu@mofa'];

function channel(id, name, scope, facts = {}) {
  return {
    channel: id, name, purpose: `Trao đổi, lấy ý kiến về các vấn đề cần xử lý gấp: ${name}`, state: 'started', founder: 'mofa', scope,
    founded_by: 'lan@mofa', approved_by: 'pheduyet@moit', provisioned_by: 'quantri@mofa', closed_by: null, label: 'internal',
    agencies: Object.keys(PEOPLE), review_ms: Date.now() + 300 * 24 * HOUR, members, devices: members.map((_, i) => `${i}`.repeat(32).slice(0, 32)),
    generation: 0, epoch: 4, rejected: [], size: 42, unread: 0, left: false, may_send: true, may_open: true, askable: [...Object.keys(PEOPLE).map((agency) => ({ seat: `${agency}/main`, agency })), { seat: 'mofa/secretariat', agency: 'mofa' }], ...facts,
  };
}

function seat(agency, facts = {}) {
  return {
    agency, agency_name: nameOf(agency)?.name_vi, agency_name_en: nameOf(agency)?.name_en, seat: `${agency}/main`, delivered: null, viewed: null,
    acknowledged: null, answered: null, late: false, position: null, text: null, by: null, as: null, revision: 0, in_channel: true, ...facts,
  };
}

function consultation(id, title, facts) {
  return {
    id, channel: COUNCIL, template: 'general', form: 'consultation', article: 'khoản 6 Điều 5', opened_ms: Date.now() - HOUR, field: null, title, question: '', reason: '', label: 'internal', urgency: 'khan', deadline_ms: Date.now() + 2 * HOUR,
    state: 'collecting', lead: 'mofa/main', lead_name: 'Bộ Ngoại giao', lead_name_en: 'Ministry of Foreign Affairs', attested: 'Quyết định số 1178/QĐ-TTg', agencies: [], told: [], conclusion: null, timeline: [],
    waiting: [], leads: false, allowed: [], capacities: ['agency', 'unit', 'personal'], acting_for: null, ...facts,
  };
}

/** A notice by mofa to moit and mof, and a request of moit and mof by mofa: as seen by the official of `agency`. */
export function notices(agency = 'moit', facts = {}) {
  const now = Date.now();
  const opening = (form) => ({ entry: `${COUNCIL}/${form === 'notice' ? 60 : 70}`, time_ms: now - 3 * HOUR, type: 'consultation-open', official: PEOPLE.mofa, seat: 'mofa/main', capacity: 'agency', deadline_ms: now + 4 * 24 * HOUR, late: false, position: null, text: null, attachments: [], fault: null });
  const reached = (who, n) => seat(who, { delivered: `${COUNCIL}/${n}`, viewed: `${COUNCIL}/${n + 1}`, delivered_ms: now - 170 * MINUTE, viewed_ms: now - 160 * MINUTE });
  const isAsked = agency === 'moit' || agency === 'mof';
  const of = (form, allowed) => ({
    form, opened_ms: now - 3 * HOUR, urgency: 'normal', reason: null, deadline_ms: now + 4 * 24 * HOUR, timeline: [opening(form)], leads: agency === 'mofa',
    waiting: isAsked ? [`${agency}/main`] : [], allowed: agency === 'mofa' ? ['remind', 'extend', 'revise', 'withdraw'] : isAsked ? allowed : [], ...facts[form],
  });
  return [
    consultation(ids.notice, 'Chủ trương tham gia ASEAN năm 2027', {
      template: 'notice_5_1', article: 'khoản 1 Điều 5', question: 'Thông báo chủ trương chung về tham gia ASEAN năm 2027; đề nghị các cơ quan triển khai.', agencies: [reached('moit', 61), { ...reached('mof', 63), acknowledged: `${COUNCIL}/65`, acknowledged_ms: now - 100 * MINUTE }], capacities: [], ...of('notice', ['ack']),
    }),
    consultation(ids.request, 'Số liệu thương mại nội khối quý III', {
      template: 'request_5_4', article: 'khoản 4 Điều 5', question: 'Đề nghị cung cấp số liệu thương mại nội khối quý III.', ...of('request', ['ack', 'answer']), reason: 'Phục vụ báo cáo.',
      agencies: [reached('moit', 71), { ...reached('mof', 73), answered: `${COUNCIL}/75`, answered_ms: now - 55 * MINUTE, position: 'information', text: 'Kim ngạch tăng 4,2%; bảng kèm theo.', revision: 1 }],
    }),
  ];
}

/** The documents, as seen by the official of `agency`. */
export function documents(agency = 'moit') {
  const now = Date.now();
  const at = (minutes) => now - minutes * MINUTE;
  let seq = 20;
  const event = (minutes, type, who, facts = {}) => ({
    entry: `${COUNCIL}/${seq++}`, time_ms: at(minutes), type, official: PEOPLE[who], seat: `${who}/main`, capacity: 'agency', deadline_ms: null,
    late: false, position: null, text: null, attachments: [], fault: null, ...facts,
  });
  const asked = event(55, 'consultation-open', 'mofa', { deadline_ms: now + 65 * MINUTE, attachments: [{ n: 3, name: 'du-thao-to-trinh.pdf', size: 184_320, sha256: '0'.repeat(64) }] });
  const seen = (who, from) => {
    const delivered = event(from, 'delivered', who);
    const viewed = event(from - 3, 'viewed', who);
    return { delivered, viewed };
  };
  const moit = seen('moit', 54), mof = seen('mof', 53), mps = seen('mps', 50), moha = seen('moha', 48);
  const mission = { delivered: event(47, 'delivered', 'mission') };
  const mofAck = event(40, 'acknowledged', 'mof');
  const mofAnswer = event(22, 'answer', 'mof', { position: 'agree_with_comments', text: 'Nhất trí; đề nghị làm rõ nguồn kinh phí cho hoạt động phối hợp.' });
  const mpsAnswer = event(15, 'answer', 'mps', { position: 'disagree', text: 'Chưa nhất trí: đề nghị bổ sung cơ chế bảo đảm an ninh dữ liệu trước khi giao chủ trì.' });
  const extended = event(12, 'consultation-extend', 'mofa', { deadline_ms: now + 65 * MINUTE, text: 'Bộ Tài chính đề nghị thêm thời gian.' });
  const timeline = [asked, moit.delivered, moit.viewed, mof.delivered, mof.viewed, mps.delivered, mps.viewed, moha.delivered, moha.viewed, mission.delivered, mofAck, mofAnswer, mpsAnswer, extended];
  const seats = [
    seat('moit', { delivered: moit.delivered.entry, viewed: moit.viewed.entry }),
    seat('mof', { delivered: mof.delivered.entry, viewed: mof.viewed.entry, acknowledged: mofAck.entry, answered: mofAnswer.entry, position: 'agree_with_comments', text: mofAnswer.text, revision: 1, by: PEOPLE.mof }),
    seat('mps', { delivered: mps.delivered.entry, viewed: mps.viewed.entry, answered: mpsAnswer.entry, position: 'disagree', text: mpsAnswer.text, revision: 2, by: PEOPLE.mps }),
    seat('moha', { delivered: moha.delivered.entry, viewed: moha.viewed.entry }),
    seat('mission', { delivered: mission.delivered.entry }),
    seat('mocst', { in_channel: false }),
  ];
  const told = [seat('mofa', { seat: 'mofa/secretariat', delivered: asked.entry })];
  const isAsked = seats.some((one) => one.agency === agency);
  const digital = consultation(ids.digital, 'Cơ quan chủ trì lĩnh vực kinh tế số', {
    template: 'new_field_3_7b', urgency: 'hoa_toc', deadline_ms: now + 65 * MINUTE,
    question: 'Đề nghị cho ý kiến về việc giao Bộ Công Thương chủ trì lĩnh vực liên trụ cột “Kinh tế số” trong hợp tác ASEAN.\n\nDự thảo tờ trình kèm theo; đề nghị nêu rõ ý kiến về:\n1. Cơ quan chủ trì và các cơ quan tham gia.\n2. Phạm vi của lĩnh vực.\n3. Nguồn lực phối hợp.',
    reason: 'Phiên đàm phán tuần tới cần có cơ quan đầu mối.', agencies: seats, told, timeline,
    waiting: isAsked && !seats.find((one) => one.agency === agency).answered ? [`${agency}/main`] : [], leads: agency === 'mofa',
    allowed: agency === 'mofa' ? ['remind', 'extend', 'revise', 'withdraw'] : isAsked ? ['ack', 'answer'] : [],
  });
  const agenda = consultation(ids.agenda, 'Chương trình Hội nghị Hội đồng Cộng đồng Kinh tế ASEAN lần thứ 29', {
    channel: AEC, urgency: 'thuong_khan', deadline_ms: now + 5 * HOUR, question: 'Đề nghị cho ý kiến về dự thảo chương trình.', reason: 'Họp trong ngày mai.', agencies: [seat(agency === 'moit' ? 'moit' : 'mof'), seat('mof')],
    waiting: agency === 'moit' ? ['moit/main'] : [], allowed: ['ack', 'answer'],
  });
  const led = consultation(ids.led, 'Nội dung phát biểu tại phiên họp trù bị', {
    channel: AEC, lead: `${agency}/main`, lead_name: nameOf(agency)?.name_vi, leads: true, urgency: 'khan', deadline_ms: now + 26 * HOUR, question: 'Đề nghị cho ý kiến về nội dung phát biểu.', reason: 'Phiên họp vào thứ Sáu.',
    agencies: [seat('mof', { answered: `${AEC}/8`, position: 'agree', revision: 1 }), seat('mps'), seat('moha')], allowed: ['remind', 'extend', 'revise', 'withdraw'],
  });
  const done = consultation(ids.done, 'Ứng cử vị trí Phó Tổng Thư ký ASEAN', {
    state: 'concluded', deadline_ms: now - 30 * HOUR, question: 'Đề nghị cho ý kiến về phương án ứng cử.', reason: 'Hạn nộp hồ sơ trong tuần.',
    agencies: [seat('moit', { answered: `${COUNCIL}/5`, position: 'agree', revision: 1 }), seat('mps', { answered: `${COUNCIL}/6`, position: 'disagree', text: 'Đề nghị lùi thời điểm.', revision: 1 }), seat('moha')],
    conclusion: { entry: `${COUNCIL}/9`, text: 'Đa số nhất trí với phương án; ý kiến của Bộ Công an được tiếp thu trong tờ trình.', counted: [`${COUNCIL}/5`, `${COUNCIL}/6`], dissent: [{ seat: 'mps/main', text: 'Đề nghị lùi thời điểm.' }], fault: null },
    timeline: [event(1900, 'consultation-conclude', 'mofa')],
  });

  const message = (n, minutes, who, text, facts = {}) => ({
    entry: `${COUNCIL}/${n}`, index: 100 + n, seq: n, time_ms: at(minutes), sender: { official: PEOPLE[who], agency: who, device: `${n}`.padStart(32, 'd') }, type: 'message',
    label: 'internal', text, position: null, reply: null, attachments: [], parts: [], state: 'witnessed', fault: null, held: false, ...facts,
  });
  const items = [
    message(1, 1700, 'mofa', null),
    message(2, 1690, 'mps', null),
    message(3, 1500, 'mofa', 'Kính gửi các cơ quan: đề nghị cho ý kiến về dự thảo trước 17 giờ hôm nay.'),
    message(4, 1490, 'moit', 'Bộ Công Thương đã nhận, sẽ trả lời trước 16 giờ.', { reply: `${COUNCIL}/3` }),
    { ...message(20, 55, 'mofa', digital.question), type: 'consultation-open', entry: asked.entry, attachments: asked.attachments },
    message(21, 30, 'mof', 'Bộ Tài chính gửi kèm bảng dự kiến kinh phí. Đề nghị các cơ quan xem mục 3 trước khi trả lời.', { attachments: [{ n: 1, name: 'du-kien-kinh-phi.xlsx', size: 48_213, sha256: '0'.repeat(64) }], label: 'restricted' }),
    { ...message(22, 22, 'mof', mofAnswer.text, { position: 'agree_with_comments' }), type: 'answer', entry: mofAnswer.entry },
    message(23, 9, 'mofa', 'Phái đoàn chưa trả lời; các cơ quan khác đã có ý kiến.', { state: 'logged' }),
    message(24, 8, agency, 'Đã nhận thông tin, cảm ơn Bộ Ngoại giao.', { state: 'logged' }),
    { ...message(25, 0, agency, 'Bản cập nhật sẽ gửi sau 15 phút.', { state: 'queued' }), entry: null, index: null, seq: null, time_ms: null, outbox: 7 },
  ];
  const people = members.map((official, i) => ({
    official,
    devices: [{ device: `${i}`.repeat(32).slice(0, 32), name: `Máy làm việc ${i + 1}`, in_group: official !== PEOPLE.mocst, witnessed: true, enrolled_by: ['quantri@mofa', 'pheduyet@moit'], root_keys: false }],
  }));
  const witnessed = { quorum: 'ok', size: 224, time_ms: at(1), as_of_ms: at(0), cosigners: [{ name: 'w1.quickstart.thamvan.example', time_ms: at(1) }, { name: 'w2.quickstart.thamvan.example', time_ms: at(1) }], time_conflict: null };
  return {
    state: {
      home: '/home', official: PEOPLE[agency], agency, agency_name: nameOf(agency).name_vi, agency_name_en: nameOf(agency).name_en, seats: [{ seat: `${agency}/main`, role: 'primary', speaks: true }], names: { agencies: {}, fields: {}, seats: {} }, auditor: false, report: false, device: 'd'.repeat(32), lang: 'vi',
      locked: false, connection: 'online', offline_since_ms: null, problem: null, quorum: 'ok', queued: 1, ceiling: 'restricted', version: '0.0.0',
    },
    channels: [
      channel(COUNCIL, 'Hội đồng Điều phối ASEAN', { kind: 'coordinating', id: 'acc', name: 'Hội đồng Điều phối ASEAN' }, { unread: 2 }),
      channel('c1'.repeat(16), 'Cộng đồng Chính trị - An ninh ASEAN', { kind: 'pillar', id: 'apsc', name: 'Cộng đồng Chính trị - An ninh ASEAN' }),
      channel(AEC, 'Cộng đồng Kinh tế ASEAN', { kind: 'pillar', id: 'aec', name: 'Cộng đồng Kinh tế ASEAN' }, { unread: 1 }),
      channel('c2'.repeat(16), 'Cộng đồng Văn hóa - Xã hội ASEAN', { kind: 'pillar', id: 'ascc', name: 'Cộng đồng Văn hóa - Xã hội ASEAN' }),
      channel('c3'.repeat(16), 'Kết nối ASEAN', { kind: 'designated', id: 'connectivity', name: 'Kết nối ASEAN' }, { label: 'restricted' }),
      channel('c4'.repeat(16), 'Tuyên truyền, quảng bá ASEAN', { kind: 'designated', id: 'communication', name: 'Tuyên truyền, quảng bá ASEAN' }, { label: 'public' }),
      channel('c5'.repeat(16), 'Kinh tế số', { kind: 'cross_pillar', id: 'digital_economy', name: 'Kinh tế số' }, { state: 'open', may_send: false, may_open: false }),
    ],
    consultations: [digital, agenda, led, done],
    items, people, witnessed,
    agencies: AGENCIES,
    templates: [
      { id: 'general', name: 'Tham vấn chung', article: 'khoản 6 Điều 5', field: null, about: [], instruments: [], may_open: true, fields: [], pillars: [], mandatory: [] },
      {
        id: 'new_field_3_7b', name: 'Đề xuất lĩnh vực liên trụ cột mới', article: 'điểm b khoản 7 Điều 3', field: 'cross_pillar', about: ['cross_pillar'], instruments: [], pillars: [], may_open: agency === 'mofa', mandatory: [],
        fields: agency === 'mofa' ? [{ id: 'digital_economy', name: 'Kinh tế số', mandatory: ['moit', 'mof', 'mps', 'mocst', 'mission'] }] : [],
      },
      {
        id: 'summit_document_12_3', name: 'Văn kiện trình Hội nghị Cấp cao', article: 'khoản 3 Điều 12', field: null, about: ['pillar'], instruments: [], may_open: true, fields: [], mandatory: [],
        pillars: [['apsc', 'Cộng đồng Chính trị - An ninh ASEAN', ['mofa', 'mps']], ['aec', 'Cộng đồng Kinh tế ASEAN', ['mofa', 'moit']], ['ascc', 'Cộng đồng Văn hóa - Xã hội ASEAN', ['mofa', 'moha']]].map(([id, name, asked]) => ({ id, name, mandatory: asked.filter((one) => one !== agency) })),
      },
      { id: 'notice_5_3', form: 'notice', name: 'Thông báo tình hình trong trụ cột, lĩnh vực', article: 'khoản 3 Điều 5', secretariat: false, field: null, about: [], instruments: [], may_open: true, fields: [], pillars: [], mandatory: [] },
      {
        id: 'report_6', form: 'notice', name: 'Gửi báo cáo đến các cơ quan liên quan và Ban Thư ký Quốc gia', article: 'khoản 1, 3 Điều 6', secretariat: true, field: null, about: ['coordinating', 'pillar'], instruments: [], may_open: true, fields: [], mandatory: [],
        pillars: [{ id: 'aec', name: 'Cộng đồng Kinh tế ASEAN', mandatory: ['moit'].filter((one) => one !== agency) }, { id: 'acc', name: 'Hội đồng Điều phối ASEAN', mandatory: ['mofa'].filter((one) => one !== agency) }],
      },
      { id: 'request_5_2', form: 'request', name: 'Yêu cầu Ban Thư ký Quốc gia cung cấp thông tin', article: 'khoản 2 Điều 5', secretariat: true, field: null, about: [], instruments: [], may_open: true, fields: [], pillars: [], mandatory: ['mofa'].filter((one) => one !== agency) },
      { id: 'request_5_4', form: 'request', name: 'Yêu cầu cơ quan tham gia cung cấp thông tin', article: 'khoản 4 Điều 5', secretariat: false, field: null, about: [], instruments: [], may_open: true, fields: [], pillars: [], mandatory: [] },
      { id: 'treaty_9_3', name: 'Điều ước, thỏa thuận quốc tế về lĩnh vực hợp tác mới', article: 'khoản 3 Điều 9', field: null, about: [], instruments: ['treaty', 'agreement'], may_open: true, fields: [], pillars: [], mandatory: ['mofa', 'vpcp'].filter((one) => one !== agency) },
      { id: 'asean_name_10_2', name: 'Văn kiện nhân danh ASEAN về lĩnh vực hợp tác mới', article: 'khoản 2 Điều 10', field: null, about: [], instruments: ['asean_name'], may_open: true, fields: [], pillars: [], mandatory: ['mofa', 'vpcp'].filter((one) => one !== agency) },
    ],
    status: {
      device: 'd'.repeat(32), official: PEOPLE[agency], agency, state: 'active', server: '127.0.0.1:40123', log_origin: 'quickstart.thamvan.example/log', genesis: '92aaa25cc535727d5fb9a7fe99812857d5bb8856adc39fb1bb9dbf7cff45c954',
      tree_size: 224, root: '5be1'.repeat(16), witnessed, ceiling: 'restricted', focal_gaps: [], focal_changes: [], due: [], channels: 7, queued: 1, restored: false, joined: [],
    },
    seats: [
      { seat: `${agency}/main`, purpose: 'Bộ phận đầu mối về hợp tác ASEAN', focal: true, missing: ['deputy'], holders: [{ official: PEOPLE[agency], as: 'primary', speak_for: true, from_ms: at(90_000), until_ms: null }, { official: `tung@${agency}`, as: 'acting', speak_for: false, from_ms: at(1_000), until_ms: now + 90 * 24 * HOUR }], allowed: [], administrators: [`quantri@${agency}`], approvers: ['pheduyet@mofa'] },
      { seat: 'mps/main', purpose: '', focal: true, missing: [], holders: [{ official: PEOPLE.mps, as: 'primary', speak_for: true, from_ms: at(90_000), until_ms: null }], allowed: [], administrators: ['quantri@mps'], approvers: ['pheduyet@mofa'] },
    ],
    officials: [...Object.values(PEOPLE), `tung@${agency}`].map((official) => ({ official, devices: 1 })).concat({ official: `ha@${agency}`, devices: 0 }),
    proposals: [],
    outbox: [{ id: 7, channel: COUNCIL, type: 'message', consultation: null, text: 'Bản cập nhật sẽ gửi sau 15 phút.', state: 'queued', fault: null }],
    drafts: [],
    reminders: { quiet: null, quiet_days: false, auto: false },
    grounds: [
      ['official', null], ['seat_appointed', `${agency}/main`], ['device_enrolled', 'd'.repeat(32)], ['founded', 'mofa'], ['founding_approved', null], ['provisioned', null], ['member_added', null], ['device_added', 'd'.repeat(32)],
    ].map(([kind, about], i) => ({ entry: `${'0'.repeat(32)}/${i}`, record: 'ab'.repeat(32), time_ms: at(3000 - i), kind, about, signers: i % 2 ? ['quantri@mofa', 'pheduyet@moit'] : ['quantri@mofa'], root_keys: false, until_ms: null, ended: false })),
  };
}

/** A document with one of everything that a document can have. */
function preview(document) {
  const line = (text, facts = {}) => ({ spans: text ? [{ text, bold: false, italic: false }] : [], centred: false, heading: false, boxed: false, ...facts });
  const bold = { spans: [{ text: 'BIÊN BẢN THAM VẤN NHANH', bold: true, italic: false }], centred: true, heading: true, boxed: false };
  return {
    document, documents: ['phieu-lay-y-kien', 'bang-tong-hop-y-kien', 'bien-ban', 'cong-van'], title: document,
    blocks: [
      { ruled: false, headers: 0, rows: [[[line('BỘ NGOẠI GIAO'), line('')], [line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM')]]] },
      { line: bold },
      { line: line('DỰ THẢO', { boxed: true }) },
      { line: line('<b>không là thẻ</b> '.repeat(6)) },
      { ruled: true, headers: 1, rows: [[[line('Cơ quan')], [line('Ý kiến')]], [[line('Bộ Công Thương')], [line('Không nhất trí: chưa rõ nguồn lực')]]] },
    ],
    footer: [line('Kết quả tham vấn nhanh; không thay thế văn bản.')],
  };
}

/** What `remind set` keeps. */
function reminders(args) {
  const given = (name) => args.find((one) => one.startsWith(`--${name}=`)).split('=')[1];
  return { quiet: given('quiet') === 'none' ? null : given('quiet'), quiet_days: given('quiet-days') === 'on', auto: given('auto') === 'on' };
}

function run(args, docs) {
  const [verb, second, third] = args;
  const words = `${verb} ${second}`;
  if (verb === 'channels') return docs.channels;
  if (words === 'consult list') return docs.consultations;
  if (words === 'consult show') return docs.consultations.find((one) => one.id === third);
  if (words === 'consult preview') return preview(args[3].split('=')[1]);
  if (words === 'consult export') return { id: third, files: [{ file: 'bien-ban.docx', sha256: 'ab'.repeat(32), size: 9, upload: 'u1' }] };
  if (words === 'consult templates') return docs.templates;
  if (words === 'admin seat') return docs.seats;
  if (words === 'admin official') return docs.officials;
  if (words === 'admin proposal') return docs.proposals;
  if (words === 'notice focal') {
    const noted = docs.status.focal_changes.find((one) => `--ack=${one.seq}` === third);
    if (noted) Object.assign(noted, { receipts: [...noted.receipts, noted.waiting], waiting: null });
    return docs.status.focal_changes;
  }
  if (words === 'admin agency') return docs.agencies;
  if (words === 'admin explain') return { official: third, channel: args[3], reads: true, devices: [], reads_records: false, obstacles: [], grounds: docs.grounds };
  if (words === 'channel show') return { ...docs.channels.find((one) => one.channel === third), people: docs.people, void: [] };
  if (words === 'drafts list') return docs.drafts;
  if (verb === 'drafts') return [];
  if (words === 'remind show') return docs.reminders;
  if (words === 'remind set') return (docs.reminders = reminders(args));
  if (verb === 'outbox') return docs.outbox;
  if (verb === 'status') return docs.status;
  if (verb === 'devices') return [{ device: 'd'.repeat(32), name: 'Máy làm việc', this: true }];
  if (verb === 'read') {
    const since = Number(args[2].split('=')[1]);
    return second === COUNCIL ? docs.items.filter((item) => item.seq === null || item.seq >= since) : [];
  }
  if (verb === 'explain') {
    const item = docs.items.find((one) => one.entry === second);
    return {
      entry: second, index: item?.index ?? 1, record: 'ab'.repeat(32), time_ms: item?.time_ms ?? Date.now(), sender: { official: item?.sender.official ?? null, device: item?.sender.device ?? '', device_name: 'Máy làm việc', live: true },
      enrolment: { entry: `${'0'.repeat(32)}/3`, signers: ['quantri@mofa', 'pheduyet@moit'], root_keys: false, witnessed: true }, signature: 'verified', inclusion: { tree_size: 224, root: 'cd'.repeat(32) }, content: 'opens',
      witnessed: item?.state === 'witnessed', witnesses: docs.witnessed,
    };
  }
  return { entry: `${COUNCIL}/99` };
}

/** Starts the server; `docs` may be changed while it runs, `tell` sends an event to every page. */
export async function startFixture(docs = documents()) {
  const pages = new Set();
  const asked = [];
  const json = (response, status, value) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const stateNow = () => ({ now_ms: Date.now(), ...docs.state });
  const server = createServer(async (request, response) => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('cache-control', 'no-store');
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (pathname === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: state\ndata: ${JSON.stringify(stateNow())}\n\n`);
      pages.add(response);
      response.on('close', () => pages.delete(response));
    } else if (pathname === '/api/state') {
      if (docs.session === false) json(response, 401, { error: { code: 'ui_session', message: '', hint: '' } });
      else json(response, 200, stateNow());
    } else if (pathname === '/api/verb') {
      const { args } = JSON.parse(body.toString());
      asked.push(args);
      const refused = docs.refuse?.(args);
      if (docs.hang?.(args)) return;
      json(response, 200, refused ? { exit: refused.exit ?? 1, document: { error: refused } } : { exit: 0, document: run(args, docs) ?? {} });
    } else if (pathname === '/api/unlock') {
      if (JSON.parse(body.toString()).passphrase === 'đúng') {
        docs.state.locked = false;
        response.writeHead(204).end();
      } else json(response, 403, { error: { code: 'wrong_passphrase', message: 'Mật khẩu mở khóa không đúng.', hint: 'Nhập lại mật khẩu; kiểm tra bộ gõ tiếng Việt, phím Caps Lock.' } });
    } else if (pathname === '/api/lock') {
      if (docs.holdLock) return;
      docs.state.locked = true;
      response.writeHead(204).end();
    } else if (pathname === '/api/upload') {
      json(response, 200, { upload: `u${asked.length}` });
    } else if (pathname.startsWith('/api/')) {
      response.writeHead(204).end();
    } else {
      const path = join(DIST, pathname === '/' ? 'index.html' : pathname);
      if (!path.startsWith(DIST) || !existsSync(path)) return response.writeHead(404).end();
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
      response.end(readFileSync(path));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    docs, asked,
    url: `http://127.0.0.1:${server.address().port}/#token=fixture`,
    tell: (event, data) => pages.forEach((page) => page.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)),
    tellState: () => pages.forEach((page) => page.write(`event: state\ndata: ${JSON.stringify(stateNow())}\n\n`)),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await startFixture()).url);
