import { expect, test } from 'vitest';
import { addressOf, routeOf } from '../routes';

const BASE = '/services/hubkin/';

test('an address is a page and a page is an address', () => {
  for (const address of [
    '',
    'jobs/job-01',
    'admin',
    'admin/jobs/job-01',
    '?show=failed&q=bert&owner=lab',
    'admin?show=active'
  ]) {
    const [path = '', search = ''] = address.split('?');
    expect(addressOf(BASE, routeOf(BASE, BASE + path, search))).toBe(BASE + address);
  }
});

test('an unknown filter shows everything', () => {
  expect(routeOf(BASE, BASE, '?show=nonsense')).toEqual({
    page: 'home',
    filter: { text: '', states: 'all', owner: '' }
  });
});
