// Where the page is: the part of the address after '#'. No content ever stands in it, only ids.

export type Route =
  | { name: 'home' }
  | { name: 'consultation'; id: string }
  | { name: 'new'; channel: string | null }
  | { name: 'channel'; id: string }
  | { name: 'trust'; id: string }
  | { name: 'settings' };

export function parseRoute(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, '').split('/');
  const id = second && /^[0-9a-f]{6,64}$/.test(second) ? second : null;
  if (first === 'consultation' && id) return { name: 'consultation', id };
  if (first === 'new') return { name: 'new', channel: id };
  if (first === 'channel' && id) return third === 'trust' ? { name: 'trust', id } : { name: 'channel', id };
  if (first === 'settings') return { name: 'settings' };
  return { name: 'home' };
}

export const links = {
  home: () => '#/',
  consultation: (id: string) => `#/consultation/${id}`,
  open: (channel?: string) => (channel ? `#/new/${channel}` : '#/new'),
  channel: (id: string) => `#/channel/${id}`,
  trust: (id: string) => `#/channel/${id}/trust`,
  settings: () => '#/settings',
};

/** The report of an audit: a page of its own, outside this one. */
export const REPORT = '/report';

let current = $state.raw<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  current = parseRoute(location.hash);
});

export function route(): Route {
  return current;
}

export function go(link: string): void {
  location.hash = link.slice(1);
}
