import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import { describe, it } from 'node:test'
import { isTestFile, root, textOf } from '../../scripts/program.ts'

/** Longer than this, and there is a second idea in it. */
const LINES_MAX = 400
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.test-[a-z]+|\.css|\.config|\.d)?\.ts$/
const NAMES_THAT_SAY_NOTHING = /(^|-)(utils?|helpers?|common|managers?|misc)(-|\.)/
/** Commands talk on the console; nothing else does. */
const MAY_TALK = /^(scripts|bench|src\/cli|examples\/[a-z-]+\/main\.ts|test\/simulation)/
/** Where something was made says nothing about it, and is another place on the next machine. */
const MACHINE_PATH = /(^|[^\w.$}-])\/(?:work|home|root|Users|tmp)\/[a-z]/
const PROMISE_OF_WORK = /\b(TODO|FIXME|XXX:|HACK)\b/
const HOW_IT_WAS_MADE =
  /\b(language model|LLM|chatbot|copilot|AI[- ]generated|as an AI|(coding|AI) (agent|assistant)s?|prompt engineering|Claude|GPT)\b/i

/** Files that are in the repository or would be with the next commit. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsNow(path))
const code = files.filter((path) => path.endsWith('.ts'))
const texts = files.filter((path) => /\.(ts|md|json|css|sql|html|yml|sh)$/.test(path) || path === '.ci/run')
const own = 'test/house/layout.test.ts'

describe('the files of the house', () => {
  it(`have at most ${LINES_MAX} lines`, () => {
    assert.ok(code.length > 100, 'the files were listed')
    const long = code.map((path) => ({ path, lines: textOf(path).split('\n').length - 1 }))
    assert.deepEqual(
      long.filter(({ lines }) => lines > LINES_MAX),
      [],
    )
  })

  it('have names in kebab-case that say what is in them', () => {
    const wrong = code.filter(
      (path) => !NAME.test(basename(path)) || NAMES_THAT_SAY_NOTHING.test(basename(path)),
    )
    assert.deepEqual(wrong, [])
    // Where a page of Next stands is its address.
    const named = files.filter((path) => !path.startsWith('examples/next/app/'))
    const folders = new Set(named.flatMap((path) => path.split('/').slice(0, -1)))
    assert.deepEqual(
      [...folders].filter(
        (name) => !/^\.?[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || NAMES_THAT_SAY_NOTHING.test(`${name}.`),
      ),
      [],
    )
  })

  it('talk on the console in commands only', () => {
    const silent = code.filter(
      (path) => !MAY_TALK.test(path) && !isTestFile(path) && !path.startsWith('test/house/'),
    )
    assert.deepEqual(placesOf(silent, /\bconsole\s*\./), [])
  })

  it('leave nothing to be done later', () => {
    assert.deepEqual(placesOf(code, PROMISE_OF_WORK), [])
  })

  it('say nothing of how they were made', () => {
    assert.deepEqual(placesOf(texts, HOW_IT_WAS_MADE), [])
  })

  it('name no path of a machine', () => {
    assert.deepEqual(placesOf(texts, MACHINE_PATH), [])
  })
})

describe('package-lock.json', () => {
  it('names no registry, so that an installation asks the one that it is told', () => {
    const lock = textOf('package-lock.json')
    assert.ok(lock.includes('"node_modules/typescript"'))
    assert.doesNotMatch(
      lock,
      /"resolved"|https?:\/\/(?!(?:www\.)?(?:opencollective|patreon|github|paypal|feross|fast-check)\b)[^"]*registry/,
    )
  })
})

function placesOf(paths: readonly string[], what: RegExp): readonly string[] {
  const found: string[] = []
  for (const path of paths) {
    if (path === own) continue
    for (const [index, line] of textOf(path).split('\n').entries()) {
      if (what.test(line)) found.push(`${path}:${index + 1}: ${line.trim().slice(0, 120)}`)
    }
  }
  return found
}

function existsNow(path: string): boolean {
  try {
    return textOf(path) !== undefined
  } catch (thrown) {
    // Deleted, and not yet committed so.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw thrown
  }
}
