import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textOf } from '../../scripts/program.ts'
import { commands } from '../../src/cli/commands.ts'
import { checkedConfiguration } from '../../src/standalone/check-configuration.ts'

const page = textOf('docs/reference/command-line.md')
const configuration = textOf('docs/reference/configuration.md')

describe('docs/reference/command-line.md', () => {
  it('has a section for each command, in the order of the usage, with its very calls', () => {
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title)
    assert.deepEqual(
      sections,
      commands.map(({ name }) => name),
    )
    for (const { name, usage } of commands) {
      const block = /```text\n([^]*?)```/.exec(sectionOf(page, `## ${name}`))?.[1] ?? ''
      assert.deepEqual(
        block.trim().split('\n'),
        usage.map((call) => `counterfoil ${call}`),
      )
    }
  })

  it('says of each option of a call what it is, and of no other', () => {
    for (const { name, usage, hasOwnHelp } of commands) {
      if (hasOwnHelp === true) continue
      const section = sectionOf(page, `## ${name}`)
      const explained = [...section.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, option = '']) => option)
      const called = new Set([...usage.join(' ').matchAll(/--[a-z-]+/g)].map(([option]) => option))
      assert.deepEqual(new Set(explained), called, name)
      const read = new Set(optionsReadBy(name))
      assert.deepEqual(new Set([...called].map((option) => option.slice(2))), read, name)
    }
  })

  it('says of each check of the doctor when it is content and when not', () => {
    const listed = [...sectionOf(page, '## doctor').matchAll(/^\| `([a-z][a-z ]+)` \|/gm)].map(
      ([, name = '']) => name,
    )
    const source = textOf('src/standalone/doctor/doctor.ts')
    const checks = [...source.matchAll(/(?:check\(|name: )'([a-z ]+)'/g)].map(([, name = '']) => name)
    assert.ok(checks.length > 5, 'checks were found')
    assert.deepEqual(listed, checks)
  })
})

describe('docs/reference/configuration.md', () => {
  const section = sectionOf(configuration, '## counterfoil.config.ts')

  it('lists every field of counterfoil.config.ts', () => {
    const table = section.split('\n### ')[0] ?? ''
    const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
    assert.deepEqual(new Set(listed), new Set(fieldsOf({ unknown: 1 })))
  })

  it('lists the fields of its groups', () => {
    const least = { modules: [], publicUrl: '', secret: { reveal: () => '' }, apiKeys: [] }
    for (const group of ['listen', 'webhook', 'pages', 'limits']) {
      const row = new RegExp(`^\\| \`${group}\` \\|[^\`]*[^{]*\`\\{ ([\\w, ]+) \\}\``, 'm').exec(section)?.[1]
      assert.deepEqual(row?.split(', '), fieldsOf({ ...least, [group]: { unknown: 1 } }), group)
    }
  })
})

/** What the check itself says there is. */
function fieldsOf(given: unknown): readonly string[] {
  try {
    checkedConfiguration(given, '/')
  } catch (thrown) {
    return /there are ([\w, ]+)/.exec(String(thrown))?.[1]?.split(', ') ?? []
  }
  return []
}

/** The options that the command's own source hands to parseArgs. */
function optionsReadBy(name: string): readonly string[] {
  const source = textOf(`src/cli/${name}.ts`)
  return [...source.matchAll(/\b([\w-]+)'?: \{ type: '(?:string|boolean)' \}/g)].map(
    ([, option = '']) => option,
  )
}

/** A section with what is below it, up to the next heading of the same rank or above. */
function sectionOf(text: string, heading: string): string {
  const rank = heading.indexOf(' ')
  const [, after] = `\n${text}`.split(`\n${heading}\n`)
  assert.ok(after !== undefined, `there is no '${heading}'`)
  return after.split(new RegExp(`^#{1,${rank}} `, 'm'))[0] ?? ''
}
