import { readFileSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Node, SourceFile } from 'typescript/unstable/ast'
import { API, type Checker, type Project, type Symbol as TsSymbol } from 'typescript/unstable/sync'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/**
 * The compiler's own view of a TypeScript project. The house's tests and the docs ask it, not regular expressions:
 * what a name means is decided by the compiler. Its API is marked unstable; the version of `typescript` is exact, and
 * this file is the only one that knows the API beside the syntax tree.
 */
export class Program implements Disposable {
  readonly #api: API
  readonly #project: Project
  readonly #folder: string

  constructor(configFile: string) {
    this.#folder = resolve(configFile, '..')
    this.#api = new API({ cwd: this.#folder })
    const snapshot = this.#api.updateSnapshot({ openProjects: [configFile] })
    const project = snapshot.getProject(configFile)
    if (project === undefined) throw new Error(`the compiler did not open ${configFile}`)
    this.#project = project
  }

  get checker(): Checker {
    return this.#project.checker
  }

  /** Paths relative to the project's folder, of the files that are not below node_modules. */
  paths(): readonly string[] {
    return this.#project.program
      .getSourceFileNames()
      .map((name) => relative(this.#folder, name).split(sep).join('/'))
      .filter((path) => !isOutside(path))
      .toSorted()
  }

  file(path: string): SourceFile {
    const file = this.#project.program.getSourceFile(resolve(this.#folder, path))
    if (file === undefined) throw new Error(`the compiler knows no file ${path}`)
    return file
  }

  /** Where the name at `node` is declared, with imports followed; one entry for each declaration. */
  declarationsOf(node: Node): readonly Declared[] {
    const symbol = this.checker.getSymbolAtLocation(node)
    return symbol === undefined ? [] : this.declarationsOfSymbol(symbol)
  }

  declarationsOfSymbol(symbol: TsSymbol): readonly Declared[] {
    const target = this.followed(symbol)
    const declared: Declared[] = []
    for (const handle of target.declarations) {
      const node = handle.resolve(this.#project)
      if (node === undefined) continue
      declared.push({ path: relative(this.#folder, node.getSourceFile().fileName), name: target.name, node })
    }
    return declared
  }

  /** The symbol behind imports and re-exports. */
  followed(symbol: TsSymbol): TsSymbol {
    // 2097152 is SymbolFlags.Alias; the compiler's enums are not part of its ES module at run time.
    if ((symbol.flags & 2_097_152) === 0) return symbol
    const target = this.checker.getAliasedSymbol(symbol)
    return this.checker.isUnknownSymbol(target) ? symbol : target
  }

  [Symbol.dispose](): void {
    this.#api.close()
  }
}

/** One declaration of a name. */
export interface Declared {
  /** Relative to the project's folder; begins with '..' or holds 'node_modules' when it is not ours. */
  readonly path: string
  readonly name: string
  readonly node: Node
}

/** True for a declaration that is not ours: the language's, the runtime's or a package's. */
export function isOutside(path: string): boolean {
  return path.startsWith('..') || path.includes('node_modules/') || path.includes('bundled:')
}

/** True for tests and for what only tests use: `x.test.ts`, `x.test-data.ts`. */
export function isTestFile(path: string): boolean {
  return /\.test(?:-[a-z]+)?\.ts$/.test(path)
}

/** Calls `look` with every node of the tree, parents first. */
export function walk(node: Node, look: (node: Node) => void): void {
  look(node)
  node.forEachChild((child) => walk(child, look))
}

/** 'path:line' of a node, for messages. */
export function placeOf(path: string, node: Node, file: SourceFile): string {
  const line = file.text.slice(0, node.getStart(file)).split('\n').length
  return `${path}:${line}`
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(resolve(root, path), 'utf8')
}
