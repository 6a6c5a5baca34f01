import { describe, expect, it } from 'vitest';
import { sorted, tree } from '../src/lib/order';
import type { Channel, Consultation } from '../src/lib/types';

function consultation(id: string, facts: Partial<Consultation>): Consultation {
  return {
    id, channel: 'c', template: 'general', title: id, question: '', reason: '', label: 'internal', urgency: 'normal', deadline_ms: 10,
    state: 'collecting', lead: 'mofa/main', agencies: [], told: [], conclusion: null, timeline: [], waiting: [], leads: false, allowed: [],
    capacities: [], acting_for: null, ...facts,
  };
}

describe('the first page', () => {
  it('puts what waits first: by urgency, then by time left, then always in the same order', () => {
    const waiting = ['moit/main'];
    const all = [
      consultation('b', { waiting, deadline_ms: 5 }),
      consultation('a', { waiting, deadline_ms: 5 }),
      consultation('late', { waiting, deadline_ms: 1, state: 'overdue' }),
      consultation('gap', { waiting, urgency: 'hoa_toc', deadline_ms: 99 }),
      consultation('khan', { waiting, urgency: 'khan', deadline_ms: 2 }),
      consultation('thuong', { waiting, urgency: 'thuong_khan', deadline_ms: 50 }),
    ];
    expect(sorted(all).waiting.map((one) => one.id)).toEqual(['gap', 'thuong', 'khan', 'late', 'a', 'b']);
    expect(sorted([...all].reverse())).toEqual(sorted(all));
  });

  it('ends a notice and a request with the last one who was asked, a consultation with its conclusion', () => {
    const lists = sorted([
      consultation('notice', { form: 'notice', state: 'complete', leads: true }),
      consultation('request', { form: 'request', state: 'complete' }),
      consultation('waits', { form: 'request', state: 'overdue', leads: true }),
      consultation('can be concluded', { state: 'complete', leads: true }),
      consultation('archived', { state: 'archived', leads: true }),
    ]);
    expect(lists.leading.map((one) => one.id).sort()).toEqual(['can be concluded', 'waits']);
    expect(lists.ended.map((one) => one.id).sort()).toEqual(['archived', 'notice', 'request']);
  });

  it('shows each consultation once', () => {
    const lists = sorted([
      consultation('asked and leading', { waiting: ['mofa/main'], leads: true }),
      consultation('leading', { leads: true, state: 'overdue' }),
      consultation('answered', {}),
      consultation('done', { leads: true, state: 'concluded' }),
      consultation('withdrawn', { state: 'withdrawn' }),
    ]);
    const ids = (list: Consultation[]) => list.map((one) => one.id);
    expect(ids(lists.waiting)).toEqual(['asked and leading']);
    expect(ids(lists.leading)).toEqual(['leading']);
    expect(ids(lists.following)).toEqual(['answered']);
    expect(ids(lists.ended).sort()).toEqual(['done', 'withdrawn']);
  });
});

describe('the tree', () => {
  it('follows the Regulation: council, pillars as in Article 3, fields', () => {
    const channel = (kind: string, id: string, name: string) => ({ channel: name, name, scope: { kind, id, name: id } }) as Channel;
    const branches = tree([
      channel('cross_pillar', 'digital', 'số'),
      channel('pillar', 'ascc', 'văn hóa'),
      channel('designated', 'connectivity', 'kết nối'),
      channel('pillar', 'aec', 'kinh tế'),
      channel('coordinating', 'acc', 'điều phối 2'),
      channel('coordinating', 'acc', 'điều phối 1'),
      channel('pillar', 'apsc', 'chính trị'),
      { channel: 'x', name: null, scope: null } as Channel,
    ]);
    expect(branches.map((one) => one.key)).toEqual([
      'coordinating:acc', 'pillar:apsc', 'pillar:aec', 'pillar:ascc', 'designated:connectivity', 'cross_pillar:digital', 'none:',
    ]);
    expect(branches[0]?.channels.map((one) => one.name)).toEqual(['điều phối 1', 'điều phối 2']);
  });
});
