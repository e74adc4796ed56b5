import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listen } from './listen.ts'

describe('listening', () => {
  it('says what to do about an address that cannot be had', async () => {
    const first = await listen({ host: '127.0.0.1', port: 0 }, (_request, response) => response.end('here'))
    const port = Number(new URL(first.url).port)
    await assert.rejects(
      listen({ host: '127.0.0.1', port }, () => undefined),
      {
        code: 'CF_CONFIG',
        message: new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${port}; another process has it`),
      },
    )
    await assert.rejects(
      listen({ host: '192.0.2.1', port: 0 }, () => undefined),
      {
        code: 'CF_CONFIG',
        message: /the host is no address of this machine/,
      },
    )
    assert.equal(await (await fetch(first.url)).text(), 'here')
    first.close()
    await first.end()
    const again = await listen({ host: '127.0.0.1', port }, () => undefined)
    await again.end()
  })
})
