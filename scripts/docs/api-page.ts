import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Node } from 'typescript/unstable/ast'
import { isVariableDeclaration } from 'typescript/unstable/ast/is'
import { Program, root, textOf } from '../program.ts'
import { code, GENERATED, page } from './markdown.ts'

/**
 * docs/reference/api.md: every exported name of every entry with its declaration, as the compiler writes it down for
 * consumers. The test that compares the page with the code is the snapshot of the public API.
 */
export function apiPage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-api-'))
  try {
    emitDeclarations(folder)
    using program = new Program(join(folder, 'tsconfig.json'))
    const sections = entries().map(({ name, path }) => sectionOf(program, name, path))
    return page(
      GENERATED,
      '# The public API',
      `What \`npm\` consumers can import, entry by entry, in alphabetical order. Semantic versions cover all of it. Types
that a declaration mentions and that no entry exports are its private affair.`,
      ...sections,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Entry {
  readonly name: string
  /** The declaration file, relative to the folder of declarations. */
  readonly path: string
}

function entries(): readonly Entry[] {
  const { name, exports } = JSON.parse(textOf('package.json')) as {
    readonly name: string
    readonly exports: Readonly<Record<string, { readonly types: string }>>
  }
  return Object.entries(exports).map(([subpath, { types }]) => ({
    name: name + subpath.slice(1),
    path: types.replace(/^\.\/dist\//, ''),
  }))
}

function emitDeclarations(folder: string): void {
  symlinkSync(`${root}/node_modules`, join(folder, 'node_modules'))
  const tsc = `${root}/node_modules/typescript/bin/tsc`
  const options = ['-p', `${root}/tsconfig.build.json`, '--emitDeclarationOnly', '--outDir', folder]
  execFileSync(process.execPath, [tsc, ...options], { stdio: ['ignore', 2, 2] })
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const files = entries().map(({ path }) => path)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
}

function sectionOf(program: Program, name: string, path: string): string {
  const module = program.checker.getSymbolAtLocation(program.file(path))
  if (module === undefined) throw new Error(`${path} exports nothing`)
  const exported = program.checker.getExportsOfModule(module)
  const parts = exported
    .toSorted((one, other) => compare(one.name, other.name))
    .map((symbol) => {
      const texts = program.declarationsOfSymbol(symbol).map(({ node }) => declarationText(statementOf(node)))
      if (texts.length === 0) throw new Error(`${path}: the compiler shows no declaration of ${symbol.name}`)
      return `### ${symbol.name}\n\n\`\`\`ts\n${[...new Set(texts)].join('\n')}\n\`\`\``
    })
  return [`## ${code(name)}`, ...parts].join('\n\n')
}

/** The order must not depend on anybody's language settings. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** A constant's declaration is inside of a list inside of the statement that has the doc comment. */
function statementOf(node: Node): Node {
  return isVariableDeclaration(node) ? node.parent.parent : node
}

/** The declaration with its doc comment, as it stands in the file. */
function declarationText(node: Node): string {
  const file = node.getSourceFile()
  return file.text
    .slice(node.getFullStart(), node.getEnd())
    .replace(/^\s*(?:\/\/[^\n]*\n\s*)*/, '')
    .trim()
}
