import { errorRegistry, type Retry } from '../../src/errors.ts'
import { code, GENERATED, page, table } from './markdown.ts'

const RETRY_WORDS: Readonly<Record<Retry, string>> = {
  later: 'later, unchanged',
  'after-change': 'after a change',
  never: 'never',
}

/** docs/reference/errors.md */
export function errorsPage(): string {
  const rows = Object.entries(errorRegistry).map(([name, { status, retry, title, remedy }]) => [
    code(name),
    String(status),
    RETRY_WORDS[retry],
    title,
    remedy,
  ])
  return page(
    GENERATED,
    '# Errors',
    `Every error that Counterfoil throws is a \`CounterfoilError\` with a \`code\` of this table. What a payment comes to
(declined, in doubt, cancelled) is an outcome and is returned, not thrown. The server answers with the status given
here. The codes are part of the public API: within a major version none is removed, and none changes its meaning.`,
    `\`retry\` says whether the same call can succeed: \`later\` without any change, \`after-change\` once what the message
names has been put right, or \`never\`. \`details\` holds what a program may want to know beside the code, such as the
payment that holds an order. No message holds card data.`,
    "```ts\ntry {\n  await cf.pay(request)\n} catch (error) {\n  if (error instanceof CounterfoilError && error.retry === 'later') return tryAgainLater()\n  throw error\n}\n```",
    table(['Code', 'HTTP status', 'Can a retry help?', 'What happened', 'What to do'], rows),
  )
}
