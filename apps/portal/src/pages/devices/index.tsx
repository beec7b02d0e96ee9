import { PageShell } from '../../shell/PageShell.tsx';

export function DevicesPage() {
  return <PageShell title="Devices">{null}</PageShell>;
}

export function DevicePage() {
  return <PageShell title="Device">{null}</PageShell>;
}
