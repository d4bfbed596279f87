// The steps of a document that can be undone: those before its position are done, those after it undone.
import type { HistoryStep, SideName, StudioDocument } from "./document";

const MOST_STEPS = 100;

/** Take in steps that are done, in place of those that were undone. */
export function addDone(doc: StudioDocument, steps: HistoryStep[]): void {
  doc.history.splice(doc.position, Infinity, ...steps);
  doc.history.splice(0, Math.max(0, doc.history.length - MOST_STEPS));
  doc.position = doc.history.length;
}

export function canUndo(doc: StudioDocument): boolean {
  return doc.position > 0;
}

export function canRedo(doc: StudioDocument): boolean {
  return doc.position < doc.history.length;
}

/** Forget the steps of one side, which would not fit any more. */
export function forgetSide(doc: StudioDocument, name: SideName): void {
  const isOther = (step: HistoryStep) => step.side !== name;
  doc.position = doc.history.slice(0, doc.position).filter(isOther).length;
  doc.history = doc.history.filter(isOther);
}
