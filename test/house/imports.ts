import { posix } from 'node:path'
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isStringLiteral,
} from 'typescript/unstable/ast/is'
import { type Node, SyntaxKind } from 'typescript/unstable/ast'
import { placeOf, type Program, walk } from '../../scripts/program.ts'

export interface Import {
  /** The importing file, relative to src. */
  readonly from: string
  /** What it imports: a file relative to src, or the name of a package. */
  readonly to: string
  readonly isFile: boolean
  readonly place: string
}

/** Every import of a file of src: static, dynamic, of types, and re-exports. */
export function importsOf(program: Program, path: string): readonly Import[] {
  const file = program.file(path)
  const from = path.replace(/^src\//, '')
  const found: Import[] = []
  walk(file, (node) => {
    const specifier = specifierOf(node)
    if (specifier === undefined) return
    const isFile = specifier.startsWith('.')
    const to = isFile ? posix.join(posix.dirname(from), specifier) : specifier
    found.push({ from, to, isFile, place: placeOf(path, node, file) })
  })
  return found
}

function specifierOf(node: Node): string | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return textOfLiteral(node.moduleSpecifier)
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    // A computed specifier is refused by its source text, which names no room.
    return textOfLiteral(node.arguments[0]) ?? node.arguments[0]?.getText()
  }
  return undefined
}

function textOfLiteral(node: Node | undefined): string | undefined {
  return node !== undefined && isStringLiteral(node) ? node.text : undefined
}
