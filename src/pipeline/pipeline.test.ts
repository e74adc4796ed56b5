import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ok, steps } from './build-steps.ts'
import { defaultPipelines } from './defaults.ts'
import { Pipeline, pipeline } from './pipeline.ts'

const { local } = steps()
const step = <Name extends string>(name: Name) => local(name, { run: () => ok() })
const abc = pipeline(step('a'), step('b'), step('c'))
const x = step('x')

describe('the edits of a pipeline', () => {
  it('put a step where they say', () => {
    assert.deepEqual(abc.prepend(x).names, ['x', 'a', 'b', 'c'])
    assert.deepEqual(abc.append(x).names, ['a', 'b', 'c', 'x'])
    assert.deepEqual(abc.insertBefore('a', x).names, ['x', 'a', 'b', 'c'])
    assert.deepEqual(abc.insertBefore('c', x).names, ['a', 'b', 'x', 'c'])
    assert.deepEqual(abc.insertAfter('a', x).names, ['a', 'x', 'b', 'c'])
    assert.deepEqual(abc.insertAfter('c', x).names, ['a', 'b', 'c', 'x'])
  })

  it('replace, remove and move the step that they name', () => {
    assert.deepEqual(abc.replace('b', x).names, ['a', 'x', 'c'])
    assert.equal(abc.replace('b', x).steps[1], x)
    assert.deepEqual(abc.replace('b', step('b')).names, ['a', 'b', 'c'])
    assert.deepEqual(abc.remove('b').names, ['a', 'c'])
    assert.deepEqual(abc.move('a', { after: 'b' }).names, ['b', 'a', 'c'])
    assert.deepEqual(abc.move('a', { after: 'c' }).names, ['b', 'c', 'a'])
    assert.deepEqual(abc.move('c', { before: 'a' }).names, ['c', 'a', 'b'])
    assert.deepEqual(abc.move('c', { before: 'b' }).names, ['a', 'c', 'b'])
  })

  it('can be chained, since each answers a pipeline', () => {
    assert.deepEqual(abc.remove('a').append(x).insertAfter('x', step('y')).move('y', { before: 'b' }).names, [
      'y',
      'b',
      'c',
      'x',
    ])
  })

  it('leave the pipeline that they are made from as it is', () => {
    const before = [...abc.steps]
    abc.prepend(x).remove('a')
    abc.replace('b', x)
    abc.move('a', { after: 'c' })
    assert.deepEqual(abc.steps, before)
    assert.ok(Object.isFrozen(abc) && Object.isFrozen(abc.steps))
  })

  it('do not see later changes of the array that a pipeline was made from', () => {
    const array = [step('a')]
    const made = new Pipeline(array)
    array.push(step('a'))
    assert.deepEqual(made.names, ['a'])
  })

  it('refuse a name that is not there and list the names there are', () => {
    const loose: Pipeline = abc
    const edits: Readonly<Record<string, () => unknown>> = {
      insertBefore: () => loose.insertBefore('z', x),
      insertAfter: () => loose.insertAfter('z', x),
      replace: () => loose.replace('z', x),
      remove: () => loose.remove('z'),
      move: () => loose.move('z', { before: 'a' }),
      'move before': () => loose.move('a', { before: 'z' }),
      'move after': () => loose.move('a', { after: 'z' }),
    }
    for (const [name, edit] of Object.entries(edits)) {
      assert.throws(
        edit,
        { code: 'CF_PIPELINE', message: /there is no step 'z'; the steps are: .*b, c$/ },
        name,
      )
    }
    assert.throws(() => new Pipeline([]).remove('z'), { message: /the steps are: \(none\)/ })
  })

  it('refuse to move a step beside itself', () => {
    assert.throws(() => abc.move('a', { before: 'a' }), { code: 'CF_PIPELINE', message: /'a'/ })
  })

  it('refuse a name that is there already, and say which', () => {
    const twice: readonly (() => unknown)[] = [
      () => pipeline(step('a'), step('a')),
      () => abc.prepend(step('b')),
      () => abc.append(step('b')),
      () => abc.insertBefore('a', step('b')),
      () => abc.insertAfter('a', step('b')),
      () => abc.replace('a', step('b')),
    ]
    for (const edit of twice)
      assert.throws(edit, { code: 'CF_PIPELINE', message: /the step '[ab]' stands .* twice/ })
  })

  it('never lose, double or reorder the other steps, whatever is edited', () => {
    const names = ['a', 'b', 'c', 'd', 'e'] as const
    const all: Pipeline = new Pipeline(names.map((name) => step(name)))
    const anyName = fc.constantFrom(...names)
    fc.assert(
      fc.property(anyName, anyName, fc.boolean(), (moved, beside, before) => {
        fc.pre(moved !== beside)
        const result = all.move(moved, before ? { before: beside } : { after: beside }).names
        assert.deepEqual(
          result.filter((name) => name !== moved),
          names.filter((name) => name !== moved),
        )
        assert.equal(result.indexOf(moved) - result.indexOf(beside), before ? -1 : 1)
      }),
    )
  })
})

describe('the names of a pipeline', () => {
  it('are known to the compiler: a typo does not compile', () => {
    const typos: readonly (() => unknown)[] = [
      // @ts-expect-error -- 'd' is no step of abc.
      () => abc.remove('d'),
      // @ts-expect-error -- 'd' is no step of abc.
      () => abc.insertBefore('d', x),
      // @ts-expect-error -- 'd' is no step of abc.
      () => abc.insertAfter('d', x),
      // @ts-expect-error -- 'd' is no step of abc.
      () => abc.replace('d', x),
      // @ts-expect-error -- 'd' is no step of abc.
      () => abc.move('a', { before: 'd' }),
      // @ts-expect-error -- 'a' was removed.
      () => abc.remove('a').insertAfter('a', x),
      // @ts-expect-error -- 'a' was replaced.
      () => abc.replace('a', x).remove('a'),
      // @ts-expect-error -- The default's step is 'delete-basket'.
      () => defaultPipelines.statusOk.remove('delete-baskets'),
    ]
    for (const typo of typos) assert.throws(typo, { code: 'CF_PIPELINE' })
  })

  it('follow the edits: what was put in can be named', () => {
    assert.deepEqual(abc.append(x).remove('x').names, ['a', 'b', 'c'])
    assert.deepEqual(abc.replace('a', x).insertBefore('x', step('y')).names, ['y', 'x', 'b', 'c'])
    assert.deepEqual(defaultPipelines.statusOk.remove('delete-basket').names, [
      'mark-order-paid',
      'send-order-mail',
      'go-to-success-page',
    ])
  })
})
