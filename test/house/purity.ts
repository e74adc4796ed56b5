import { type Node, SyntaxKind } from 'typescript/unstable/ast'
import {
  isCallExpression,
  isIdentifier,
  isImportDeclaration,
  isNamedImports,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  isTypeNode,
} from 'typescript/unstable/ast/is'
import { isOutside, placeOf, type Program } from '../../scripts/program.ts'
import { harmfulMembers, harmlessGlobals, harmlessImports } from './ports.ts'

export interface Finding {
  readonly file: string
  readonly what: string
  readonly place: string
}

/** What stands in a file that a pure room may not have. */
export function impuritiesOf(path: string, program: Program): readonly Finding[] {
  const file = program.file(path)
  const found: Finding[] = []
  const look = (node: Node): void => {
    // Types are gone at run time.
    if (isTypeNode(node)) return
    const what = harmIn(node, program)
    if (what !== undefined) found.push({ file: path, what, place: placeOf(path, node, file) })
    node.forEachChild(look)
  }
  look(file)
  return found
}

function harmIn(node: Node, program: Program): string | undefined {
  if (isImportDeclaration(node)) return harmInImport(node)
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) return 'import()'
  if (isNewExpression(node) || isCallExpression(node)) {
    const { expression } = node
    if (!isIdentifier(expression)) return undefined
    if (expression.text === 'Date' && (isCallExpression(node) || node.arguments?.length === 0))
      return 'new Date()'
    // Who makes a promise by hand decides when it settles: only ports may.
    if (expression.text === 'Promise' && isNewExpression(node)) return 'new Promise'
    return undefined
  }
  if (isPropertyAccessExpression(node)) {
    const member = `${node.expression.getText()}.${node.name.text}`
    return harmfulMembers.includes(member) ? member : undefined
  }
  return isIdentifier(node) && isForeignGlobal(node, program) ? node.text : undefined
}

function harmInImport(node: Node): string | undefined {
  if (!isImportDeclaration(node) || !isStringLiteral(node.moduleSpecifier)) return undefined
  const names = harmlessImports[node.moduleSpecifier.text]
  const bindings = node.importClause?.namedBindings
  if (names === undefined) return undefined
  if (bindings === undefined || !isNamedImports(bindings)) return `import ${node.moduleSpecifier.text}`
  const wrong = bindings.elements.find(
    (element) => !names.includes((element.propertyName ?? element.name).text),
  )
  return wrong === undefined ? undefined : `import ${wrong.getText()}`
}

function isForeignGlobal(node: Node & { readonly text: string }, program: Program): boolean {
  const { parent } = node
  if (isPropertyAccessExpression(parent) && parent.name === node) return false
  if (harmlessGlobals.includes(node.text)) return false
  // The one global that no file declares.
  if (node.text === 'globalThis') return true
  const declared = program.declarationsOf(node)
  if (declared.length === 0) return false
  // Members of objects and imported names are declared outside too; a global stands at the top of a declaration file.
  return declared.every(({ path }) => isOutside(path)) && isGlobalName(node.text)
}

function isGlobalName(name: string): boolean {
  return name in globalThis || name === 'require' || name === 'module'
}
