import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pathWithin } from './mount.ts'

describe('the path within the pages', () => {
  for (const [who, base, request, path] of [
    ['a plain server', '/pay', { url: '/pay/orders/1?a=b' }, '/orders/1?a=b'],
    ['a server at the root', '', { url: '/orders/1' }, '/orders/1'],
    ['Express', '/pay', { url: '/orders/1', originalUrl: '/pay/orders/1' }, '/orders/1'],
    [
      'Express, mounted where a page of ours has its name',
      '/orders',
      { url: '/orders/1', originalUrl: '/orders/orders/1' },
      '/orders/1',
    ],
    [
      'Express at the root of our address',
      '',
      { url: '/orders/1', originalUrl: '/pay/orders/1' },
      '/orders/1',
    ],
    ['a proxy that has cut everything off', '/shop/pay', { url: '/orders/1' }, '/orders/1'],
    ['a proxy or a basePath that has cut the front off', '/shop/pay', { url: '/pay/orders/1' }, '/orders/1'],
    ['a mount without a page behind it', '/pay', { url: '/pay' }, '/'],
    ['the same with a question', '/pay', { url: '/pay?a=b' }, '/?a=b'],
    ['an address that only begins alike', '/pay', { url: '/payments/1' }, '/payments/1'],
  ] as const) {
    it(`of ${who} is ${path}`, () => assert.equal(pathWithin(base, request), path))
  }
})
