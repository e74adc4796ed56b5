import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, it } from 'node:test'
import { root, textOf } from '../../scripts/program.ts'
import { pages } from './examples.ts'

/** A comment with the path of a file, and behind it a block with what is in it. */
const SHOWN = /^<!-- (\S+) -->\n```[^\n]*\n([^]*?)^```$/gm

const shown = pages.flatMap((page) =>
  [...textOf(page).matchAll(SHOWN)].map(([, path = '', text = '']) => ({ page, path, text })),
)

describe('the files that pages show', () => {
  for (const { page, path, text } of shown) {
    it(`${path} is as ${page} shows it`, () => assert.equal(text, textOf(path)))
  }

  it('are every program of the examples that mount it, or run without it', () => {
    const programs = globSync(
      ['examples/{express,fastify,node,script,cron}/main.ts', 'examples/next/**/route.ts'],
      {
        cwd: root,
        exclude: ['examples/next/app/orders/**', '**/node_modules/**'],
      },
    )
    assert.equal(programs.length, 6)
    const paths = new Set(shown.map(({ path }) => path))
    assert.deepEqual(
      programs.filter((path) => !paths.has(path)),
      [],
    )
  })
})
