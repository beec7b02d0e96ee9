import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { incidentKey } from './useIncidentChanges.ts';

export interface Live {
  /** Colleagues that have the incident open, without oneself. */
  readonly others: readonly string[];
  /** The connection to the server is lost; what is shown may be old. */
  readonly lost: boolean;
}

/** A short interruption, such as a reconnect, is not worth a word. */
const PATIENCE_MS = 4_000;

/**
 * Hear at once when the incident changes and who else has it open. Only while the tab is seen: a browser keeps few connections to one
 * server, and hidden tabs would use them up.
 */
export function useLive(id: string): Live {
  const client = useQueryClient();
  const me = useSession()?.user?.username;
  const [present, setPresent] = useState<readonly string[]>([]);
  const [lost, setLost] = useState(false);

  useEffect(() => {
    let source: EventSource | undefined;
    let patience: ReturnType<typeof setTimeout> | undefined;
    const calm = () => {
      clearTimeout(patience);
      patience = undefined;
      setLost(false);
    };
    const refresh = () => void client.invalidateQueries({ queryKey: incidentKey(id) });
    const close = () => {
      source?.close();
      source = undefined;
      calm();
    };
    const open = () => {
      if (source || document.visibilityState === 'hidden') return;
      source = new EventSource(`/api/incidents/${encodeURIComponent(id)}/live`);
      source.onopen = () => {
        calm();
        // What happened while nobody listened.
        refresh();
      };
      source.onmessage = (event) => {
        const message = JSON.parse(String(event.data)) as { version?: string; present?: readonly string[] };
        if (message.present) setPresent(message.present);
        if (message.version) refresh();
      };
      // The browser tries again by itself.
      source.onerror = () => {
        patience ??= setTimeout(() => setLost(true), PATIENCE_MS);
      };
    };
    const onVisibility = () => (document.visibilityState === 'hidden' ? close() : open());
    open();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      close();
    };
  }, [client, id]);
  return { others: present.filter((name) => name !== me), lost };
}
