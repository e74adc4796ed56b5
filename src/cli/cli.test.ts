import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sqliteJournal } from '../journal/sqlite/index.ts'
import type { Case } from '../payment/state.ts'
import { following, opening, SAMPLE_AT_MS } from '../testkit/journal-samples.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const source = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

function counterfoil(...argv: readonly string[]): Promise<Ended> {
  const options = { timeout: 20_000, cwd: folder }
  return ended(spawn(process.execPath, ['-C', 'counterfoil-source', main, ...argv], options))
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = ''
  let error = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, error }))
  })
}

function configuration(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const gateway = `{ name: 'acme', account: 'shop', capabilities: {}, operations: { sale: {} } }`
const imports = `import { internalModule } from '${source}pipeline/module.ts'`

function sampleCase(caseId: string, text: string): Case {
  return { caseId, reason: 'doubt-unresolved', reference: 'r-1', text, atMs: SAMPLE_AT_MS }
}

describe('counterfoil', () => {
  it('lists its commands, and says its version', async () => {
    const help = await counterfoil('--help')
    assert.deepEqual([help.code, help.error], [0, ''])
    for (const name of [
      'start',
      'doctor',
      'pipelines',
      'cases list',
      'cases show',
      'cases resolve',
      'simulate',
    ]) {
      assert.ok(help.out.includes(`counterfoil ${name}`), name)
    }
    const ofCases = await counterfoil('cases', 'list', '--help')
    assert.deepEqual([ofCases.code, ofCases.error], [0, ''])
    assert.match(ofCases.out, /^Usage:\n {2}counterfoil cases list \(--server URL /)
    assert.doesNotMatch(ofCases.out, /pipelines/)
    const ofSimulate = await counterfoil('simulate', '--help')
    assert.match(ofSimulate.out, /--time-scale N/)
    const version = await counterfoil('--version')
    assert.match(version.out, /^\d+\.\d+\.\d+\n$/)
  })

  it('answers a wrong call with 2, what is wrong, and the list of commands', async () => {
    const calls: readonly (readonly [RegExp, ...string[]])[] = [
      [/a command is missing/],
      [/there is no command 'pipeline'/, 'pipeline'],
      [/there is no command 'constructor'/, 'constructor'],
      [/Unknown option '--confg'/, 'pipelines', '--confg', 'x'],
      [/Unexpected argument 'x'/, 'pipelines', 'x'],
      [/called with 'list'/, 'cases'],
      [/called with 'list'/, 'cases', 'show', '--journal', 'x'],
      [/called with 'list'/, 'cases', 'list', 'x', '--journal', 'x'],
      [/needs --server URL, or --journal FILE/, 'cases', 'list'],
      [/--limit is a whole number from 1 to 1000/, 'cases', 'list', '--journal', 'x', '--limit', '0'],
      [/--limit is a whole number/, 'cases', 'list', '--journal', 'x', '--limit', 'ten'],
    ]
    const answers = await Promise.all(
      calls.map(async ([what, ...argv]) => ({ what, ...(await counterfoil(...argv)) })),
    )
    for (const { what, code, out, error } of answers) {
      assert.equal(code, 2, error)
      assert.equal(out, '')
      assert.match(error, what)
      assert.match(error, /\n\nUsage:\n {2}counterfoil start/)
    }
  })
})

describe('counterfoil on an older Node', () => {
  it('says in one line which Node it needs, before it loads anything', async () => {
    const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
    const { code, out, error } = await ended(
      spawn(process.execPath, ['--import', older, main, '--version'], { timeout: 20_000 }),
    )
    assert.deepEqual([code, out], [2, ''])
    assert.equal(error, 'counterfoil: needs Node 24 or newer, and this is 20.20.2\n')
    // What loads before that line must run there: nothing but types.
    const imports = [...readFileSync(main, 'utf8').matchAll(/^import (?!type )/gm)]
    assert.deepEqual(imports, [])
  })
})

describe('counterfoil pipelines', () => {
  it('prints the default pipelines', async () => {
    const { code, out } = await counterfoil('pipelines')
    assert.equal(code, 0)
    assert.match(out, /provider with a sale \(2 commits .*\n {4}check-order +local\n {4}charge +gateway\n/)
    assert.match(out, /statusOk\n {4}mark-order-paid +effect\n/)
  })

  it('prints the modules of a configuration, whichever way it is exported', async () => {
    const modules = `[internalModule('card', { gateway: ${gateway} })]`
    const files = [
      configuration('modules.mjs', `${imports}\nexport const modules = ${modules}`),
      configuration('config.mjs', `${imports}\nexport const config = { modules: ${modules} }`),
      configuration('default.mjs', `${imports}\nexport default { modules: ${modules} }`),
    ]
    const answers = await Promise.all(files.map((file) => counterfoil('pipelines', '--config', file)))
    for (const { code, out, error } of answers) {
      assert.deepEqual([code, error], [0, ''])
      assert.match(out, /^card \(internal, gateway acme, paid when authorized\), 2 commits/)
    }
  })

  it('refuses what start-up would refuse, in one line with code and remedy', async () => {
    const typo = configuration(
      'typo.mjs',
      `${imports}\nexport const modules = [internalModule('card', { gateway: ${gateway}, pipelines: { statusOk: (p) => p.remove('delete-baskets') } })]`,
    )
    const shopless = configuration(
      'shopless.mjs',
      `${imports}\nexport const shop = { loadOrder() {} }\nexport const modules = [internalModule('card', { gateway: ${gateway} })]`,
    )
    const refusals = await Promise.all(
      [typo, shopless].map((file) => counterfoil('pipelines', '--config', file)),
    )
    assert.match(
      refusals[0]?.error ?? '',
      /^counterfoil: CF_PIPELINE: .* no step 'delete-baskets'; .*\. Put right [^\n]*\n$/,
    )
    assert.match(refusals[1]?.error ?? '', /^counterfoil: CF_PIPELINE: .* markOrderPaid\(\)[^\n]*\n$/)
    assert.deepEqual(
      refusals.map(({ code }) => code),
      [1, 1],
    )
  })

  it('refuses a file that is no configuration, and says why', async () => {
    const files: readonly (readonly [string, RegExp])[] = [
      [join(folder, 'missing.mjs'), /there is no file .*missing\.mjs/],
      [folder, /there is no file/],
      [configuration('broken.mjs', 'export const = 1'), /broken\.mjs cannot be imported: /],
      [configuration('throws.mjs', "throw new Error('no database')"), /cannot be imported: no database/],
      [configuration('empty.mjs', 'export const shop = 1'), /exports neither 'modules' nor/],
      [configuration('wrong.mjs', 'export const modules = [{}]'), /modules\[0\] is no payment module/],
    ]
    const answers = await Promise.all(files.map(([file]) => counterfoil('pipelines', '--config', file)))
    for (const [index, { code, error }] of answers.entries()) {
      assert.equal(code, 1)
      assert.match(error, /^counterfoil: CF_CONFIG: [^\n]*\n$/)
      assert.match(error, files[index]?.[1] ?? /^$/)
    }
  })
})

describe('counterfoil cases', () => {
  it('reads a journal while another process writes it', async () => {
    const file = join(folder, 'busy.db')
    const journal = sqliteJournal(file, { reserveBytes: 0 })
    await journal.open({ nodeId: 'node-1' })
    try {
      const cases = [sampleCase('case-1', 'The provider\u001b[31m does not say.')]
      await journal.append(opening('0001', { cases }))
      await journal.append(opening('0002'))
      const readers = new AbortController()
      let version = 1
      const writing = (async () => {
        while (!readers.signal.aborted) {
          const verdict = await journal.append(following('0002', version))
          assert.equal(verdict.kind, 'committed')
          version++
        }
      })()
      const [list, json, shown, byPayment, unknown] = await Promise.all([
        counterfoil('cases', 'list', '--journal', file),
        counterfoil('cases', 'list', '--journal', file, '--json'),
        counterfoil('cases', 'show', 'case-1', '--journal', file),
        counterfoil('cases', 'show', '0001', '--journal', file, '--json'),
        counterfoil('cases', 'show', 'case-9', '--journal', file),
      ])
      readers.abort()
      await writing
      assert.ok(version > 10, 'the journal was written all the time')

      assert.deepEqual([list.code, list.error], [0, ''])
      assert.equal(
        list.out,
        '2025-10-09T08:53:20.000Z  case-1  doubt-unresolved  order order-of-0001, 19.99 GBP, in-progress: The provider?[31m does not say.\n',
      )
      const [first] = JSON.parse(json.out) as [{ readonly caseId: string; readonly amountMinor: string }]
      assert.deepEqual([first.caseId, first.amountMinor], ['case-1', '1999'])
      assert.match(shown.out, /^Case case-1: doubt-unresolved\n/)
      assert.match(shown.out, /authorized 19\.99 GBP, captured 0\.00 GBP/)
      assert.match(shown.out, /sale of 19\.99 GBP: approved -- answer: AUTHORISED: The provider approved/)
      assert.match(shown.out, /evidence-kept r-\w+ -- engine: An example\.\n/)
      const whole = JSON.parse(byPayment.out) as {
        readonly history: readonly { readonly events: readonly unknown[] }[]
      }
      assert.equal(whole.history[0]?.events.length, 6)
      assert.equal(unknown.code, 1)
      assert.match(unknown.error, /^counterfoil: CF_CASE_UNKNOWN: [^\n]*'case-9'[^\n]*\n$/)
    } finally {
      await journal.close()
    }
  })

  it('says which payments of the file cannot be read, with cases or in progress, beside the cases of the others', async () => {
    const file = join(folder, 'damaged.db')
    const journal = sqliteJournal(file, { reserveBytes: 0 })
    await journal.open({ nodeId: 'node-1' })
    const cases = [sampleCase('case-1', 'Look.')]
    await journal.append(opening('0001', { cases, status: 'paid' }))
    await journal.append(opening('0002', { cases: [sampleCase('case-2', 'Look.')], status: 'paid' }))
    await journal.append(opening('0003'))
    await journal.close()
    const database = new DatabaseSync(file)
    database.exec("UPDATE payments SET snapshot = '{' WHERE payment_id <> '0002'")
    database.close()
    const list = await counterfoil('cases', 'list', '--journal', file)
    assert.deepEqual([list.code, list.error], [0, ''])
    assert.match(list.out, /^2 payments cannot be read: 0003, 0001\n[^\n]*case-2[^\n]*\n$/)
    const json = await counterfoil('cases', 'list', '--journal', file, '--json')
    assert.equal((JSON.parse(json.out) as readonly unknown[]).length, 1)
    assert.match(json.error, /2 payments cannot be read/)
  })

  it('shows the newest first, at most as many as asked for, and says that there are more', async () => {
    const file = join(folder, 'many.db')
    const journal = sqliteJournal(file, { reserveBytes: 0 })
    await journal.open({ nodeId: 'node-1' })
    const ids = Array.from({ length: 450 }, (_, index) => String(1000 + index))
    await Promise.all(
      ids.map((id) => journal.append(opening(id, { cases: [sampleCase(`case-${id}`, 'Look.')] }))),
    )
    await journal.close()
    const few = await counterfoil('cases', 'list', '--journal', file, '--limit', '2')
    assert.match(
      few.out,
      /^[^\n]*case-1449[^\n]*\n[^\n]*case-1448[^\n]*\nThere are more: give --limit, at most 1000\.\n$/,
    )
    const all = await counterfoil('cases', 'list', '--journal', file, '--limit', '1000')
    assert.deepEqual(
      all.out.match(/case-\d+/g)?.toSorted(),
      ids.map((id) => `case-${id}`),
    )
    const oldest = await counterfoil('cases', 'show', 'case-1000', '--journal', file)
    assert.match(oldest.out, /^Case case-1000: /)
  })

  it('says so when there is none, and when there is no journal', async () => {
    const file = join(folder, 'none.db')
    const journal = sqliteJournal(file, { reserveBytes: 0 })
    await journal.open({ nodeId: 'node-1' })
    await journal.append(opening('0001'))
    await journal.close()
    const none = await counterfoil('cases', 'list', '--journal', file)
    assert.deepEqual([none.code, none.out], [0, 'No cases: nothing waits for a person.\n'])
    const missing = await counterfoil('cases', 'list', '--journal', join(folder, 'missing.db'))
    assert.equal(missing.code, 1)
    assert.match(
      missing.error,
      /^counterfoil: there is no journal at [^\n]*missing\.db\. Name the file [^\n]*\n$/,
    )
    assert.doesNotMatch(missing.error, /cannot be written|Look at the database/)
  })

  it('says of a file of another kind that it is not a journal, and of a damaged one that it is damaged', async () => {
    const text = configuration('text.db', 'a shopping list\n'.repeat(100))
    const other = join(folder, 'other.db')
    const database = new DatabaseSync(other)
    database.exec('CREATE TABLE baskets (id TEXT)')
    database.close()
    const damaged = configuration(
      'damaged.db',
      'SQLite format 3\0\u0010\0\u0001\u0001\0@  '.padEnd(4096, 'x'),
    )
    const [ofText, ofOther, ofFolder, ofDamaged] = await Promise.all(
      [text, other, folder, damaged].map((file) => counterfoil('cases', 'list', '--journal', file)),
    )
    for (const answer of [ofText, ofOther]) {
      assert.equal(answer?.code, 1)
      assert.match(answer?.error ?? '', /^counterfoil: [^\n]*\.db is not a journal\. Name the file [^\n]*\n$/)
    }
    assert.match(ofFolder?.error ?? '', /^counterfoil: there is no journal at/)
    assert.match(ofDamaged?.error ?? '', /CF_JOURNAL_CORRUPT/)
  })
})
