/** Wire types of threat intelligence: indicators, imports, feeds. */

export const INTEL_KINDS = ['sha256', 'sha1', 'md5', 'ip', 'cidr', 'domain', 'url', 'email', 'certificate'] as const;
export type IntelKind = (typeof INTEL_KINDS)[number];

export const INTEL_STATES = ['active', 'expired', 'revoked'] as const;
export type IntelState = (typeof INTEL_STATES)[number];

/** GET /api/intel/indicators */
export interface IntelIndicator {
  readonly id: string;
  readonly source: string;
  readonly kind: IntelKind;
  readonly value: string;
  readonly name: string;
  readonly description: string;
  /** 0 to 100. */
  readonly confidence: number;
  readonly validFrom: string;
  readonly validUntil: string;
  readonly modified: string;
  readonly addedBy: string;
  readonly tags: readonly string[];
  readonly state: IntelState;
}

/** POST /api/intel/indicators */
export interface IntelIndicatorInput {
  /** Told by the value when absent. */
  readonly kind?: IntelKind;
  readonly value: string;
  readonly name?: string;
  readonly description?: string;
  readonly confidence?: number;
  /** ISO 8601; by default as long as such values live. */
  readonly validUntil?: string;
  readonly tags?: readonly string[];
}

/** What an import did; the result of its job. */
export interface IntelImported {
  readonly indicators: number;
  /** Other STIX objects, kept for hunting. */
  readonly objects: number;
  /** Matches found in rows that were stored before. */
  readonly matches: number;
  readonly refused: number;
  /** The first of them. */
  readonly problems: readonly { readonly item: string; readonly problem: string }[];
}

/** GET /api/intel/allowed: values that never match, with everything below an allowed domain or in an allowed network. */
export interface IntelAllowed {
  readonly kind: IntelKind;
  readonly value: string;
  readonly note: string;
  readonly by: string;
  readonly at: string;
}

/** GET /api/intel/feeds: a TAXII 2.1 collection that is asked for news. */
export interface IntelFeed {
  readonly id: string;
  readonly name: string;
  /** Of the API root, such as `https://taxii.example.com/api1/`. */
  readonly url: string;
  readonly collection: string;
  readonly username: string;
  readonly hasSecret: boolean;
  readonly everyMinutes: number;
  readonly enabled: boolean;
  readonly lastPoll: string | null;
  readonly lastError: string | null;
  readonly indicators: number;
}

export interface IntelFeedInput {
  readonly name: string;
  readonly url: string;
  readonly collection: string;
  /** Empty with a secret: the secret is a bearer token. */
  readonly username?: string;
  /** Absent keeps the one that is stored. */
  readonly secret?: string;
  readonly everyMinutes: number;
  readonly enabled: boolean;
}

/** GET /api/intel/summary */
export interface IntelSummary {
  readonly active: number;
  readonly expired: number;
  readonly revoked: number;
  readonly bySource: readonly { readonly source: string; readonly active: number }[];
  readonly byKind: readonly { readonly kind: IntelKind; readonly active: number }[];
  readonly matches24h: number;
}
