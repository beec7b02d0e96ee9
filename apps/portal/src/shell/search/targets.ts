import { type SearchTarget, searchTarget } from '@parapet/schema/wire';
import { huntHref } from '../../features/hunt-link/share-link.ts';
import { entityHref, kqlString } from '../../lib/entity.ts';

export interface ExactHit {
  readonly label: string;
  readonly detail: string;
  readonly href: string;
}

const WORDS: Readonly<Record<SearchTarget['kind'], string>> = {
  ip: 'Open the page of this IP address',
  url: 'Open the page of this URL',
  file: 'Open the page of the file with this hash',
  incident: 'Open this incident',
  cve: 'Find devices with this vulnerability',
  message: 'Find this message',
};

/** Where an exact identifier leads; undefined for everything that has to be searched for. */
export function exactHit(text: string): ExactHit | undefined {
  const target = searchTarget(text);
  return target && { label: target.label, detail: WORDS[target.kind], href: hrefOf(target) };
}

function hrefOf({ kind, key }: SearchTarget): string {
  switch (kind) {
    case 'incident':
      return `/incidents/${key}`;
    case 'cve':
      return huntHref({
        query: `DeviceTvmSoftwareVulnerabilities\n| where CveId =~ ${kqlString(key)}\n| take 1000`,
        run: true,
      });
    case 'message':
      return huntHref({ query: `EmailEvents\n| where InternetMessageId =~ ${kqlString(key)}\n| take 1000`, run: true });
    default:
      return entityHref({ type: kind, key });
  }
}

/** Address of the page with all results. */
export const resultsHref = (text: string): string => `/search?q=${encodeURIComponent(text)}`;
