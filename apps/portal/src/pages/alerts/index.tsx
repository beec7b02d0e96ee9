import { PageShell } from '../../shell/PageShell.tsx';

export function AlertsPage() {
  return <PageShell title="Alerts">{null}</PageShell>;
}

export function AlertPage() {
  return <PageShell title="Alert">{null}</PageShell>;
}
