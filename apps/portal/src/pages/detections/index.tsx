export { DetectionPage } from './DetectionPage.tsx';
export { DetectionsPage } from './DetectionsPage.tsx';
export { SigmaPage } from './SigmaPage.tsx';
export { TuningPage } from './tuning/TuningPage.tsx';
export { EditRulePage, NewRulePage } from './wizard/WizardPage.tsx';
