export { lineageOf } from './lineage.ts';
export { countNodes, findNode, firstOfInterest } from './model.ts';
export { ProcessDetails } from './ProcessDetails.tsx';
export { ProcessTreeView } from './ProcessTreeView.tsx';
