import type { TestEvent } from 'node:test/reporters'

/** A reporter for node's test runner that writes nothing but the counts of the whole run, as one line of JSON. */
export default async function* countsReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    // Each file has a summary of its own; the one of the whole run names no file.
    if (event.type === 'test:summary' && event.data.file === undefined) {
      yield `${JSON.stringify(event.data.counts)}\n`
    }
  }
}
