export { DetectionPage } from './DetectionPage.tsx';
export { DetectionsPage } from './DetectionsPage.tsx';
