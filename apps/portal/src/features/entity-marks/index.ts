export { MarksBar } from './MarksBar.tsx';
export { NotesPanel } from './NotesPanel.tsx';
export { CRITICALITY_LABEL, type Marks, useMarks } from './useMarks.ts';
