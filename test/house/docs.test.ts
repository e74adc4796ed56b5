import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { generatedPages } from '../../scripts/docs/pages.ts'
import { root, textOf } from '../../scripts/program.ts'
import { commands } from '../../src/cli/commands.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root }).toSorted()
const { scripts } = JSON.parse(textOf('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
}
/** What npm has of its own. */
const NPM_COMMANDS = new Set([
  'init',
  'pkg',
  'install',
  'ci',
  'pack',
  'publish',
  'run',
  'start',
  'test',
  'version',
])

describe('the pages made from the code', () => {
  for (const { path, make } of generatedPages) {
    it(`${path} says what the code says; if not: npm run docs`, () => {
      assert.equal(textOf(path), make())
    })
  }
})

describe('the pages', () => {
  it('are there: one of each kind that a reader looks for', () => {
    for (const path of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'])
      assert.ok(pages.includes(path), path)
    for (const kind of ['tutorial', 'how-to', 'reference', 'explanation']) {
      assert.ok(
        pages.some((path) => path.startsWith(`docs/${kind}`)),
        kind,
      )
    }
  })

  it('link to files and headings that exist', () => {
    const broken = pages.flatMap((path) =>
      linksOf(path)
        .filter((link) => !resolves(path, link))
        .map((link) => `${path}: ${link}`),
    )
    assert.ok(pages.flatMap(linksOf).length > 5, 'links were found')
    assert.deepEqual(broken, [])
  })

  it('name npm scripts that exist', () => {
    const unknown = pages.flatMap((path) =>
      [...codeOf(path).matchAll(/\bnpm (run )?([a-z][a-z:-]*)/g)]
        .filter(([, run, name = '']) =>
          run === undefined ? !NPM_COMMANDS.has(name) : scripts[name] === undefined,
        )
        .map(([text]) => `${path}: ${text}`),
    )
    assert.deepEqual(unknown, [])
  })

  it('give options that the script has', () => {
    const unknown = pages.flatMap((path) =>
      [...codeOf(path).matchAll(/\bnpm (?:run )?([a-z]+) -- (.*)/g)].flatMap(
        ([text, script = '', options = '']) => {
          const source = sourceOf(script)
          return optionsIn(options)
            .filter((option) => !source.includes(option))
            .map((option) => `${path}: ${option} in ${text}`)
        },
      ),
    )
    assert.deepEqual(unknown, [])
  })

  it('call `counterfoil` with commands and options that it has', () => {
    const names = new Set(commands.map(({ name }) => name))
    const source = globSync('src/cli/*.ts', { cwd: root }).map(textOf).join('\n')
    const unknown = pages.flatMap((path) =>
      [...codeOf(path).matchAll(/(?:^|npx |\$ )counterfoil ([a-z]+)(.*)/gm)].flatMap(
        ([text, name = '', options = '']) => {
          const wrong = optionsIn(options).filter((option) => !source.includes(option))
          return names.has(name) && wrong.length === 0 ? [] : [`${path}: ${text}`]
        },
      ),
    )
    assert.deepEqual(unknown, [])
  })
})

/** The code of a page, in blocks and between back quotes, each piece on lines of its own. */
function codeOf(path: string): string {
  const text = textOf(path)
  const blocks = [...text.matchAll(/^```[^\n]*\n([^]*?)^```/gm)].map(([, block = '']) => block)
  const spans = [...text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(
    ([, span = '']) => span,
  )
  return [...blocks, ...spans.map((span) => span.replaceAll('\n', ' '))].join('\n')
}

function optionsIn(text: string): readonly string[] {
  return [...text.matchAll(/--([a-z][a-z-]*)/g)].map(([, option = '']) => option)
}

/** The program that an npm script starts, with the files beside it. */
function sourceOf(script: string): string {
  const file = /[\w/]+\.ts/.exec(scripts[script] ?? '')?.[0]
  assert.ok(file !== undefined, `npm script ${script} starts no file`)
  return globSync(`${dirname(file)}/*.ts`, { cwd: root })
    .map(textOf)
    .join('\n')
}

/** Relative links of a page; those in blocks of code are text. */
function linksOf(path: string): readonly string[] {
  const text = textOf(path)
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}

function resolves(path: string, link: string): boolean {
  const [file = '', heading] = link.split('#')
  const target = file === '' ? path : join(dirname(path), file)
  if (!existsSync(join(root, target))) return false
  return heading === undefined || headingsOf(target).includes(heading)
}

function headingsOf(path: string): readonly string[] {
  return [...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )
}
