import { readFileSync, writeFileSync } from 'node:fs'
import { generatedPages } from './docs/pages.ts'
import { root } from './program.ts'

// Writes the pages of docs/reference that are made from the code. A test of the house fails while one differs.
for (const { path, make } of generatedPages) {
  const text = make()
  const file = `${root}/${path}`
  const old = readOrUndefined(file)
  if (old === text) {
    console.log(`unchanged  ${path}`)
    continue
  }
  writeFileSync(file, text)
  console.log(`written    ${path}`)
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}
