import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secret } from '../../gateway/secret.ts'
import { cardAt, configured, deadPort, never, Peer } from './doctor.test-data.ts'
import { checkNotifications } from './notification-check.ts'
import { checkServer } from './server-check.ts'

const notifications = { username: 'worldpay', password: secret('a-password-of-calls') }
const calling = [cardAt('http://127.0.0.1:9/', { notifications })]

/** Answers as our own pages do, as far as the doctor asks. */
function ours(options: { readonly ready?: boolean; readonly refuses?: boolean } = {}): Promise<Peer> {
  const { ready = true, refuses = true } = options
  return Peer.open((request, response) => {
    if (request.url?.endsWith('/livez') === true) return response.end('{"live":true}')
    if (request.url?.endsWith('/readyz') === true) return response.writeHead(ready ? 200 : 503).end('{}')
    return refuses ? response.writeHead(403).end('CF_NOTIFICATION_REFUSED\n') : response.end('thanks')
  })
}

const at = (port: number) => ({ listen: { port }, publicUrl: `http://localhost:${port}/pay` })

describe('the check of the server', () => {
  it('tells whether it runs, and that is well either way', async () => {
    await using running = await ours()
    const runs = await checkServer(configured(at(running.port)), never)
    assert.deepEqual([runs.state, runs.result.status], ['running', 'ok'])
    assert.match(runs.result.text, /takes payments$/)
    const silent = await checkServer(configured(at(await deadPort())), never)
    assert.deepEqual([silent.state, silent.result.status], ['silent', 'ok'])
  })

  it('warns when it takes no payments, and fails when somebody else has its port', async () => {
    await using stopping = await ours({ ready: false })
    const slow = await checkServer(configured(at(stopping.port)), never)
    assert.deepEqual([slow.state, slow.result.status], ['running', 'warn'])
    await using stranger = await Peer.open((_request, response) => response.writeHead(404).end())
    const other = await checkServer(configured(at(stranger.port)), never)
    assert.deepEqual([other.state, other.result.status], ['other', 'fail'])
  })
})

describe('the check of notifications', () => {
  it('finds that the public address leads to the running server, which refuses who shows no credentials', async () => {
    await using server = await ours()
    const checked = await checkNotifications(
      configured({ ...at(server.port), modules: calling, simulator: {} }),
      'running',
      never,
    )
    assert.equal(checked.status, 'ok', checked.text)
    assert.match(checked.text, /leads to the server; the simulator reaches it.*; .* refuses whoever shows no/)
  })

  it('listens in its place where no server runs', async () => {
    const port = await deadPort()
    const here = configured({ ...at(port), modules: calling, simulator: {} })
    const checked = await checkNotifications(here, 'silent', never)
    assert.equal(checked.status, 'ok', checked.text)
    assert.match(checked.text, new RegExp(`^http://localhost:${port}/pay leads here`))
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`), 'it listens no more')
  })

  it('answers nobody else in the place of the server: a provider who calls meanwhile calls again', async () => {
    const port = await deadPort()
    const heard: number[] = []
    const passOn = async (path: string): Promise<string> => {
      const call = { method: 'POST', body: 'a chargeback' }
      const answers = await Promise.all([
        fetch(`http://127.0.0.1:${port}/pay/notifications/worldpay`, call),
        fetch(`http://127.0.0.1:${port}/pay/livez`),
      ])
      heard.push(...answers.map(({ status }) => status))
      return (await fetch(`http://127.0.0.1:${port}${path}`)).text()
    }
    await using proxy = await Peer.open((request, response) => {
      passOn(request.url ?? '').then(
        (text) => response.end(text),
        () => response.destroy(),
      )
    })
    const behind = { ...at(port), publicUrl: `${proxy.url}/pay`, modules: calling, simulator: {} }
    const checked = await checkNotifications(configured(behind), 'silent', never)
    assert.match(checked.text, /leads here/)
    assert.deepEqual(heard, [503, 503])
  })

  it('warns of an address of this machine, and of calls in the clear', async () => {
    const local = configured({ ...at(await deadPort()), modules: calling })
    const checked = await checkNotifications(local, 'silent', never)
    assert.equal(checked.status, 'warn')
    assert.match(checked.text, /the provider cannot reach an address of this machine/)
  })

  it('fails when the public address leads elsewhere or nowhere', async () => {
    await using stranger = await Peer.open((_request, response) => response.end('Welcome to nginx'))
    const elsewhere = { ...at(await deadPort()), publicUrl: `${stranger.url}/pay`, modules: calling }
    const silent = await checkNotifications(configured(elsewhere), 'silent', never)
    assert.deepEqual([silent.status, /leads elsewhere \(200\)/.test(silent.text)], ['fail', true])
    const running = await checkNotifications(configured(elsewhere), 'running', never)
    assert.deepEqual([running.status, /leads elsewhere \(200\)/.test(running.text)], ['fail', true])
    const nowhere = { ...elsewhere, publicUrl: `http://127.0.0.1:${await deadPort()}/pay` }
    const dead = await checkNotifications(configured(nowhere), 'silent', never)
    assert.deepEqual(
      [dead.status, /cannot be reached from here: .*ECONNREFUSED/.test(dead.text)],
      ['fail', true],
    )
    const other = await checkNotifications(configured(elsewhere), 'other', never)
    assert.equal(other.status, 'fail')
  })

  it('fails when somebody on the way takes the call for the server', async () => {
    await using proxy = await ours({ refuses: false })
    const checked = await checkNotifications(
      configured({ ...at(proxy.port), modules: calling }),
      'running',
      never,
    )
    assert.equal(checked.status, 'fail')
    assert.match(checked.text, /answers 200 where it should refuse/)
  })

  it('sends no call where nobody asks for credentials', async () => {
    const asked: string[] = []
    await using server = await Peer.open((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.end('{"live":true}')
    })
    const checked = await checkNotifications(
      configured({ ...at(server.port), simulator: {} }),
      'running',
      never,
    )
    assert.equal(checked.status, 'ok')
    assert.match(checked.text, /asks for no credentials/)
    assert.deepEqual(asked, ['GET /pay/livez'])
  })
})
