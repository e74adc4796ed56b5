import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LogLine } from '../engine/api.ts'
import { fewLines } from './few-lines.ts'

const line = (message: string): LogLine => ({ level: 'warn', message, code: 'CF_TOO_MANY_TRIES' })

it('few lines are the first of each minute and the number of the others', () => {
  const logged: LogLine[] = []
  let nowMs = 1_000
  const lines = fewLines({ log: (said) => void logged.push(said), nowMs: () => nowMs }, 'something', 2)
  for (const text of ['a', 'b', 'c', 'd']) lines.write(line(text))
  assert.deepEqual(logged, [line('something: a'), line('something: b')])
  assert.equal(lines.hasRoom(), false)
  nowMs += 60_000
  assert.equal(lines.hasRoom(), true)
  assert.deepEqual(logged.at(-1), { level: 'warn', message: 'something: 3 more within a minute' })
  lines.write(line('e'))
  nowMs -= 120_000
  lines.write(line('f'))
  lines.write(line('g'))
  assert.deepEqual(
    logged.slice(3).map(({ message }) => message),
    ['something: e', 'something: f', 'something: g'],
    'a clock that was set back silences nobody',
  )
  lines.write(line('h'))
  lines.end()
  lines.end()
  assert.equal(logged.at(-1)?.message, 'something: 1 more within a minute')
  assert.equal(logged.length, 7)
})
