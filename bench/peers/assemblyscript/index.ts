// This is the door of the peer AssemblyScript: the workloads are one module, stepped by bench/peers/assemblyscript.mjs.

import { Mark, Steady } from './graph';
import { Churn, makeDrop, Strings } from './loops';
import { Workload } from './stepped';
import { GcBench, Trees } from './trees';

let workload: Workload | null = null;

export const kTrees = 0;
export const kGcBench = 1;
export const kChurn = 2;
export const kStrings = 3;
export const kDrop = 4;
export const kMark = 5;
export const kList = 6;
export const kSteady = 7;

function make(kind: i32, a: i32, b: i32): Workload {
  if (kind == kTrees) return new Trees(a);
  if (kind == kGcBench) return new GcBench(a);
  if (kind == kChurn) return new Churn(a, b);
  if (kind == kStrings) return new Strings(a);
  if (kind == kDrop) return makeDrop(a, b);
  if (kind == kSteady) return new Steady(a, b);
  return new Mark(a, kind == kMark);
}

export function begin(kind: i32, a: i32, b: i32): void {
  workload = make(kind, a, b);
}
export function step(): bool {
  return workload!.step();
}
export function checksum(): f64 {
  return workload!.checksum();
}
export function operations(): f64 {
  return workload!.operations();
}
export function allocated(): f64 {
  return workload!.allocated();
}
