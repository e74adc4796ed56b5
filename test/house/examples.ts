import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { root, textOf } from '../../scripts/program.ts'

/**
 * A block of code on a page. What stands behind the language says what becomes of it:
 *
 *   ts [NAME.ts] [run]   compiled; NAME.ts can be imported by the blocks beside it; `run` runs it
 *   sh run               run with a shell, and must end with 0
 *   sh serve             run in the background until the page is through
 *   text                 behind a block that is run: what it prints; `...` stands for anything, on a line of its own for any lines
 */
export interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  /** The name of its file, of the page's own choice or by its line. */
  readonly file: string
  readonly named: boolean
  readonly mode: 'run' | 'serve' | undefined
  readonly text: string
}

/** Written by the compiler: declarations, which are no programs. The API page has its own test. */
const DECLARATIONS_ONLY = 'docs/reference/api.md'
/** Its files are there for every other page but the tutorials: the pages build on it. */
const TUTORIAL = 'docs/tutorial/first-payment.md'
/** The ports of the pages, of the provider and of a shop; each run takes free ones in their place. */
export interface Ports {
  readonly provider: number
  readonly shop: number
}
const PROVIDER_PORT = /\b4010\b/g
const SHOP_PORT = /\b4020\b/g

export const pages: readonly string[] = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root })
  .filter((page) => page !== DECLARATIONS_ONLY)
  .toSorted()

export function blocksOf(page: string): readonly Block[] {
  const text = textOf(page)
  return [...text.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)].map((match) => {
    const [, info = '', body = ''] = match
    const line = text.slice(0, match.index).split('\n').length
    const [language = '', ...words] = info.trim().split(/\s+/)
    const named = words.find((word) => word.endsWith('.ts'))
    const mode = words.find((word) => word === 'run' || word === 'serve')
    const unknown = words.filter((word) => word !== named && word !== mode)
    if (unknown.length > 0) throw new Error(`${page}:${line}: what does '${unknown.join(' ')}' mean?`)
    return {
      page,
      line,
      language,
      file: named ?? `line-${line}.ts`,
      named: named !== undefined,
      mode,
      text: body,
    }
  })
}

/** What stands around the examples that only show a few lines. */
const AROUND: Readonly<Record<string, (text: string) => string>> = {
  'docs/reference/errors.md': (
    text,
  ) => `import { type Counterfoil, CounterfoilError, type PayRequest } from 'counterfoil'
declare const cf: Counterfoil, request: PayRequest, tryAgainLater: () => void
export async function example(): Promise<void> {
${text}}
`,
}

/** The folder of each page with its files, in which a package is found as a consumer finds it. */
export class ExampleFolders implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-examples-'))
  readonly bin = join(this.folder, 'bin')
  readonly #ports: (page: string) => Ports

  /** Pages run beside one another, each with ports of its own. */
  constructor({ ports, pages }: { ports: (page: string) => Ports; pages: readonly string[] }) {
    this.#ports = ports
    this.#write('package.json', JSON.stringify({ name: 'examples', private: true, type: 'module' }))
    this.#linkPackages()
    this.#linkCommands()
    for (const page of pages) this.#writePage(page)
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noPropertyAccessFromIndexSignature: false, noUnusedLocals: false },
      include: ['.'],
    }
    this.#write('tsconfig.json', JSON.stringify(config))
  }

  of(page: string): string {
    return join(this.folder, page.replaceAll(/[^\w]+/g, '-'))
  }

  /** The text as it runs for this page. */
  local(page: string, text: string): string {
    const { provider, shop } = this.portsOf(page)
    return text.replaceAll(PROVIDER_PORT, String(provider)).replaceAll(SHOP_PORT, String(shop))
  }

  portsOf(page: string): Ports {
    return this.#ports(page)
  }

  /** What a block of the page finds around it. */
  environmentOf(page: string): NodeJS.ProcessEnv {
    const PATH = `${this.bin}${delimiter}${process.env['PATH'] ?? ''}`
    return { ...process.env, PATH, EXAMPLE_PORT: String(this.portsOf(page).provider) }
  }

  #writePage(page: string): void {
    const programs = blocksOf(page).filter(({ language }) => language === 'ts')
    if (programs.length === 0) return
    const lent = page.startsWith('docs/tutorial/') ? [] : blocksOf(TUTORIAL).filter(({ named }) => named)
    const around = AROUND[page] ?? ((text: string) => text)
    mkdirSync(this.of(page), { recursive: true })
    for (const { file, text } of lent) writeFileSync(join(this.of(page), file), this.local(page, text))
    for (const { file, text } of programs)
      writeFileSync(join(this.of(page), file), this.local(page, around(text)))
  }

  #linkPackages(): void {
    mkdirSync(join(this.folder, 'node_modules'))
    const names = readdirSync(join(root, 'node_modules')).filter((name) => !name.startsWith('.'))
    for (const name of names)
      symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name))
    symlinkSync(root, join(this.folder, 'node_modules', 'counterfoil'))
  }

  /** `node`, `npx` and `counterfoil` as a consumer has them, over the sources. */
  #linkCommands(): void {
    mkdirSync(this.bin)
    const node = `'${process.execPath}' -C counterfoil-source --disable-warning=ExperimentalWarning`
    this.#write('bin/node', `#!/bin/sh\nexec ${node} "$@"\n`)
    this.#write(
      'bin/counterfoil',
      `#!/bin/sh
[ "$1" = simulate ] && shift && set -- simulate --port "$EXAMPLE_PORT" "$@"
exec ${node} '${root}/src/cli/main.ts' "$@"
`,
    )
    this.#write('bin/npx', '#!/bin/sh\nexec "$@"\n')
  }

  #write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text, { mode: path.startsWith('bin/') ? 0o755 : 0o644 })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
