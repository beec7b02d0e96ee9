import { PageShell } from '../../shell/PageShell.tsx';

export function IngestionPage() {
  return <PageShell title="Ingestion">{null}</PageShell>;
}

export function DeadLettersPage() {
  return <PageShell title="DeadLetters">{null}</PageShell>;
}
