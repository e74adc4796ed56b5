import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { textOf } from '../../scripts/program.ts'
import {
  finishesWhatWasKilled,
  leavesTheJournalToItsOwner,
  paysAndSaysSo,
  type Place,
  takesPayments,
} from './example-checks.ts'
import { environment, OutsideProject, versionsHere } from './outside.ts'
import { consumerText, payingText } from './program-texts.test-data.ts'

const run = promisify(execFile)
const manifest = JSON.parse(textOf('package.json')) as {
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}
const entries = Object.keys(manifest.exports).map((subpath) => `counterfoil${subpath.slice(1)}`)
/** The oldest compiler that consumers may have, beside the newest. */
const OLD_COMPILER = 'typescript-5-6'

let outside: OutsideProject

describe('the packed package', () => {
  before(async () => {
    outside = await OutsideProject.of({
      ...versionsHere('express', 'fastify', '@types/express', '@types/node', 'typescript'),
      [OLD_COMPILER]: 'npm:typescript@5.6.3',
    })
  })
  after(() => outside?.[Symbol.dispose]())

  describe('as it lies there', () => {
    it('has no condition, script or dependency that only this repository needs', () => {
      const text = readFileSync(join(outside.installed, 'package.json'), 'utf8')
      const packed = JSON.parse(text) as Readonly<Record<string, unknown>>
      assert.doesNotMatch(text, /counterfoil-source|src\//)
      assert.deepEqual(
        [packed['scripts'], packed['devDependencies'], packed['allowScripts']],
        [undefined, undefined, undefined],
      )
      assert.deepEqual(packed['dependencies'], manifest.dependencies)
      assert.deepEqual(Object.keys(packed['exports'] as object), Object.keys(manifest.exports))
    })

    it('has the files that a user looks for, and no test or source', () => {
      const files = readdirSync(outside.installed, { recursive: true, encoding: 'utf8' })
      for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts']) {
        assert.ok(files.includes(file), file)
      }
      assert.deepEqual(
        files.filter((file) => /\.test[.-]/.test(file) || (file.endsWith('.ts') && !file.endsWith('.d.ts'))),
        [],
      )
    })

    it('has a command that runs', async () => {
      const command = join(outside.installed, 'dist/cli/main.js')
      assert.equal(statSync(command).mode & 0o111, 0o111)
      assert.match(readFileSync(command, 'utf8'), /^#!\/usr\/bin\/env node\n/)
      const linked = join(outside.folder, 'node_modules/.bin/counterfoil')
      const printedBy = async (name: string): Promise<string> =>
        (await run(linked, [name], { cwd: outside.folder, env: environment })).stdout
      assert.equal((await printedBy('--version')).trim(), manifest.version)
      assert.match(await printedBy('pipelines'), /mark-order-paid/)
    })
  })

  describe('in programs', { concurrency: 2 }, () => {
    it('can be imported, entry by entry', async () => {
      for (const [index, entry] of entries.entries()) {
        const file = outside.write(
          `import-${index}.js`,
          `console.log(Object.keys(await import('${entry}')).length)`,
        )
        assert.ok(Number((await outside.node([file])).split('\n')[0]) > 0, entry)
      }
    })

    it('can be required, entry by entry', async () => {
      for (const [index, entry] of entries.entries()) {
        const file = outside.write(
          `require-${index}.cjs`,
          `console.log(Object.keys(require('${entry}')).length)`,
        )
        assert.ok(Number((await outside.node([file])).split('\n')[0]) > 0, entry)
      }
    })

    it('pays in an ES module, and in a CommonJS module in a project without "type"', async () => {
      outside.write('commonjs/package.json', JSON.stringify({ private: true }))
      for (const file of ['pay.js', 'pay.cjs', 'commonjs/pay.js']) {
        const text = payingText(file === 'pay.js' ? 'import' : 'require')
        assert.equal(await outside.node([outside.write(file, text)]), 'order-1 is paid', file)
      }
    })

    it('loads no web framework, logger or database with its main entry', async () => {
      const probe = outside.write(
        'probe.js',
        `import { createRequire, registerHooks } from 'node:module'
const loaded = new Set()
registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.add(found.url); return found } })
await import(process.argv[2])
const cached = Object.keys(createRequire(import.meta.url).cache)
console.log(JSON.stringify([...loaded, ...cached]))`,
      )
      const loadedBy = async (entry: string): Promise<readonly string[]> =>
        JSON.parse(await outside.node([probe, entry])) as readonly string[]
      const unwanted = /\/(fastify|@fastify|pino|find-my-way|nodemailer|csv-parse)\/|node:sqlite/
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
  })

  describe('has types that a strict consumer can compile against', { concurrency: 2 }, () => {
    for (const { compiler, moduleResolution, skipLibCheck } of [
      { compiler: 'typescript', moduleResolution: 'nodenext', skipLibCheck: false },
      { compiler: 'typescript', moduleResolution: 'bundler', skipLibCheck: false },
      { compiler: OLD_COMPILER, moduleResolution: 'nodenext', skipLibCheck: false },
      // The declarations are those that have just been checked, which takes the old compiler most of its time.
      { compiler: OLD_COMPILER, moduleResolution: 'bundler', skipLibCheck: true },
    ] as const) {
      it(`with ${compiler} and moduleResolution ${moduleResolution}`, async () => {
        const folder = `types-${compiler}-${moduleResolution}`
        outside.write(`${folder}/shop.ts`, consumerText(entries))
        // Until 5.8 the compiler did not know that a CommonJS module can require an ES module.
        const knowsRequire = compiler === 'typescript' && moduleResolution === 'nodenext'
        if (knowsRequire) outside.write(`${folder}/shop.cts`, consumerText(entries))
        assert.equal(await compile(folder, compiler, { moduleResolution, skipLibCheck }), '')
      })
    }
  })

  describe('runs the examples in a project of their own', { concurrency: 2 }, () => {
    const place: Place = { folderOf: (example) => join(outside.folder, example), options: [] }
    before(() => {
      for (const example of ['node', 'express', 'fastify', 'script', 'cron'])
        outside.copy(`examples/${example}`)
    })

    for (const host of ['node', 'express', 'fastify']) {
      it(`${host} takes payments`, () => takesPayments(host, place))
    }
    it('script pays and says so', () => paysAndSaysSo(place))
    it('cron finishes what was killed', () => finishesWhatWasKilled(place))
    it('cron and script leave the journal to its owner', () => leavesTheJournalToItsOwner(place))
  })
})

/** Answers what the compiler says: of the shop, of our declarations and of those that ours lead to. */
async function compile(
  folder: string,
  compiler: string,
  options: { readonly moduleResolution: 'nodenext' | 'bundler'; readonly skipLibCheck: boolean },
): Promise<string> {
  const compilerOptions = {
    ...options,
    module: options.moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
  }
  const config = outside.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions }))
  const tsc = join(outside.folder, 'node_modules', compiler, 'bin/tsc')
  return outside.node([tsc, '--pretty', 'false', '-p', config])
}
