import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { blocksOf, ExampleFolders } from '../house/examples.ts'
import { TestDatabases } from './databases.ts'

const PAGE = 'docs/how-to/keep-the-journal-in-postgresql.md'
const databases = TestDatabases.forThisFile()

it(`the program of ${PAGE} does what the page says`, async () => {
  const { options, query } = await databases.schema()
  using folders = new ExampleFolders({ ports: () => ({ provider: 0, shop: 0 }), pages: [PAGE] })
  const blocks = blocksOf(PAGE)
  const place = blocks.findIndex(({ file }) => file === 'start.ts')
  const child = spawn(`${folders.bin}/node`, ['start.ts'], {
    cwd: folders.of(PAGE),
    env: { ...folders.environmentOf(PAGE), DATABASE_URL: options.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const printed: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  const expected = (blocks[place + 1]?.text ?? '').trim().split('...').map(RegExp.escape).join('.*')
  assert.match(Buffer.concat(printed).toString().trim(), new RegExp(`^${expected}$`))
  const tables = await query("SELECT FROM pg_tables WHERE schemaname = 'counterfoil'")
  assert.ok(tables.length > 5, 'it has made its tables')
})
