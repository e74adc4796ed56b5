import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { pack } from '../../scripts/pack.ts'
import { root, textOf } from '../../scripts/program.ts'

const run = promisify(execFile)
const manifest = JSON.parse(textOf('package.json')) as {
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}
const entries = Object.keys(manifest.exports).map((subpath) => `counterfoil${subpath.slice(1)}`)
/** Entries for tests register tests when they are imported, and are looked at one by one. */
const consumer = mkdtempSync(join(tmpdir(), 'counterfoil-consumer-'))
const installed = join(consumer, 'node_modules/counterfoil')

/** A shop's project, far from here, that has the packed package and what the package depends on. */
async function install(): Promise<void> {
  const tarball = pack(consumer)
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    const link = join(consumer, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({ name: 'shop', private: true, type: 'module' }),
  )
}

/** Runs a program of the consumer; answers what it prints. */
async function inConsumer(name: string, text: string, ...options: readonly string[]): Promise<string> {
  writeFileSync(join(consumer, name), text)
  const { stdout } = await run(process.execPath, [...options, name], { cwd: consumer, timeout: 30_000 })
  return stdout.trim()
}

describe('the packed package', () => {
  before(install)
  after(() => rmSync(consumer, { recursive: true, force: true }))

  it('has no condition, script or dependency that only this repository needs', () => {
    const text = readFileSync(join(installed, 'package.json'), 'utf8')
    const packed = JSON.parse(text) as Readonly<Record<string, unknown>>
    assert.doesNotMatch(text, /counterfoil-source|src\//)
    assert.deepEqual(
      [packed['scripts'], packed['devDependencies'], packed['allowScripts']],
      [undefined, undefined, undefined],
    )
    assert.deepEqual(packed['dependencies'], manifest.dependencies)
    assert.deepEqual(Object.keys(packed['exports'] as object), Object.keys(manifest.exports))
  })

  it('has the files that a user looks for, and no test or source', async () => {
    const { stdout } = await run('find', ['.', '-type', 'f'], { cwd: installed })
    const files = stdout.trim().split('\n')
    for (const file of [
      './README.md',
      './LICENSE',
      './CHANGELOG.md',
      './dist/index.js',
      './dist/index.d.ts',
    ]) {
      assert.ok(files.includes(file), file)
    }
    assert.deepEqual(
      files.filter((file) => /\.test[.-]/.test(file) || (file.endsWith('.ts') && !file.endsWith('.d.ts'))),
      [],
    )
  })

  it('can be imported, entry by entry', async () => {
    for (const entry of entries) {
      const names = await inConsumer(
        'import.js',
        `import * as all from '${entry}'\nconsole.log(Object.keys(all).length)`,
      )
      assert.ok(Number(names.split('\n')[0]) > 0, entry)
    }
  })

  it('can be required, entry by entry', async () => {
    for (const entry of entries) {
      const names = await inConsumer('require.cjs', `console.log(Object.keys(require('${entry}')).length)`)
      assert.ok(Number(names.split('\n')[0]) > 0, entry)
    }
  })

  it('loads no web framework, logger or database with its main entry', async () => {
    const probe = `import { createRequire, registerHooks } from 'node:module'
const loaded = new Set()
registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found } })
await import(process.argv[2])
const cached = Object.keys(createRequire(import.meta.url).cache)
console.log(JSON.stringify([...loaded, ...cached]))`
    writeFileSync(join(consumer, 'probe.js'), probe)
    const loadedBy = async (entry: string): Promise<readonly string[]> => {
      const { stdout } = await run(process.execPath, ['probe.js', entry], { cwd: consumer })
      return JSON.parse(stdout) as readonly string[]
    }
    const unwanted = /\/(fastify|@fastify|pino|find-my-way|nodemailer)\/|node:sqlite/
    const main = await loadedBy('counterfoil')
    assert.ok(
      main.some((url) => url.endsWith('/dist/index.js')),
      'the probe sees what is loaded',
    )
    assert.deepEqual(
      main.filter((url) => unwanted.test(url)),
      [],
    )
    const server = await loadedBy('counterfoil/server')
    assert.ok(
      server.some((url) => unwanted.test(url)),
      'the probe would see the web framework',
    )
  })

  it('has types that a strict consumer can compile against', async () => {
    writeFileSync(
      join(consumer, 'shop.ts'),
      `import { type Counterfoil, CounterfoilError, createCounterfoil, internalModule, memoryJournal, money, type PaymentModule, type Shop, steps } from 'counterfoil'
${entries.map((entry, index) => `import * as entry${index} from '${entry}'`).join('\n')}
declare const gateway: PaymentModule['gateway']
const shop: Shop = { loadOrder: async (id) => ({ id, ...money(1999n, 'GBP'), description: 'Socks', lines: [] }) }
const tell = steps().effect('tell-warehouse', { run: async ({ key }) => key })
const card = internalModule('card', { gateway, pipelines: { statusOk: (p) => p.remove('delete-basket').append(tell) } })
// @ts-expect-error -- There is no such step.
internalModule('card', { gateway, pipelines: { statusOk: (p) => p.remove('delete-baskets') } })
const cf: Counterfoil = createCounterfoil({ journal: memoryJournal(), shop, modules: [card], publicUrl: 'https://shop.example/pay' })
try {
  const payment = await cf.pay({ orderId: '1', module: 'card', key: 'a-key-of-the-form' })
  switch (payment.next.kind) {
    case 'wait':
    case 'done':
    case 'redirect':
    case 'post-form':
      console.log(payment.next.statusUrl)
      break
    default:
      payment.next satisfies never
  }
} catch (error) {
  if (error instanceof CounterfoilError && error.retry === 'later') console.log(error.code)
}
console.log([${entries.map((_, index) => `entry${index}`).join(', ')}].length)
`,
    )
    const compilerOptions = {
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      skipLibCheck: false,
    }
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['shop.ts'] }))
    const tsc = `${root}/node_modules/typescript/bin/tsc`
    const { stdout } = await run(process.execPath, [tsc, '-p', consumer], { cwd: consumer }).catch(
      (thrown: { readonly stdout: string }) => thrown,
    )
    // What other packages' own declarations get wrong is not ours to mend.
    const ours = stdout.split('\n').filter((line) => /^(shop\.ts|node_modules\/counterfoil\/)/.test(line))
    assert.deepEqual(ours, [])
  })

  it('has a command that runs', async () => {
    const command = join(installed, 'dist/cli/main.js')
    assert.equal(statSync(command).mode & 0o111, 0o111)
    assert.match(readFileSync(command, 'utf8'), /^#!\/usr\/bin\/env node\n/)
    const environment = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` }
    const { stdout } = await run(command, ['--version'], { cwd: consumer, env: environment })
    assert.equal(stdout.trim(), manifest.version)
    const pipelines = await run(command, ['pipelines'], { cwd: consumer, env: environment })
    assert.match(pipelines.stdout, /mark-order-paid/)
  })
})
