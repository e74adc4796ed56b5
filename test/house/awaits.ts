import type { Expression, Node } from 'typescript/unstable/ast'
import {
  isAsExpression,
  isAwaitExpression,
  isCallExpression,
  isForOfStatement,
  isIdentifier,
  isNonNullExpression,
  isParenthesizedExpression,
  isPropertyAccessExpression,
} from 'typescript/unstable/ast/is'
import { placeOf, type Program, walk } from '../../scripts/program.ts'
import { portFiles } from './ports.ts'

export interface Await {
  readonly file: string
  readonly place: string
  readonly text: string
  /** Where the awaited thing is declared; undefined when the compiler cannot tell. */
  readonly endsIn: 'port' | 'engine' | 'all' | undefined
}

/** Waiting for several at once is waiting for each of them. */
const GATHERING = new Set(['Promise.all', 'Promise.allSettled'])

/**
 * Every await of a file of the engine, with where it ends. A call ends in a port when what is called is declared in a
 * port; else it must be declared in the engine, whose own awaits are judged the same way. So that this is all there
 * is, purity.ts refuses promises made by hand, and names from outside.
 */
export function awaitsOf(path: string, program: Program): readonly Await[] {
  const file = program.file(path)
  const found: Await[] = []
  walk(file, (node) => {
    const awaited = awaitedBy(node)
    if (awaited === undefined) return
    const text = awaited.getText(file).replaceAll(/\s+/g, ' ').slice(0, 100)
    found.push({ file: path, place: placeOf(path, node, file), text, endsIn: endOf(awaited, program) })
  })
  return found
}

function awaitedBy(node: Node): Expression | undefined {
  if (isAwaitExpression(node)) return node.expression
  if (isForOfStatement(node) && node.awaitModifier !== undefined) return node.expression
  return undefined
}

function endOf(expression: Expression, program: Program): Await['endsIn'] {
  const bare = unwrapped(expression)
  const target = isCallExpression(bare) ? unwrapped(bare.expression) : bare
  if (isPropertyAccessExpression(target) && GATHERING.has(target.getText())) return 'all'
  const name = isPropertyAccessExpression(target) ? target.name : isIdentifier(target) ? target : undefined
  if (name === undefined) return undefined
  const paths = program.declarationsOf(name).map((declared) => declared.path)
  if (paths.length === 0) return undefined
  if (paths.every((path) => portFiles.includes(path))) return 'port'
  if (paths.every((path) => path.startsWith('src/engine/'))) return 'engine'
  return undefined
}

function unwrapped(expression: Expression): Expression {
  let bare = expression
  while (isParenthesizedExpression(bare) || isNonNullExpression(bare) || isAsExpression(bare)) {
    bare = bare.expression
  }
  return bare
}
