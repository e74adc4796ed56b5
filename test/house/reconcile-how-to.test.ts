import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root, textOf } from '../../scripts/program.ts'
import { KEY, reconcileBed } from '../../src/cli/reconcile.test-data.ts'
import { checkedColumns } from '../../src/settlement/columns.ts'
import { readReport } from '../../src/settlement/csv.ts'
import type { ReadLine } from '../../src/settlement/record.ts'

const page = textOf('docs/how-to/reconcile.md')

/** The blocks of a language, in their order. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )
}

/** Ids and days are others each time. */
const alike = (text: string): string =>
  text
    .trim()
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d/g, 'DAY')

interface Ran {
  readonly code: number
  readonly out: string
}

/** In a folder of its own, in which `npx counterfoil` is this clone's. */
async function shell(folder: string, text: string): Promise<Ran> {
  const path = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`
  return new Promise((resolve, reject) => {
    execFile(
      'bash',
      ['-euc', text],
      { cwd: folder, env: { ...process.env, PATH: path }, timeout: 60_000 },
      (error, out, said) => {
        const code = error === null ? 0 : error.code
        if (typeof code === 'number' && code <= 1) resolve({ code, out })
        else reject(new Error(`${text}\n${said}`, { cause: error }))
      },
    )
  })
}

function folderWith(key: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-how-to-'))
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/ann-key'), key)
  const node = `'${process.execPath}' -C counterfoil-source '${root}/src/cli/main.ts'`
  writeFileSync(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec ${node} "$@"\n`)
  chmodSync(join(folder, 'bin/npx'), 0o755)
  return folder
}

describe('docs/how-to/reconcile.md', () => {
  it('shows what comes of its commands: all agrees, then the break that it makes', async () => {
    await using bed = await reconcileBed()
    const folder = folderWith(KEY)
    const [fetching = '', comparing = '', breaking = '', again = ''] = blocks('sh').map((text) =>
      text
        .replaceAll('http://127.0.0.1:4010/worldpay/', bed.simulator.worldpayUrls.page)
        .replaceAll('http://127.0.0.1:3080/pay', bed.server),
    )
    const [agrees = '', differs = ''] = blocks('text')
    try {
      await bed.pay('order-1')
      await bed.pay('order-2')
      await bed.settled()
      // The times of the page have whole seconds: nothing of this one counts yet.
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      const first = await shell(folder, `${fetching}\n${comparing}`)
      assert.equal(alike(first.out), alike(agrees))
      assert.equal(first.code, 0)
      await shell(folder, breaking)
      await bed.pay('order-3')
      await bed.settled()
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      const second = await shell(folder, `export COUNTERFOIL_API_KEY=${KEY}\n${again}`)
      assert.equal(alike(second.out), alike(differs))
      assert.equal(second.code, 1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('has a layout that reads the report beside it', async () => {
    const [json = ''] = blocks('json')
    const [csv = ''] = blocks('csv')
    const lines: ReadLine[] = []
    for await (const one of readReport(inOnePiece(csv), checkedColumns(JSON.parse(json)))) lines.push(one)
    assert.deepEqual(
      lines.map((one) => one.kind === 'line' && [one.line.kind, one.line.amountMinor, one.line.feeMinor]),
      [
        ['captured', 125000n, 1875n],
        ['refunded', 25000n, 0n],
      ],
    )
    const [first] = lines
    assert.ok(first?.kind === 'line')
    assert.equal(first.line.atMs, Date.UTC(2026, 0, 31, 8, 30))
  })
})

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
