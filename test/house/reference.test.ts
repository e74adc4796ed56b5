import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkConfig, defaultLimits } from '../../src/engine/configuration.ts'
import type { Limits } from '../../src/engine/api.ts'
import { secret } from '../../src/gateway/secret.ts'
import { worldpay } from '../../src/gateways/worldpay/index.ts'
import { memoryJournal } from '../../src/journal/memory/index.ts'
import { internalModule } from '../../src/pipeline/module.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import { childPipelines } from '../../src/pipeline/step.ts'
import { defaultServerLimits } from '../../src/server/options.ts'
import { defaultTryLimits } from '../../src/server/tries/limits.ts'
import { textOf } from '../../scripts/program.ts'
import { faultNames } from '../simulation/faults.ts'
import { mutationNames } from '../simulation/mutations.ts'

const configuration = textOf('docs/reference/configuration.md')

describe('the reference written by hand', () => {
  it('lists every limit of the engine with its default and range', () => {
    const rows = rowsOf(sectionOf(configuration, '### Limits'))
    assert.deepEqual(
      rows.map(([name, value]) => [name, Number(value)]),
      Object.entries(defaultLimits),
    )
    for (const [name = '', , allowed] of rows) assert.equal(allowed, rangeOf(name as keyof Limits), name)
  })

  it('lists every limit of the server with its default', () => {
    const rows = rowsOf(sectionOf(configuration, '### Limits of the server'))
    assert.deepEqual(
      rows.map(([name, value]) => [name, Number(value)]),
      Object.entries(defaultServerLimits),
    )
  })

  it('lists every limit of tries with its default', () => {
    const rows = rowsOf(sectionOf(configuration, '### Limits of tries'))
    assert.deepEqual(
      rows.map(([name, max, withinMs]) => [name, max, withinMs]),
      Object.entries(defaultTryLimits).map(([name, limit]) => [
        name,
        String(limit?.max ?? 'none'),
        String(limit?.withinMs ?? 'none'),
      ]),
    )
  })

  it('lists every event of the journal with its fields', () => {
    const page = rowsOf(textOf('docs/reference/events.md'))
    const events = eventsOf(textOf('src/payment/events.ts'))
    assert.ok(events.size > 10, 'events were found')
    for (const [type, fields] of events) {
      const row = page.find(([name]) => name === type)
      assert.ok(row !== undefined, type)
      const named = [...(row[1] ?? '').matchAll(/`(\w+)`\??/g)].map(([text]) => text.replaceAll('`', ''))
      assert.deepEqual(named.toSorted(), fields.toSorted(), type)
    }
    assert.deepEqual(
      page.map(([name]) => name).filter((name = '') => !events.has(name)),
      [],
    )
  })

  it('lists every fact', () => {
    const union = /export type FactName =([^]*?)\n\n/.exec(textOf('src/payment/events.ts'))?.[1] ?? ''
    const facts = [...union.matchAll(/'([a-z-]+)'/g)].map(([, fact = '']) => fact)
    assert.ok(facts.length > 5, 'facts were found')
    const section = sectionOf(textOf('docs/reference/events.md'), '## Facts')
    const listed = [...section.matchAll(/^\|[^|]+\| `([a-z-]+)` \|/gm)].map(([, fact = '']) => fact)
    assert.deepEqual(listed.toSorted(), facts.toSorted())
  })

  it('has a section for each reason of a case, with what it means, to look at and to do', () => {
    const page = textOf('docs/how-to/look-after-cases.md')
    const union = /export type CaseReason =([^]*?)\n\n/.exec(textOf('src/payment/events.ts'))?.[1] ?? ''
    const reasons = [...union.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => reason)
    assert.ok(reasons.length > 5, 'reasons were found')
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title)
    assert.deepEqual(sections, reasons)
    for (const reason of reasons) {
      const section = sectionOf(page, `## ${reason}`)
      for (const part of ['What it means.', 'What to look at.', 'What to do.'])
        assert.ok(section.includes(`**${part}**`), `${reason}: ${part}`)
    }
  })

  it('lists every fault and every mistake of the simulation', () => {
    const page = textOf('docs/reference/simulation.md')
    const section = sectionOf(page, '## What goes wrong')
    const faults = [...section.matchAll(/`([a-z0-9-]+)`/g)].map(([, name = '']) => name)
    assert.deepEqual(new Set(faults), new Set<string>(faultNames))
    const mistakes = rowsOf(sectionOf(page, '## Mistakes on purpose')).map(([name]) => name)
    assert.deepEqual(mistakes, mutationNames)
  })
})

/** A section with what is below it, up to the next heading of the same rank or above. */
function sectionOf(page: string, heading: string): string {
  const rank = heading.indexOf(' ')
  const [, after] = `\n${page}`.split(`\n${heading}\n`)
  assert.ok(after !== undefined, `there is no '${heading}'`)
  return after.split(new RegExp(`^#{1,${rank}} `, 'm'))[0] ?? ''
}

/** The rows of all tables whose first cell is one name in code: their cells, without the marks of code. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\| `([\w-]+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split(' | ').map((cell) => cell.trim()),
  ])
}

/** It asks nothing of the shop. */
const card = internalModule('card', {
  gateway: worldpay({ environment: 'test', merchantCode: 'SHOP', password: secret('secret') }).direct,
  pipelines: Object.fromEntries(childPipelines.map((name) => [name, pipeline()])),
})

/** What the check of the configuration itself says is allowed. */
function rangeOf(name: keyof Limits): string {
  try {
    checkConfig({
      journal: memoryJournal(),
      shop: { loadOrder: async () => undefined },
      modules: [card],
      publicUrl: 'http://localhost/pay',
      limits: { [name]: Number.NaN },
    })
  } catch (error) {
    return /from (\d+ to \d+)/.exec(String(error))?.[1] ?? String(error)
  }
  return 'anything'
}

/** The types of events with the names of their fields; a question mark where one may be absent. */
function eventsOf(source: string): ReadonlyMap<string, readonly string[]> {
  const union = /export type PaymentEvent =([^]*?)\n\n/.exec(source)?.[1] ?? ''
  const parts = union.split(/readonly type: '/).slice(1)
  return new Map(
    parts.map((part) => [
      /^[a-z-]+/.exec(part)?.[0] ?? '',
      [...part.matchAll(/readonly (\w+\??):/g)].map(([, field = '']) => field),
    ]),
  )
}
