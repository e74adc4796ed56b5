import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CheckReport } from '../standalone/doctor/check.ts'
import { freePort, ServerFolder } from '../standalone/server-folder.test-data.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const example = join(root, 'examples/server')
const site = new ServerFolder()
after(() => site.close())

const CHECKS = [
  'configuration',
  'secrets',
  'server',
  'journal',
  'card testing',
  'clock',
  'inquiry',
  'notifications',
  'webhook',
]

/** The example, with ports and data of its own. */
async function environment(name: string): Promise<NodeJS.ProcessEnv> {
  const port = await freePort()
  return {
    DATA_FOLDER: join(site.folder, name),
    LISTEN_PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}/pay`,
    SIMULATOR_PORT: String(await freePort()),
  }
}

const reportsOf = (out: string): readonly CheckReport[] => JSON.parse(out) as readonly CheckReport[]

describe('counterfoil doctor', () => {
  it('finds nothing that fails in the example, from the root, by name and in its folder, and changes nothing', async () => {
    const settings = await environment('plain')
    const calls = [
      [['doctor'], root],
      [['doctor', '--config', 'examples/server/counterfoil.config.ts'], root],
      [['doctor'], example],
    ] as const
    for (const [argv, folder] of calls) {
      const { code, out, error } = await site.run(argv, settings, folder)
      assert.deepEqual([code, error], [0, ''], out)
      assert.match(out, /^ok +configuration +\S*counterfoil\.config\.ts: card, worldpay, at http/)
      assert.match(out, /\n\d ok, \d warn, 0 fail\n$/)
      const lines = out.split('\n').filter((line) => /^(ok|warn) /.test(line))
      assert.deepEqual(
        lines.map((line) => line.slice(5, 19).trim()),
        CHECKS,
      )
    }
    assert.deepEqual(readdirSync(join(site.folder, 'plain')).toSorted(), ['api-key', 'counterfoil-secret'])
  })

  it('disturbs no server that runs, and tells that it runs', async () => {
    const settings = await environment('running')
    const config = ['--config', 'examples/server/counterfoil.config.ts']
    const server = site.start(['start', ...config], settings, root)
    await server.printed(/Counterfoil listens on/)
    const { code, out } = await site.run(['doctor', '--json', ...config], settings, root)
    assert.equal(code, 0, out)
    const reports = reportsOf(out)
    assert.deepEqual(
      reports.map(({ name }) => name),
      CHECKS,
    )
    const texts = Object.fromEntries(reports.map(({ name, text }) => [name, text]))
    assert.match(texts['server'] ?? '', /takes payments$/)
    assert.match(texts['journal'] ?? '', /payments\.db opens/)
    assert.match(texts['notifications'] ?? '', /leads to the server; .* refuses whoever shows no credentials/)
    // Its lock is still its own.
    const second = await site.run(
      ['start', ...config],
      { ...settings, LISTEN_PORT: String(await freePort()), SIMULATOR_PORT: String(await freePort()) },
      root,
    )
    assert.equal(second.code, 1)
    assert.match(second.error, /CF_JOURNAL_OWNED/)
    server.signal('SIGTERM')
    assert.equal((await server.ended).code, 0)
  })

  it('ends with 1 when something fails, and says what to do', async () => {
    const settings = {
      ...(await environment('mail')),
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(await freePort()),
    }
    const { code, out } = await site.run(['doctor'], settings, example)
    assert.equal(code, 1)
    assert.match(
      out,
      /\nfail +mail +127\.0\.0\.1:\d+: connect ECONNREFUSED [^\n]*\n +-> Look at host and port/,
    )
    assert.match(out, /, 1 fail\n$/)
  })

  it('finds a process that has the journal and does not answer', async () => {
    const settings = await environment('hidden')
    const server = site.start(['start'], settings, example)
    await server.printed(/Counterfoil listens on/)
    const port = String(await freePort())
    const elsewhere = { LISTEN_PORT: port, PUBLIC_URL: `http://localhost:${port}/pay` }
    const { code, out } = await site.run(['doctor', '--json'], { ...settings, ...elsewhere }, example)
    assert.equal(code, 1)
    const journal = reportsOf(out).find(({ name }) => name === 'journal')
    assert.equal(journal?.status, 'fail')
    assert.match(
      journal?.text ?? '',
      new RegExp(`process \\d+ on \\S+ owns it, and no server answers on port ${port}`),
    )
  })

  it('wants every secret of a real account, and makes none by itself', async () => {
    const settings = { ...(await environment('real')), WORLDPAY_MERCHANT_CODE: 'TEASHOPECOM' }
    const given = {
      WORLDPAY_PASSWORD: 'p',
      WORLDPAY_JWT_ISSUER: 'issuer',
      WORLDPAY_ORG_UNIT_ID: 'unit',
      WORLDPAY_JWT_SECRET: 'of the provider',
      WORLDPAY_NOTIFICATION_PASSWORD: 'of ours',
    }
    const [nothing, own] = await Promise.all([
      site.run(['pipelines'], settings, example),
      site.run(['pipelines'], { ...settings, ...given }, example),
    ])
    assert.match(nothing.error, /the secret WORLDPAY_PASSWORD is not set/)
    assert.match(own.error, /the secret COUNTERFOIL_SECRET is not set/)
    assert.equal(existsSync(join(site.folder, 'real')), false)
  })

  it('looks at nothing else when the configuration is refused', async () => {
    site.write('wrong.config.mjs', 'export default { modules: 1 }')
    const { code, out } = await site.run(['doctor', '--json', '--config', 'wrong.config.mjs'])
    assert.equal(code, 1)
    const reports = reportsOf(out)
    assert.deepEqual([reports.length, reports[0]?.name, reports[0]?.status], [1, 'configuration', 'fail'])
    assert.match(reports[0]?.text ?? '', /modules must list payment modules/)
  })
})

describe('counterfoil pipelines', () => {
  it('prints those of the very same file, and the default ones where it is asked to or where there is none', async () => {
    const settings = await environment('pipelines')
    const found = await site.run(['pipelines'], settings, example)
    assert.match(found.out, /^card \(internal, gateway worldpay.*\nworldpay \(external/s)
    assert.doesNotMatch(found.out, /send-order-mail/)
    const defaults = await site.run(['pipelines', '--defaults'], settings, example)
    assert.match(defaults.out, /^The default pipelines: /)
    assert.match((await site.run(['pipelines'], settings)).out, /^The default pipelines: /)
    const both = await site.run(['pipelines', '--defaults', '--config', 'x'], settings)
    assert.equal(both.code, 2)
  })
})
