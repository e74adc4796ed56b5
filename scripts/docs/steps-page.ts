import { commitsOnPath } from '../../src/pipeline/check-module.ts'
import {
  authorizeAndCaptureProcess,
  authorizeProcess,
  defaultPipelines,
  saleProcess,
} from '../../src/pipeline/defaults.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import type { Step } from '../../src/pipeline/step.ts'
import * as builtIn from '../../src/pipeline/steps/index.ts'
import { textOf } from '../program.ts'
import { code, GENERATED, page, table } from './markdown.ts'

const KINDS: readonly (readonly [Step['kind'], string, string])[] = [
  ['local', 'looks, checks, computes, decides', 'is run again after a crash'],
  [
    'action',
    "writes outside before money moves, on the payer's path",
    'is written down before, called with a key and a deadline; where its end is unknown, no money moves and its undo is queued',
  ],
  ['gateway', 'asks for money to move', 'is written down before, sent once, inquired when in doubt'],
  ['effect', 'writes outside after the commit', 'is called until it succeeds, with the same key every time'],
  ['select', 'says which status pipeline runs', 'looks again each time the status changes'],
]

/** docs/reference/steps.md */
export function stepsPage(): string {
  const steps = Object.entries(builtIn).flatMap(([exported, step]) =>
    'kind' in step ? [{ exported, step: step as Step }] : [],
  )
  const rows = steps.map(({ exported, step }) => [
    code(step.name),
    code(exported),
    step.kind,
    descriptionOf(step),
    [
      ...(step.calls.length > 0 ? [`calls ${step.calls.map((call) => code(`${call}()`)).join(', ')}`] : []),
      ...(step.needs.length > 0 ? [`needs ${step.needs.map(({ name }) => code(name)).join(', ')}`] : []),
      ...(step.gives.length > 0 ? [`gives ${step.gives.map(({ name }) => code(name)).join(', ')}`] : []),
      ...('undo' in step && step.undo !== undefined ? ['has an undo'] : []),
    ].join('; '),
  ])
  return page(
    GENERATED,
    '# Built-in steps and default pipelines',
    `Each step is a named export of \`counterfoil\`. A step's kind says how it survives a crash:`,
    table(['Kind', 'What it does', 'How it survives'], KINDS),
    '## Steps',
    table(['Name', 'Export', 'Kind', 'What it does', 'Shop methods and values'], rows),
    `## Default pipelines of an internal module`,
    `\`process\` runs when the payer submits the card form. The status pipelines run each time the payment reaches their
status, once per status. \`counterfoil pipelines --config FILE\` prints the pipelines of your modules as they will run.`,
    table(
      ['Pipeline', 'Steps', "Commits on the payer's path"],
      [
        ['`process`, provider with a sale', ...stepsAndCommits(saleProcess)],
        ['`process`, authorize only', ...stepsAndCommits(authorizeProcess)],
        ['`process`, provider without a sale', ...stepsAndCommits(authorizeAndCaptureProcess)],
        ['`statusOk`: paid', namesOf(defaultPipelines.statusOk), ''],
        ['`statusCancel`: declined or cancelled', namesOf(defaultPipelines.statusCancel), ''],
        ['`statusPending`: in progress', namesOf(defaultPipelines.statusPending), ''],
      ],
    ),
  )
}

function stepsAndCommits(process: Pipeline): readonly [string, string] {
  return [namesOf(process), String(commitsOnPath(process))]
}

function namesOf(pipeline: Pipeline): string {
  return pipeline.names.map(code).join(', ')
}

/** The doc comment above the step in its own file. */
function descriptionOf(step: Step): string {
  const path = `src/pipeline/steps/${step.name}.ts`
  const comments = [...textOf(path).matchAll(/\/\*\* ([^]*?) \*\/\nexport const (\w+)/g)]
  const exported = step.name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const comment = comments.find((match) => match[2] === exported)?.[1]
  if (comment === undefined)
    throw new Error(`${path}: no doc comment of one paragraph stands above ${exported}`)
  return comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ')
}
