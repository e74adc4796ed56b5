import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isTestFile, root, textOf } from '../../scripts/program.ts'
import { BATCH_LENGTH_MAX } from '../../src/journal/group-commit.ts'
import { DEPLOY_MS } from '../../src/engine/progress.ts'
import { defaultLimits } from '../../src/engine/configuration.ts'
import { checkedSettings } from '../../src/postgres/settings.ts'

const PAGE = 'docs/how-to/run-on-many-machines.md'
const page = textOf(PAGE).replaceAll(/\s+/g, ' ')

describe(PAGE, () => {
  it('names lines of the log that the engine really writes', () => {
    const engine = globSync('src/engine/*.ts', { cwd: root })
      .filter((path) => !isTestFile(path))
      .map(textOf)
      .join('\n')
    const [, monitoring = ''] = textOf(PAGE).split('| Line of the log has |')
    const [table = ''] = monitoring.split('\n\n')
    const lines = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, line = '']) => line)
    assert.ok(lines.length > 5, 'lines were found')
    assert.deepEqual(
      lines.filter((line) => !engine.includes(line)),
      [],
    )
  })

  it('gives the numbers that the code has', () => {
    const { readersMax } = checkedSettings({ url: 'postgres://localhost/payments' })
    const numbers = [
      `carries news between nodes. ${readersMax + 2} by default`,
      `for the tries each: ${3 * readersMax + 2} by default`,
      `for up to ${BATCH_LENGTH_MAX} changes together`,
      `\`nodeDeadAfterMs\` (${defaultLimits.nodeDeadAfterMs / 1_000} s)`,
    ]
    assert.deepEqual(
      numbers.filter((text) => !page.includes(text)),
      [],
    )
    assert.equal(DEPLOY_MS, 10 * 60_000, 'the page says ten minutes')
  })
})
