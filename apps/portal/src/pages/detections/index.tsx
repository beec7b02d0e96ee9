import { PageShell } from '../../shell/PageShell.tsx';

export function DetectionsPage() {
  return <PageShell title="Detections">{null}</PageShell>;
}

export function DetectionPage() {
  return <PageShell title="Detection">{null}</PageShell>;
}
