import { PageShell } from '../../shell/PageShell.tsx';

export function EntityPage() {
  return <PageShell title="Entity">{null}</PageShell>;
}
