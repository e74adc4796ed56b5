import type { Fault } from './fault.ts'
import { ofTheDatabase } from './faults/of-the-database.ts'
import { ofTheDisks } from './faults/of-the-disks.ts'
import { ofTheNodes } from './faults/of-the-nodes.ts'
import { ofTheWires } from './faults/of-the-wires.ts'

/** Every fault, in the order of docs/reference/chaos.md. */
export const faults: readonly Fault[] = [...ofTheNodes, ...ofTheDatabase, ...ofTheWires, ...ofTheDisks]
