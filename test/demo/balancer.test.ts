import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, describe, it } from 'node:test'
import { Balancer } from '../../demo/balancer.ts'
import { Page } from '../../demo/page.ts'
import { NoAnswer, Visitor } from '../../demo/visitor.ts'
import { eventually } from '../../demo/waiting.ts'

const FORM = { action: '', fields: { a: 'b' }, buttons: [], text: '' }

interface Node {
  readonly server: Server
  readonly port: number
  /** What it was asked for, but for whether it is ready. */
  readonly asked: string[]
  isReady: boolean
}

async function nodeOf(t: TestContext, answer: RequestListener): Promise<Node> {
  const node: { -readonly [name in keyof Node]: Node[name] } = {
    server: createServer((request, response) => {
      if (request.url === '/readyz') response.writeHead(node.isReady ? 200 : 503).end()
      else {
        node.asked.push(`${request.method} ${request.url}`)
        answer(request, response)
      }
    }),
    port: 0,
    asked: [],
    isReady: true,
  }
  await new Promise<void>((resolve) => node.server.listen(0, '127.0.0.1', resolve))
  node.port = (node.server.address() as AddressInfo).port
  t.after(() => close(node))
  return node
}

async function close({ server }: Node): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function balancing(t: TestContext, nodes: readonly Node[]) {
  const balancer = new Balancer({ ports: nodes.map(({ port }) => port), readyPath: '/readyz' })
  const url = `http://localhost:${await balancer.listen()}`
  t.after(() => balancer.close())
  await Promise.all(nodes.map((_, index) => balancer.whenReady(index)))
  const press = (visitor: Visitor): Promise<Page> =>
    visitor.send(new Page(url, 200, ''), { ...FORM, action: `${url}/form` })
  return { balancer, url, press }
}

const yes: RequestListener = (_request, response) => response.end('yes')
const breaks: RequestListener = (request) => request.socket.destroy()

describe('the balancer', () => {
  it('sends each request to the next node, and skips those that are not ready', async (t) => {
    const nodes = [await nodeOf(t, yes), await nodeOf(t, yes), await nodeOf(t, yes)]
    const { balancer, url } = await balancing(t, nodes)
    const visitor = new Visitor()
    const served = async (times: number): Promise<ReadonlySet<number | undefined>> => {
      const by = new Set<number | undefined>()
      for (let each = 0; each < times; each++) {
        await visitor.get(url)
        by.add(visitor.servedBy)
      }
      return by
    }
    assert.deepEqual(await served(3), new Set([0, 1, 2]))
    const [first] = nodes
    if (first !== undefined) first.isReady = false
    await eventually('it is noticed', 10_000, () => (balancer.isReady(0) ? undefined : true))
    assert.deepEqual(await served(6), new Set([1, 2]))
    visitor.node = 0
    assert.deepEqual(await served(1), new Set([0]), 'who is sent there by name is served there')
  })

  it('hands a form on when nobody listens, and says so', async (t) => {
    const nodes = [await nodeOf(t, yes), await nodeOf(t, yes)]
    const { press } = await balancing(t, nodes)
    const visitor = new Visitor()
    visitor.node = 0
    if (nodes[0] !== undefined) await close(nodes[0])
    assert.equal((await press(visitor)).body, 'yes')
    assert.deepEqual([visitor.servedBy, visitor.wasMovedOn], [1, true])
  })

  it('never sends a form twice: one that was sent may have been taken', async (t) => {
    const nodes = [await nodeOf(t, breaks), await nodeOf(t, yes)]
    const { balancer, press, url } = await balancing(t, nodes)
    const visitor = new Visitor()
    visitor.node = 0
    await assert.rejects(press(visitor), NoAnswer)
    assert.deepEqual(nodes[1]?.asked, [])
    assert.equal((await visitor.get(url)).body, 'yes', 'a page is asked for once more')
    assert.equal(balancer.refusedByDrain, 0)
    balancer.leaves(0)
    await assert.rejects(press(visitor), NoAnswer)
    assert.equal(balancer.refusedByDrain, 1, 'a node that was asked to stop has turned somebody away')
  })

  it('passes on who asks, what was said, and each part of a stream as it comes', async (t) => {
    const node = await nodeOf(t, (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`${String(request.headers['x-forwarded-for'])} ${request.headers.host}\n`)
    })
    const { url } = await balancing(t, [node])
    const visitor = new Visitor('198.18.0.7')
    const expected = new RegExp(`^198\\.18\\.0\\.7, (::ffff:)?127\\.0\\.0\\.1 ${new URL(url).host}\n`)
    assert.ok(await visitor.listen(url, (text) => expected.test(text)))
  })
})
