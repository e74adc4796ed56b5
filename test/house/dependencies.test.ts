import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, it } from 'node:test'
import { root, textOf } from '../../scripts/program.ts'

const manifest = JSON.parse(textOf('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

describe('docs/dependencies.md', () => {
  const page = textOf('docs/dependencies.md')
  const [, runtime = '', development = ''] = page.split(/^## /m)

  it('gives the reason of every dependency, and of no other', () => {
    assert.deepEqual(namesIn(runtime), Object.keys(manifest.dependencies).toSorted())
    assert.deepEqual(namesIn(development), Object.keys(manifest.devDependencies).toSorted())
  })

  it('gives a reason, not just a name', () => {
    const reasons = [...page.matchAll(/^\| `[^`]+` \| (.*) \|$/gm)].map(([, reason = '']) => reason)
    assert.ok(reasons.length > 10)
    assert.deepEqual(
      reasons.filter((reason) => reason.length < 30),
      [],
    )
  })
})

describe('package.json', () => {
  it('gives every dependency an exact version', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    assert.deepEqual(
      versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-beta\.\d+)?$/.test(version)),
      [],
    )
  })

  it('has no runtime dependency that src does not import', () => {
    const sources = globSync('src/**/*.ts', { cwd: root }).map(textOf).join('\n')
    const unused = Object.keys(manifest.dependencies).filter(
      (name) => !sources.includes(`'${name}'`) && !sources.includes(`'${name}/`),
    )
    assert.deepEqual(unused, [])
  })
})

function namesIn(section: string): readonly string[] {
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name).toSorted()
}
