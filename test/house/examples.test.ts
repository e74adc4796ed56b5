import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { basename, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../../scripts/program.ts'
import { type Block, blocksOf, ExampleFolders, pages, type Ports } from './examples.ts'

/** One block of a page. */
const BLOCK_MS_MAX = 30_000
const SERVES_WITHIN_MS = 15_000
const folders = new ExampleFolders({ ports: await portsOfPages(), pages })
after(() => folders[Symbol.dispose]())

describe('the examples of the pages', { concurrency: 2 }, () => {
  it('compile against the sources', () => {
    const programs = pages.flatMap(blocksOf).filter(({ language }) => language === 'ts')
    assert.ok(programs.length > 5, 'examples were found')
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { status, stdout } = spawnSync(tsc, ['-p', folders.folder, '--pretty', 'false'], {
      encoding: 'utf8',
    })
    // What is wrong in the sources themselves is told by the suite `types`.
    const wrong = stdout.split('\n').filter((line) => line.includes(basename(folders.folder)))
    assert.deepEqual(wrong, [])
    assert.ok(status === 0 || stdout.includes('src/'), stdout)
  })

  const run = pages.filter((page) => blocksOf(page).some(({ mode }) => mode !== undefined))
  it('are run on the pages that say so', () => {
    assert.ok(run.includes('docs/tutorial/first-payment.md'), run.join(', '))
  })

  for (const page of run) {
    it(`of ${page} do what the page says`, { timeout: 4 * BLOCK_MS_MAX }, async () => {
      const servers: ChildProcess[] = []
      try {
        const blocks = blocksOf(page)
        for (const [index, block] of blocks.entries()) {
          if (block.mode === 'serve') servers.push(await serve(block))
          if (block.mode !== 'run') continue
          const next = blocks[index + 1]
          await runBlock(block, next?.language === 'text' ? next.text : '...')
        }
      } finally {
        for (const server of servers) endAll(server)
      }
    })
  }
})

async function runBlock(block: Block, expected: string): Promise<void> {
  const command = block.language === 'ts' ? `node ${block.file}` : folders.local(block.page, block.text)
  const child = start(block, command)
  const chunks: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  const late = setTimeout(() => endAll(child), BLOCK_MS_MAX)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(late)
  const printed = Buffer.concat(chunks).toString().trim()
  const where = `${block.page}:${block.line}`
  assert.equal(
    code,
    0,
    `${where} ended with ${String(code)}\n${printed}\n${Buffer.concat(errors).toString()}`,
  )
  const pattern = folders
    .local(block.page, expected)
    .trim()
    .split(/^\.{3}\n|\.{3}/m)
    .map(RegExp.escape)
    .join('[^]*?')
  assert.match(printed, new RegExp(`^${pattern}$`), where)
}

async function serve(block: Block): Promise<ChildProcess> {
  const server = start(block, folders.local(block.page, block.text))
  const printed: Buffer[] = []
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => printed.push(chunk))
  const port = folders.portsOf(block.page).provider
  const untilMs = performance.now() + SERVES_WITHIN_MS
  while (performance.now() < untilMs) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (answered) return server
    await sleep(50)
  }
  endAll(server)
  throw new Error(
    `${block.page}:${block.line}: nobody listens on port ${port}\n${Buffer.concat(printed).toString()}`,
  )
}

function start(block: Block, command: string): ChildProcess {
  return spawn('sh', ['-c', command], {
    cwd: folders.of(block.page),
    env: folders.environmentOf(block.page),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what a shell has started ends with it.
    detached: true,
  })
}

function endAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown
  }
}

/** Two for each page; all are taken before the first is given back, so that no two are the same. */
async function portsOfPages(): Promise<(page: string) => Ports> {
  const servers = pages.map(() => [createServer(), createServer()] as const)
  const all = servers.flat()
  await Promise.all(all.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
  const port = (server: Server): number => (server.address() as AddressInfo).port
  const ports = servers.map(([one, other]) => ({ provider: port(one), shop: port(other) }))
  await Promise.all(all.map((server) => once(server.close(), 'close')))
  return (page) => {
    const own = ports[pages.indexOf(page)]
    if (own === undefined) throw new Error(`${page} has no ports`)
    return own
  }
}
