import { parseArgs } from 'node:util'
import type { CheckReport } from '../standalone/doctor/check.ts'
import { doctor as examine } from '../standalone/doctor/doctor.ts'
import { jsonOf } from './case-words.ts'
import type { Output } from './command.ts'
import { configurationFile, loadServerConfiguration, shown } from './configuration-file.ts'
import { endSoon } from './end-soon.ts'

/** `counterfoil doctor`: looks at all that the server needs. Exit code 1 when something would make payments suffer. */
export async function doctor(argv: readonly string[], output: Output): Promise<number> {
  const options = {
    config: { type: 'string' },
    json: { type: 'boolean' },
    send: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ args: [...argv], options })
  const path = await configurationFile(values.config)
  const json = values.json === true
  const reports = await examine({
    file: shown(path),
    load: () => loadServerConfiguration(path),
    send: values.send === true,
    tell: (report) => {
      if (!json) output.out(reportLines(report))
    },
  })
  output.out(json ? jsonOf(reports) : summary(reports))
  const code = reports.some(({ status }) => status === 'fail') ? 1 : 0
  endSoon(code)
  return code
}

const STATUS_WIDTH = 5
const NAME_WIDTH = 14

function reportLines({ status, name, text, todo, tookMs }: CheckReport): string {
  const margin = ' '.repeat(STATUS_WIDTH + NAME_WIDTH)
  return [
    `${status.padEnd(STATUS_WIDTH)}${name.padEnd(NAME_WIDTH)}${printable(text)} (${tookMs} ms)`,
    ...(todo === undefined ? [] : [`${margin}-> ${printable(todo)}`]),
  ].join('\n')
}

function summary(reports: readonly CheckReport[]): string {
  const count = (status: CheckReport['status']): number =>
    reports.filter((report) => report.status === status).length
  return `\n${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`
}

/** What others have said could hold what a terminal obeys. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
