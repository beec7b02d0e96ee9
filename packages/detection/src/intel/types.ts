import type { IntelKind } from '@parapet/schema';

/** An indicator on its way into the store; the value is normalised. */
export interface IndicatorInput {
  /** Unique in its source. */
  readonly id: string;
  readonly kind: IntelKind;
  readonly value: string;
  readonly pattern: string;
  readonly name: string;
  readonly description: string;
  /** 0 to 100. */
  readonly confidence: number;
  /** ISO 8601. */
  readonly validFrom: string;
  /** Without one it ends after the days that its kind lives. */
  readonly validUntil: string | undefined;
  readonly created: string;
  readonly tags: readonly string[];
  readonly revoked: boolean;
}

/** Another STIX object, kept for hunting. */
export interface ObjectInput {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly revoked: boolean;
}

/** Something of an import that was left out. */
export interface Verdict {
  readonly item: string;
  readonly problem: string;
}
